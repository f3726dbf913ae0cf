import type { Kernel } from '../sandbox.ts'

/** A kernel that is opened before anybody asks for one, and is given out once. */
export interface EarlyKernel {
  /** Resolves with the kernel when it is open, or with undefined when it did not start or has died. */
  take(signal?: AbortSignal): Promise<Kernel | undefined>
  /** Ends it, also while it starts. */
  close(): Promise<void>
}

/** Opens at once. A failure is told to nobody: who needs a kernel then opens one and gets the reason. */
export function openEarly(open: (signal: AbortSignal) => Promise<Kernel>): EarlyKernel {
  const closing = new AbortController()
  let hasDied = false
  const opened = open(closing.signal).then(
    (kernel) => {
      void kernel.closed.then(() => (hasDied = true))
      return kernel
    },
    () => undefined,
  )
  return {
    async take(signal) {
      const stop = () => closing.abort(signal?.reason)
      if (signal?.aborted) stop()
      signal?.addEventListener('abort', stop, { once: true })
      try {
        const kernel = await opened
        if (!kernel) signal?.throwIfAborted()
        return hasDied ? undefined : kernel
      } finally {
        signal?.removeEventListener('abort', stop)
      }
    },
    async close() {
      closing.abort()
      await (await opened)?.close()
    },
  }
}
