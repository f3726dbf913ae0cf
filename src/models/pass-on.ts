import type { IncomingMessage } from 'node:http'
import type { WireAddress } from './model.ts'
import { post } from './providers/post.ts'

/**
 * Sends a request of OpenAI's wire to a provider that speaks it, with the name that the model has there. Returns the response
 * when its headers have arrived, with the text encoding set. Rejects as `post` does.
 */
export function passOn(
  { baseUrl, headers: own, provider, modelId, connectMs }: WireAddress,
  path: '/chat/completions' | '/embeddings',
  {
    body,
    headers,
  }: {
    body: { stream?: boolean | undefined; [field: string]: unknown }
    headers?: Record<string, string> | undefined
  },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const url = new URL(baseUrl)
  url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`
  const accept = body.stream ? 'text/event-stream' : 'application/json'
  return post(
    { url, headers: own, provider, connectMs },
    JSON.stringify({ ...body, model: modelId }),
    { ...headers, accept },
    signal,
  )
}
