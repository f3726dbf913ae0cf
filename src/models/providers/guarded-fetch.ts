import type { Fetch } from './provider.ts'

/** No event and no list of a sane server is longer; in bytes. */
const maxPendingBytes = 16 * 1024 * 1024
const lineBreak = 10

/**
 * A fetch whose answers fail where they go on for ever without a line break: the clients of the `@ai-sdk` packages, and
 * `response.json()`, keep all of that in memory.
 */
export const guardedFetch =
  (fetch: Fetch): Fetch =>
  async (input, init) => {
    const response = await fetch(input, init)
    if (!response.body) return response
    const { status, statusText, headers } = response
    return new Response(response.body.pipeThrough(limitLines()), { status, statusText, headers })
  }

function limitLines(): TransformStream<Uint8Array, Uint8Array> {
  let pending = 0
  return new TransformStream({
    transform(chunk, controller) {
      const last = chunk.lastIndexOf(lineBreak)
      pending = last < 0 ? pending + chunk.length : chunk.length - last - 1
      if (pending > maxPendingBytes) controller.error(new TypeError('terminated: an endless line'))
      else controller.enqueue(chunk)
    },
  })
}
