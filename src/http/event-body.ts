/**
 * How long a reader may take nothing, in milliseconds. Whoever hangs for longer with an open connection would keep the provider
 * and what is held of budgets.
 */
const maxUnreadMs = 10 * 60_000

/**
 * The body of a stream. The next events are asked for when the reader has taken those before. However it is left, also before
 * anything was read, `events` come to their `finally`, which tells what was used.
 */
export function eventBody(events: AsyncGenerator<string, void>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder()
  let isBegun = false
  let unread: NodeJS.Timeout | undefined
  const next = () => {
    isBegun = true
    return events.next()
  }
  const leave = async () => {
    clearTimeout(unread)
    // A generator that was never begun would end without its `finally`. Its first events are nobody's.
    if (!isBegun) await next().catch(() => {})
    await events.return()
  }
  return new ReadableStream(
    {
      async pull(controller) {
        clearTimeout(unread)
        const read = await next()
        if (read.done) return controller.close()
        controller.enqueue(encoder.encode(read.value))
        unread = setTimeout(() => {
          controller.error(new Error('nothing was read for too long'))
          void leave().catch(() => {})
        }, maxUnreadMs)
        unread.unref()
      },
      cancel: leave,
    },
    { highWaterMark: 0 },
  )
}
