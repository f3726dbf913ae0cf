/** How long work that goes on arriving puts off what waits for it, in milliseconds. A turn that has begun is waited for. */
const maxGatherMs = 10

/**
 * Waits for the end of this turn of the event loop, and for further turns while each of them brings more. So what arrives while
 * the loop is busy comes together, and what arrives by itself does not wait. Ends also when `enough` of it waits.
 */
export async function gather({
  waiting,
  enough,
  maxMs = maxGatherMs,
}: {
  waiting: () => number
  enough: number
  maxMs?: number
}): Promise<void> {
  const end = performance.now() + maxMs
  let before
  do {
    before = waiting()
    await new Promise((turn) => setImmediate(turn))
  } while (waiting() > before && waiting() < enough && performance.now() < end)
}
