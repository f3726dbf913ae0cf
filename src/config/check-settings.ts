import type { LanguageModelV4 } from '@ai-sdk/provider'
import { z } from 'zod'
import { ownType } from '../contract/tools.ts'
import { webhookEventTypes } from '../contract/webhooks.ts'
import { ConfigError } from '../errors/errors.ts'
import { prices } from '../models/prices.ts'
import { isHostOrNetwork } from '../common/public-addresses.ts'
import { providerApis, providerTypes } from '../models/provider-settings.ts'
import { isSandboxChoice, sandboxChoices, type SandboxChoice } from '../sandbox/pair-ids.ts'

const some = z.string().min(1, 'must not be empty')
const address = z.url({ protocol: /^https?$/, error: 'must be an http or https address' })
const whole = (min: number, max: number = Number.MAX_SAFE_INTEGER) => {
  const error = `must be a whole number ${max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `from ${min} to ${max}`}`
  return z.int({ error }).min(min, error).max(max, error).optional()
}
const number = z.number('must be a number above 0').positive('must be a number above 0').optional()
const mirror = z.union([z.literal(''), address]).optional()

const limitsOfModel = z.strictObject({ contextWindow: whole(1), structuredOutputs: z.boolean().optional() })
const provider = z.strictObject({
  name: some,
  type: z.enum(providerTypes),
  api: z.enum(providerApis).optional(),
  baseUrl: address.optional(),
  apiKey: some.optional(),
  firstByteMs: number,
  connectMs: number,
  callerParameters: z.boolean().optional(),
  models: z.record(some, limitsOfModel),
})
const models = z.strictObject({
  providers: z.array(provider).optional(),
  aliases: z.record(some, some).optional(),
  defaultModel: some.optional(),
  discover: z.boolean().optional(),
  prices: prices.optional(),
  connectMs: number,
  ignored: z.array(z.string()).optional(),
  turnLimits: z.strictObject({ firstByteMs: number, maxAnswerBytes: whole(1) }).optional(),
})

const reranker = z.strictObject({
  baseUrl: address,
  model: some,
  apiKey: some.optional(),
  timeoutMs: number,
})
const embedding = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('local') }),
    z.strictObject({ type: z.literal('off') }),
    reranker.extend({ type: z.literal('server'), dimensions: whole(1, 8_192) }),
    z.strictObject({ type: z.literal('provider'), provider, model: some }),
  ],
  { error: 'must be an object whose type is "local", "off", "server" or "provider"' },
)

const codeInterpreter = z.strictObject({
  engine: z
    .custom<SandboxChoice>(
      (given) => typeof given === 'string' && isSandboxChoice(given),
      `must be ${sandboxChoices}`,
    )
    .optional(),
  limits: z
    .strictObject({
      callMs: number,
      graceMs: number,
      startMs: number,
      memory: whole(1),
      cpuSeconds: whole(1),
      processes: whole(1),
      disk: whole(1),
      output: whole(1),
      images: whole(1),
      imageBytes: whole(1),
      files: whole(1),
      fileBytes: whole(1),
      threadBytes: whole(1),
    })
    .optional(),
  maxSessions: whole(1),
  idleMs: number,
  maxAgeMs: number,
  docker: z.strictObject({ image: some, runtime: some.optional(), socket: some.optional() }).optional(),
})

const settings = z.strictObject({
  host: some.optional(),
  port: whole(0, 65_535),
  dataDir: some.optional(),
  allowedHosts: z.array(z.string()).optional(),
  database: z
    .strictObject({
      url: some,
      listenUrl: some.optional(),
      schema: some.optional(),
      poolSize: z.int().min(1).optional(),
      statementTimeoutMs: z.int().min(1).optional(),
    })
    .optional(),
  filesUrl: z.string('must be an address, s3://…').optional(),
  apiKey: z.string().min(16, 'must have 16 characters or more').optional(),
  adminKey: z
    .string()
    .refine((key) => key === '' || key.length >= 16, 'must have 16 characters or more')
    .optional(),
  apiKeyFrom: z.enum(['made', 'file', 'environment']).optional(),
  models: models.optional(),
  search: z.strictObject({ embedding: embedding.optional(), reranker: reranker.optional() }).optional(),
  codeInterpreter: codeInterpreter.optional(),
  drainSeconds: whole(0, 9_999),
  containerMinutes: whole(1, 999_999),
  retention: z
    .strictObject({
      runDays: whole(1),
      runLogDays: whole(1),
      idleThreadDays: whole(1),
      fileDays: whole(1),
      archivedProjectDays: whole(1),
      auditLogDays: whole(1),
      traceDays: whole(1),
      containerDays: whole(1),
    })
    .optional(),
  limits: z
    .strictObject({
      messages: whole(1, 10_000),
      toolOutputCharacters: whole(1, 16 * 1024 ** 2),
      toolOutputsBytes: whole(1, 16 * 1024 ** 2),
    })
    .optional(),
  webhooks: z
    .array(
      z.strictObject({
        url: address,
        secret: z.string('must be a secret, whsec_…').startsWith('whsec_', 'must begin with whsec_'),
        name: some,
        project: some,
        eventTypes: z.array(z.enum(webhookEventTypes)).min(1),
      }),
    )
    .optional(),
  responses: z.strictObject({ isStrict: z.boolean().optional(), queues: z.boolean().optional() }).optional(),
  privateHosts: z
    .array(z.string().refine(isHostOrNetwork, 'must be a name, an address or a network'))
    .optional(),
  // A looser check than that of the environment, which most of these come from.
  telemetry: z
    .looseObject({
      traces: z.looseObject({ url: some }).optional(),
      metrics: z.looseObject({ url: some }).optional(),
      resource: z.record(z.string(), z.string()),
      sampler: z.strictObject({ parentBased: z.boolean(), ratio: z.number().min(0).max(1) }),
      batch: z.looseObject({}),
    })
    .optional(),
  modelMirror: mirror,
  pypiMirror: mirror,
  pyodideMirror: mirror,
})

/** Checks a model of the embedding program. Without this check, a wrong object would fail only when a run calls it. */
const model = z.custom<LanguageModelV4>(
  (given) =>
    typeof given === 'object' &&
    given !== null &&
    (given as LanguageModelV4).specificationVersion === 'v4' &&
    typeof (given as LanguageModelV4).doStream === 'function',
  'must be a model: one of scripted(), or a LanguageModelV4 of the AI SDK',
)
const modelsByName = z
  .custom<Record<string, LanguageModelV4>>(
    (given) => typeof (given as LanguageModelV4 | null)?.doStream !== 'function',
    'must be an object of models by their names: { models: { scripted: model } }',
  )
  .pipe(z.record(some, model))
const isObject = (given: unknown) => typeof given === 'object' && given !== null && !Array.isArray(given)
const isFunction = (given: unknown) => typeof given === 'function'

/** A tool of the embedding program. The object is loose because an instance of a class may have more properties. */
const tool = z.looseObject({
  type: ownType,
  description: z.string('must be a text').regex(/\S/, 'must not be empty'),
  parameters: z.custom(isObject, 'must be a JSON Schema, an object'),
  run: z.custom(isFunction, 'must be a function'),
})
const tools = z.array(tool, 'must be a list of tools').superRefine((given, context) => {
  for (const [at, { type }] of given.entries())
    if (given.findIndex((other) => other.type === type) < at)
      context.addIssue({
        code: 'custom',
        path: [at, 'type'],
        message: 'must be another than that of a tool before it',
      })
})
const options = z.strictObject({
  models: modelsByName.optional(),
  log: z.custom(isFunction, 'must be a function').optional(),
  tools: tools.optional(),
})

/** Throws a ConfigError that lists every problem with the settings of `start`. */
export const checkSettings = (given: unknown): void => check(settings, given, 'setting')

/** Throws a ConfigError that lists every problem with the options of `start`. */
export const checkOptions = (given: unknown): void => check(options, given, 'option')

function check(schema: z.ZodObject, given: unknown, kind: 'setting' | 'option'): void {
  const parsed = schema.safeParse(given)
  if (!parsed.success)
    throw new ConfigError(parsed.error.issues.flatMap((issue) => describe(issue, schema, kind)))
}

function describe(issue: z.core.$ZodIssue, schema: z.ZodObject, kind: 'setting' | 'option'): string[] {
  const path = issue.path.map(String)
  if (issue.code !== 'unrecognized_keys')
    return [`${path.join('.') || `the ${kind}s of start()`} ${inWords(issue.message)}`]
  const article = kind === 'option' ? 'an' : 'a'
  const known = keysAt(schema, path)
  const has = known && `; ${path.join('.') || 'it'} has ${known.join(', ')}`
  return issue.keys.map(
    (key) => `${[...path, key].join('.')} is not ${article} ${kind} of start()${has ?? ''}`,
  )
}

/** Zod's own messages are put after a colon. Ours begin with "must" and continue the sentence after the name. */
const inWords = (message: string) =>
  message.startsWith('must ') ? message : message.replace(/^Invalid \w+: /, 'is wrong: ')

/** The keys that the object at a path may have. Undefined when the schema there allows several kinds of objects. */
function keysAt(schema: z.ZodObject, path: string[]): string[] | undefined {
  let at: unknown = schema
  for (const key of path) {
    const inner = at instanceof z.ZodObject ? at.shape[key] : undefined
    at = inner instanceof z.ZodOptional ? inner.unwrap() : inner
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : undefined
}
