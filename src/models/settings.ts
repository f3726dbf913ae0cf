import { z } from 'zod'
import { deadNames } from './dead-names.ts'
import { providersFromEnvironment, withoutBlanks } from './environment.ts'
import type { ModelSettings, TurnLimits } from './model-settings.ts'
import { prices } from './prices.ts'
import {
  isChatServer,
  mayBeToldOfCallers,
  providerApis,
  providerTypes,
  speaksOpenAI,
  type ModelLimits,
  type ProviderSettings,
} from './provider-settings.ts'

/** The longest time that can be configured for a silent connection or for connecting, in seconds. */
const maxSeconds = 300

const limits = z.strictObject({
  context_window: z.int().positive().optional(),
  structured_outputs: z.boolean().optional(),
})

const seconds = z.number().positive().max(maxSeconds)

const provider = z.strictObject({
  type: z.enum(providerTypes),
  api: z.enum(providerApis).optional(),
  base_url: z.url({ protocol: /^https?$/, error: 'expected an http or https address' }).optional(),
  api_key: z.string().trim().min(1).optional(),
  api_key_env: z.string().min(1).optional(),
  first_byte_timeout: seconds.optional(),
  connect_timeout: seconds.optional(),
  caller_parameters: z.boolean().optional(),
  models: z.union([z.array(z.string().min(1)), z.record(z.string().min(1), limits)]).optional(),
})

/** The configuration file. docs/models.md explains it. */
const modelsFile = z.strictObject({
  providers: z
    .record(z.string().regex(/^[a-z0-9][a-z0-9._-]*$/i, 'expected letters, digits, dots, dashes'), provider)
    .optional(),
  aliases: z.record(z.string().min(1), z.string().min(1)).optional(),
  default_model: z.string().min(1).optional(),
  discover: z.boolean().optional(),
  prices: prices.optional(),
})

type Environment = Record<string, string | undefined>

/**
 * Reads the providers from the environment and from the parsed configuration file (undefined when there is none).
 * Providers in the file come first, and replace those of the environment with the same name. Problems are sentences for
 * the operator. They name paths and variables, and never contain the value of a secret.
 */
export function readModelSettings(
  given: Environment,
  file: unknown,
): { settings: ModelSettings; problems: string[] } {
  const env = withoutBlanks(given)
  const problems: string[] = []
  const fromFile = parseFile(file, problems)
  const named = Object.entries(fromFile.providers ?? {}).map(([name, entry]) =>
    readProvider(name, entry, env, problems),
  )
  const fromEnvironment = providersFromEnvironment(env, problems).filter(
    ({ name }) => !named.some((other) => other.name === name),
  )
  const defaultModel = fromFile.default_model
  const settings: ModelSettings = {
    providers: [...named, ...fromEnvironment],
    aliases: fromFile.aliases ?? {},
    ...(defaultModel && { defaultModel }),
    ...(fromFile.prices && { prices: fromFile.prices }),
    discover: fromFile.discover ?? true,
    ...readConnectTimeout(env, problems),
    ...readTurnLimits(env, problems),
  }
  return { settings, problems: [...problems, ...deadNames(settings)] }
}

function readTurnLimits(env: Environment, problems: string[]): Pick<ModelSettings, 'turnLimits'> {
  const turnLimits: Partial<TurnLimits> = {}
  const firstByteMs = readSeconds('THREADMILL_FIRST_BYTE_TIMEOUT', env, problems)
  if (firstByteMs !== undefined) turnLimits.firstByteMs = firstByteMs
  const bytes = env['THREADMILL_MAX_ANSWER_BYTES']
  if (bytes) turnLimits.maxAnswerBytes = Number(bytes)
  if (bytes && !(Number.isSafeInteger(Number(bytes)) && Number(bytes) > 0)) {
    problems.push('THREADMILL_MAX_ANSWER_BYTES must be a whole number of bytes')
  }
  return Object.keys(turnLimits).length > 0 ? { turnLimits } : {}
}

function readConnectTimeout(env: Environment, problems: string[]): Pick<ModelSettings, 'connectMs'> {
  const connectMs = readSeconds('THREADMILL_CONNECT_TIMEOUT', env, problems)
  return connectMs === undefined ? {} : { connectMs }
}

/** In milliseconds. */
function readSeconds(name: string, env: Environment, problems: string[]): number | undefined {
  const given = env[name]
  if (!given) return undefined
  const parsed = seconds.safeParse(Number(given))
  if (!parsed.success) problems.push(`${name} must be a number of seconds, ${maxSeconds} at most`)
  return parsed.data && parsed.data * 1_000
}

function parseFile(file: unknown, problems: string[]): z.infer<typeof modelsFile> {
  if (file === undefined) return {}
  const parsed = modelsFile.safeParse(file)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) problems.push(...describeIssue(issue))
  return {}
}

function describeIssue(issue: z.core.$ZodIssue): string[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `the models file has an unknown key: ${[...path, key].join('.')}`)
  }
  return [`the models file is wrong at ${path.join('.') || 'its top'}: ${issue.message}`]
}

function readProvider(
  name: string,
  entry: z.infer<typeof provider>,
  env: Environment,
  problems: string[],
): ProviderSettings {
  const { type, api, base_url, api_key_env, first_byte_timeout, connect_timeout, models = [] } = entry
  const { caller_parameters: callerParameters } = entry
  const apiKey = entry.api_key ?? (api_key_env === undefined ? undefined : env[api_key_env])
  if (entry.api_key !== undefined && api_key_env !== undefined) {
    problems.push(`providers.${name} has both api_key and api_key_env`)
  } else if (api_key_env !== undefined && !apiKey) {
    problems.push(`providers.${name}.api_key_env names ${api_key_env}, which is not set`)
  } else if (!apiKey && type !== 'ollama' && type !== 'openai-compatible') {
    problems.push(`providers.${name} needs an api_key or api_key_env`)
  }
  if (!base_url && (type === 'openai-compatible' || type === 'azure')) {
    problems.push(`providers.${name} needs a base_url`)
  }
  const baseUrl = base_url?.replace(/\/+$/, '')
  const server = { type, ...(baseUrl && { baseUrl }), ...(api && { api }) }
  if (api !== undefined && !speaksOpenAI(server))
    problems.push(`providers.${name}.api can be set of servers with OpenAI's API only, and not of '${type}'`)
  if (connect_timeout !== undefined && !isChatServer(server)) {
    const what = api === 'responses' ? 'the Responses API' : `'${type}'`
    problems.push(`providers.${name}.connect_timeout can be set of chat servers only; ${what} has 10 seconds`)
  }
  if (callerParameters !== undefined && !mayBeToldOfCallers(server))
    problems.push(`providers.${name}.caller_parameters can be set of chat servers only`)
  return {
    name,
    type,
    ...(api && { api }),
    ...(callerParameters !== undefined && { callerParameters }),
    ...(baseUrl && { baseUrl }),
    ...(apiKey && { apiKey }),
    ...(first_byte_timeout !== undefined && { firstByteMs: first_byte_timeout * 1_000 }),
    ...(connect_timeout !== undefined && { connectMs: connect_timeout * 1_000 }),
    models: Array.isArray(models)
      ? Object.fromEntries(models.map((model) => [model, {}]))
      : Object.fromEntries(Object.entries(models).map(([model, given]) => [model, readLimits(given)])),
  }
}

function readLimits({ context_window, structured_outputs }: z.infer<typeof limits>): ModelLimits {
  return {
    ...(context_window !== undefined && { contextWindow: context_window }),
    ...(structured_outputs !== undefined && { structuredOutputs: structured_outputs }),
  }
}
