/**
 * Settles as the promise does, or rejects with the reason of the signal when that is aborted first. What the promise
 * does afterwards is ignored.
 */
export function unlessAborted<T>(promise: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop))
  })
}

/**
 * The same for many promises, one after another. A stream has thousands of parts, and a listener for each would cost
 * more than the part.
 */
export function unlessAbortedEach(signal: AbortSignal) {
  let stop: (reason: unknown) => void = () => {}
  const aborted = () => stop(signal.reason)
  signal.addEventListener('abort', aborted, { once: true })
  return {
    wait: <T>(promise: Promise<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        stop = reject
        if (signal.aborted) aborted()
        promise.then(resolve, reject)
      }),
    [Symbol.dispose]: () => signal.removeEventListener('abort', aborted),
  }
}
