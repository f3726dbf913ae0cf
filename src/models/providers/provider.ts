import type { LanguageModelV4 } from '@ai-sdk/provider'
import { errorText } from './error-text.ts'

/** One connected provider, made by one of the family files from its settings. Making it connects to nothing. */
export interface Provider {
  name: string
  /** A model of this provider; loads the family's package on first use. Does not ask whether the model exists. */
  open(modelId: string): Promise<LanguageModelV4>
  /** What the provider offers for chat, in its own order. Throws when it cannot be asked. */
  list(signal: AbortSignal): Promise<OfferedModel[]>
  /** Names that belong to this provider even when they are not listed. */
  ownNames?: RegExp
  /** The name that the provider lists a model by, from another that its own program gives it. */
  shortName?(name: string): string
  /** Which of the offered models stands for the provider: of the names that fit the one with the highest version. */
  preferred?: RegExp
  /** What stands for the provider as long as it could not be asked. */
  defaultModel?: string
  /** Whether JSON schemas are enforced. */
  structuredOutputs: boolean
  /** In tokens, for models of which nothing is known. */
  contextWindow?: number
  /** OpenAI's own names are listed as they are; others as `provider/model`. */
  listsBareNames?: boolean
}

export interface OfferedModel {
  id: string
  /** Unix seconds. */
  created?: number
  /** In tokens. */
  contextWindow?: number
  /** What some servers tell by what they are. */
  ownedBy?: string
}

/** What providers list beside language models. */
export const cannotChat =
  /embed|whisper|tts|dall-e|image|sora|moderation|realtime|audio|transcribe|instruct-0914|davinci|babbage|ocr|minilm|bge-/

export type Fetch = typeof globalThis.fetch

/** A provider that answered, but not with a list. The message names status and reason, and neither address nor key. */
export class ListRefused extends Error {
  override name = 'ListRefused'
  readonly status: number
  /** Whether it was a page for a browser. */
  readonly isPage: boolean
  constructor(status: number, reason: string, isPage = false) {
    super(`${status} ${reason}`.trim())
    this.status = status
    this.isPage = isPage
  }
}

/** Reads JSON from a provider; throws `ListRefused` or what `fetch` throws. */
export async function getJson(
  fetch: Fetch,
  url: string,
  { headers = {}, signal }: { headers?: Record<string, string>; signal: AbortSignal },
): Promise<Record<string, unknown>> {
  const ask = () => fetch(url, { headers: { accept: 'application/json', ...headers }, signal })
  // A kept connection of a server that has restarted since: nothing was read, so a new one says more.
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

/** Of what a provider lists: neither is reached by honest ones. */
const maxModels = 10_000
const maxNameLength = 300

/** The entries of a list of models: strangers' data, of which only objects with a name are kept. */
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

/** OpenRouter and Together; vLLM and SGLang; Mistral; Groq. */
const lengthFields = ['context_length', 'max_model_len', 'max_context_length', 'context_window']

/** `GET /models` of OpenAI's wire, with the context length under any of the names that servers give it. */
export async function listOpenAIModels(
  fetch: Fetch,
  baseUrl: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<OfferedModel[]> {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/models`
  const body = await getJson(fetch, url.href, { headers, signal })
  // Together's is a list by itself; LM Studio answers 200 and an error where nothing is.
  const list = Array.isArray(body) ? body : body['data']
  if (!Array.isArray(list)) throw new ListRefused(200, 'and no list')
  return entries(list).map(({ id, entry }) => {
    const { created, owned_by: ownedBy } = entry
    const length = lengthFields.map((field) => entry[field]).find((value) => value !== undefined)
    return {
      id,
      ...(typeof created === 'number' && { created }),
      ...(typeof length === 'number' && length > 0 && { contextWindow: length }),
      ...(typeof ownedBy === 'string' && { ownedBy }),
    }
  })
}

export const bearer = (apiKey: string | undefined): Record<string, string> =>
  apiKey ? { authorization: `Bearer ${apiKey}` } : {}
