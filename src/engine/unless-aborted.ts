/** The promise, or the signal's reason as soon as it is aborted; what the promise does afterwards is not looked at. */
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
 * The same for one promise after another, of which one is waited for at a time: a stream has thousands, and a listener
 * for each costs more than its part.
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
