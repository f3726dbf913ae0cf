/** In milliseconds: how long one request may keep the event loop before others have a turn. */
const turn = 8

/**
 * For loops over what a request may have much of: awaited after each round, it lets others have their turn when this
 * one has lasted. In a transaction readers go on meanwhile, and writers wait for its end.
 */
export function takeTurns(): () => Promise<void> {
  let began = performance.now()
  return async () => {
    if (performance.now() - began < turn) return
    await new Promise((resume) => setImmediate(resume))
    began = performance.now()
  }
}
