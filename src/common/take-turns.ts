/** How long one request may use the event loop before others get a turn, in milliseconds. */
const turn = 8

/**
 * For loops over many items of one request. Awaited after each item, it gives other requests a turn when this one has
 * taken too long. Loops that go on next to each other share one, so that together they take no longer. In a transaction,
 * readers continue meanwhile and writers wait for its end.
 */
export function takeTurns(): () => Promise<void> {
  let began = performance.now()
  let waiting: Promise<void> | undefined
  return () => {
    if (!waiting && performance.now() - began < turn) return Promise.resolve()
    waiting ??= new Promise((resume) => {
      setImmediate(() => {
        began = performance.now()
        waiting = undefined
        resume()
      })
    })
    return waiting
  }
}
