import type { LanguageModelV4 } from '@ai-sdk/provider'
import { readAbilities, type Abilities } from '../abilities.ts'
import type { HostedToolWords } from '../hosted-tools.ts'
import type { WireAddress } from '../model.ts'
import { errorText } from './error-text.ts'

/** One connected provider, made from its settings by the file of its family. Making it opens no connection. */
export interface Provider {
  name: string
  /** Opens a model. The package of the family is loaded on first use. Whether the model exists is not checked. */
  open(modelId: string): Promise<LanguageModelV4>
  /** The models that the provider offers for chat, in its own order. Throws when it cannot be asked. */
  list(signal: AbortSignal): Promise<OfferedModel[]>
  /** Where it takes requests of OpenAI's wire as they are. */
  wire?: Pick<WireAddress, 'baseUrl' | 'headers'>
  /** Names that belong to this provider even when it does not list them. */
  ownNames?: RegExp
  /** Converts a name that the provider's own program uses to the name in its list. */
  shortName?(name: string): string
  /** Which offered model represents the provider: of the matching names, the one with the highest version. */
  preferred?: RegExp
  /** Represents the provider while it could not be asked. */
  defaultModel?: string
  /** Whether JSON schemas are enforced. */
  structuredOutputs: boolean
  /** Whether it is told which `service_tier` a caller asks for. */
  serviceTiers: boolean
  /** Whether a model says how probable its tokens were. Left out where none does, or where that is not known. */
  givesLogprobs?(modelId: string): boolean
  /** The tools that it runs itself. */
  hostedTools?: HostedToolWords
  /** In tokens, for models that nothing is known about. */
  contextWindow?: number
  /** True for OpenAI, whose names are listed as they are. Others are listed as `provider/model`. */
  listsBareNames?: boolean
}

export interface OfferedModel extends Abilities {
  id: string
  /** Unix seconds. */
  created?: number
  /** In tokens. */
  contextWindow?: number
  /** The owner in the list of models. Some servers can be recognised by it. */
  ownedBy?: string
}

/** Models that providers list and that are not language models. */
export const cannotChat =
  /embed|whisper|tts|dall-e|image|sora|moderation|realtime|audio|transcribe|instruct-0914|davinci|babbage|ocr|minilm|bge-/

export type Fetch = typeof globalThis.fetch

/**
 * Thrown when a provider answered with something that is not a list. The message contains the status and the reason,
 * and neither address nor key.
 */
export class ListRefused extends Error {
  override name = 'ListRefused'
  readonly status: number
  /** True when the answer was a web page. */
  readonly isPage: boolean
  constructor(status: number, reason: string, isPage = false) {
    super(`${status} ${reason}`.trim())
    this.status = status
    this.isPage = isPage
  }
}

/** Reads JSON from a provider. Throws `ListRefused` or the error of `fetch`. */
export async function getJson(
  fetch: Fetch,
  url: string,
  { headers = {}, signal }: { headers?: Record<string, string>; signal: AbortSignal },
): Promise<Record<string, unknown>> {
  const ask = () => fetch(url, { headers: { accept: 'application/json', ...headers }, signal })
  // The server may have restarted and closed a kept connection. It has read nothing, so the request is sent once more.
  const response = await ask().catch((error) => {
    if (/^(UND_ERR_SOCKET|ECONNRESET)$/.test(error?.cause?.code ?? '')) return ask()
    throw error
  })
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw new ListRefused(response.status, (errorText(body) ?? '').slice(0, 200))
  const isPage = /^text\/html\b/i.test(response.headers.get('content-type') ?? '')
  if (typeof body !== 'object' || body === null)
    throw new ListRefused(response.status, 'and no JSON object', isPage)
  return body as Record<string, unknown>
}

/** Limits for a list of models. No working provider reaches them. */
const maxModels = 10_000
const maxNameLength = 300

/** The entries of a list of models. The list is not trusted, so only objects with a name are taken. */
export function entries(list: unknown): { id: string; entry: Record<string, unknown> }[] {
  if (!Array.isArray(list)) return []
  return list.slice(0, maxModels).flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return []
    const { id, name } = entry as Record<string, unknown>
    const found = typeof id === 'string' ? id : name
    return typeof found === 'string' && found && found.length <= maxNameLength
      ? [{ id: found, entry: entry as Record<string, unknown> }]
      : []
  })
}

/** The names of this field at OpenRouter and Together; vLLM and SGLang; Mistral; Groq. */
const lengthFields = ['context_length', 'max_model_len', 'max_context_length', 'context_window']

/** Reads OpenAI's `GET /models`, with the context window under any of the names that servers use. */
export async function listOpenAIModels(
  fetch: Fetch,
  baseUrl: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<OfferedModel[]> {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/models`
  const body = await getJson(fetch, url.href, { headers, signal })
  // Together sends the list itself. LM Studio answers 200 with an error when the path is wrong.
  const list = Array.isArray(body) ? body : body['data']
  if (!Array.isArray(list)) throw new ListRefused(200, 'and no list')
  return entries(list).map(({ id, entry }) => {
    const { created, owned_by: ownedBy } = entry
    const length = lengthFields.map((field) => entry[field]).find((value) => value !== undefined)
    return {
      id,
      ...readAbilities(entry),
      ...(typeof created === 'number' && { created }),
      ...(typeof length === 'number' && length > 0 && { contextWindow: length }),
      ...(typeof ownedBy === 'string' && { ownedBy }),
    }
  })
}

export const bearer = (apiKey: string | undefined): Record<string, string> =>
  apiKey ? { authorization: `Bearer ${apiKey}` } : {}
