import { z } from 'zod'
import type { ProviderSettings } from '../models/provider-settings.ts'
import type { RerankerSettings } from './rerank.ts'

export type EmbeddingSettings =
  | { type: 'local' }
  /** Search by words only, even when a model is available. */
  | { type: 'off' }
  | {
      type: 'server'
      baseUrl: string
      model: string
      apiKey?: string
      dimensions?: number
      timeoutMs?: number
    }
  | { type: 'provider'; provider: ProviderSettings; model: string }

export interface SearchSettings {
  /** Undefined means the local model if `threadmill setup` has installed it, and otherwise search by words only. */
  embedding?: EmbeddingSettings
  reranker?: RerankerSettings
}

const address = z.url({ protocol: /^https?$/, error: 'expected an http or https address' })
const server = z.strictObject({
  base_url: address,
  model: z.string().min(1),
  api_key: z.string().min(1).optional(),
  api_key_env: z.string().min(1).optional(),
  dimensions: z.int().positive().max(8_192).optional(),
  timeout_ms: z.int().min(100).max(60_000).optional(),
})
const embedding = z.union([z.string().min(1), server])
const reranker = server.omit({ dimensions: true })

type Environment = Record<string, string | undefined>

/** Types of providers that have embedding models. */
const withEmbeddings = new Set(['openai', 'openai-compatible', 'azure', 'google', 'mistral', 'ollama'])

/**
 * Reads the keys `embedding` and `reranker` of the parsed config file. `embedding` is `local`, `off`, `provider/model`
 * of a connected provider, or an object with the address of a server. Problems are sentences for the operator and never
 * contain secrets.
 */
export function readEmbeddingSettings(
  file: unknown,
  env: Environment,
  providers: readonly ProviderSettings[],
): { settings: SearchSettings; problems: string[] } {
  const problems: string[] = []
  const keys = (typeof file === 'object' && file !== null ? file : {}) as Record<string, unknown>
  const settings: SearchSettings = {}
  if (keys['embedding'] !== undefined) {
    const parsed = embedding.safeParse(keys['embedding'])
    if (!parsed.success) {
      problems.push(
        'embedding must be "local", "off", "provider/model", or an object with base_url and model',
      )
    } else {
      const found =
        typeof parsed.data === 'string'
          ? byName(parsed.data, providers, problems)
          : { type: 'server' as const, ...readServer('embedding', parsed.data, env, problems) }
      if (found) settings.embedding = found
    }
  }
  if (keys['reranker'] !== undefined) {
    const parsed = reranker.safeParse(keys['reranker'])
    if (parsed.success) settings.reranker = readServer('reranker', parsed.data, env, problems)
    else problems.push('reranker must be an object with base_url, model and, where it needs one, api_key_env')
  }
  return { settings, problems }
}

function byName(
  name: string,
  providers: readonly ProviderSettings[],
  problems: string[],
): EmbeddingSettings | undefined {
  if (name === 'local' || name === 'off') return { type: name }
  const slash = name.indexOf('/')
  const [provider, model] = [name.slice(0, slash), name.slice(slash + 1)]
  const found = providers.find((one) => one.name === provider)
  if (slash <= 0 || model === '')
    problems.push(`embedding is "${name}"; expected "local", "off" or "provider/model"`)
  else if (!found) problems.push(`embedding names the provider ${provider}, which is not connected`)
  else if (!withEmbeddings.has(found.type)) problems.push(`embedding: ${provider} has no embedding models`)
  else return { type: 'provider', provider: found, model }
  return undefined
}

function readServer(key: string, given: z.infer<typeof server>, env: Environment, problems: string[]) {
  const { base_url, model, api_key, api_key_env, dimensions, timeout_ms } = given
  const apiKey = api_key ?? (api_key_env === undefined ? undefined : env[api_key_env])
  if (api_key !== undefined && api_key_env !== undefined) {
    problems.push(`${key} has both api_key and api_key_env`)
  } else if (api_key_env !== undefined && !apiKey) {
    problems.push(`${key}.api_key_env names ${api_key_env}, which is not set`)
  }
  return {
    baseUrl: base_url.replace(/\/+$/, ''),
    model,
    ...(apiKey && { apiKey }),
    ...(dimensions !== undefined && { dimensions }),
    ...(timeout_ms !== undefined && { timeoutMs: timeout_ms }),
  }
}
