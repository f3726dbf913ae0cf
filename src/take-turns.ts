/** How long one request may use the event loop before others get a turn, in milliseconds. */
const turn = 8

/**
 * For loops over many items of one request. Awaited after each item, it gives other requests a turn when this one has
 * taken too long. In a transaction, readers continue meanwhile and writers wait for its end.
 */
export function takeTurns(): () => Promise<void> {
  let began = performance.now()
  return async () => {
    if (performance.now() - began < turn) return
    await new Promise((resume) => setImmediate(resume))
    began = performance.now()
  }
}
