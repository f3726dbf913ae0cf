import type { Fetch } from './provider.ts'

/** The longest line, in bytes. No event and no list of a working server is longer. */
const maxPendingBytes = 16 * 1024 * 1024
/** The same of the Responses API, whose last event has all pictures of the answer once more. */
const maxPendingBytesOfResponses = 160 * 1024 * 1024
const lineBreak = 10

/**
 * A fetch whose answer fails when it continues for too long without a line break. The clients of the `@ai-sdk` packages
 * and `response.json()` would keep all of it in memory.
 */
export const guardedFetch =
  (fetch: Fetch): Fetch =>
  async (input, init) => {
    const response = await fetch(input, init)
    if (!response.body) return response
    const { status, statusText, headers } = response
    const max = isOfResponses(input) ? maxPendingBytesOfResponses : maxPendingBytes
    return new Response(response.body.pipeThrough(limitLines(max)), { status, statusText, headers })
  }

const isOfResponses = (input: Parameters<Fetch>[0]): boolean =>
  new URL(input instanceof Request ? input.url : input).pathname.endsWith('/responses')

function limitLines(max: number): TransformStream<Uint8Array, Uint8Array> {
  let pending = 0
  return new TransformStream({
    transform(chunk, controller) {
      const last = chunk.lastIndexOf(lineBreak)
      pending = last < 0 ? pending + chunk.length : chunk.length - last - 1
      if (pending > max) controller.error(new TypeError('terminated: an endless line'))
      else controller.enqueue(chunk)
    },
  })
}
