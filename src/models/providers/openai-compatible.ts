import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4StreamResult,
} from '@ai-sdk/provider'
import { defaultConnectMs } from '../connect-timeout.ts'
import { collect } from '../stream-parts.ts'
import { chatRequest, type ChatDialect } from './chat-request.ts'
import { chatStream } from './chat-stream.ts'
import { post, type Target } from './post.ts'

export interface OpenAICompatibleOptions extends ChatDialect {
  /** The name of the provider. */
  name: string
  /** The address up to `/chat/completions`. A query, such as Azure's `api-version`, is kept. */
  baseUrl: string
  /** Authorization and similar headers. */
  headers?: Record<string, string>
  /** How long connecting may take, in milliseconds. */
  connectMs?: number | undefined
  /** False where the server reads no addresses of pictures, so that they are loaded here. Default true. */
  loadsPictures?: boolean
}

/**
 * Chat completions of any server with OpenAI's API. This is our own code instead of `@ai-sdk/openai-compatible`,
 * because that costs more for each turn: docs/decisions/0002-models.md.
 */
export function openaiCompatible({
  name,
  baseUrl,
  headers = {},
  connectMs = defaultConnectMs,
  loadsPictures = true,
  ...dialect
}: OpenAICompatibleOptions): LanguageModelV4 {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/chat/completions`
  const target: Target = { url, headers, provider: name, connectMs }

  async function doStream(call: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const { body, warnings } = chatRequest(call, dialect)
    const response = await post(target, JSON.stringify(body), call.headers, call.abortSignal)
    return { stream: chatStream(response, { target, warnings, signal: call.abortSignal }) }
  }

  return {
    specificationVersion: 'v4',
    provider: name,
    modelId: dialect.modelId,
    // Pictures are passed on as addresses, and the provider downloads them from its own network.
    supportedUrls: loadsPictures ? { 'image/*': [/^https?:/] } : {},
    doStream,
    doGenerate: (call) => collect(call, doStream),
  }
}
