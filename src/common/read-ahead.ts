/** For how long what was read ahead may stand for what there is, in milliseconds: what it is read for may have to wait first. */
const freshMs = 1_000

/** Gives a value that was read ahead to the first who asks within a second, and to nobody else. */
export function readAhead<T>(value: T, now: () => number = () => performance.now()): () => T | undefined {
  const readAt = now()
  let kept: T | undefined = value
  return () => {
    const given = now() - readAt < freshMs ? kept : undefined
    kept = undefined
    return given
  }
}
