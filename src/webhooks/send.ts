import type { PublicFetch } from '../common/public-fetch.ts'
import { signWebhook, type Signing } from './sign.ts'

/** How long an endpoint may take to answer, in milliseconds. */
const timeoutMs = 10_000

/** Sends a body to an endpoint under the id of a delivery. Returns the status of the answer, whose body is not read. */
export type SendWebhook = (
  endpoint: Signing & { url: string },
  webhook: { id: string; body: string },
  signal?: AbortSignal,
) => Promise<number>

/** Rejects when there is no answer. A redirect is an answer, and is not followed. */
export const createWebhookSender =
  (fetch: PublicFetch): SendWebhook =>
  async (endpoint, { id, body }, signal) => {
    const timeout = AbortSignal.timeout(timeoutMs)
    const response = await fetch(endpoint.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Threadmill',
        'content-length': String(Buffer.byteLength(body)),
        ...signWebhook(endpoint, id, body),
      },
      body,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    })
    await response.body?.cancel()
    return response.status
  }

/** Why there was no answer. Without the address, which may have a secret of the endpoint. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the endpoint could not be reached'
  const { code } = error as NodeJS.ErrnoException
  if (error.name === 'TimeoutError') return 'the endpoint did not answer in time'
  return code ?? error.message
}
