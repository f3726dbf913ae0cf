import type { Kernel, KernelProvider } from '../sandbox.ts'

export interface Spares {
  /** A kernel that is up already, or a new one. Another is started behind it. */
  take(signal: AbortSignal): Promise<Kernel>
  /** Starts what is missing, in the background. */
  fill: () => void
  close(): Promise<void>
}

/** Keeps `count` kernels ready that nobody has used. They belong to no key and hold nothing of anybody. */
export function createSpares(
  provider: Pick<KernelProvider, 'open'>,
  spares: number | Promise<number>,
  closing: AbortSignal,
): Spares {
  let count = typeof spares === 'number' ? spares : 0
  void Promise.resolve(spares).then((known) => (count = known))
  const ready: Kernel[] = []
  const starting = new Set<Promise<void>>()

  async function start(): Promise<void> {
    try {
      const kernel = await provider.open({ signal: closing })
      if (closing.aborted) return await kernel.close()
      ready.push(kernel)
      void kernel.closed.then(() => ready.includes(kernel) && ready.splice(ready.indexOf(kernel), 1))
    } catch {
      // Whoever needs a kernel opens one, and hears why it does not start.
    }
  }

  const fill = () => {
    while (!closing.aborted && ready.length + starting.size < count) {
      const started: Promise<void> = start().finally(() => starting.delete(started))
      starting.add(started)
    }
  }

  return {
    fill,
    async take(signal) {
      const kernel = ready.shift() ?? (await provider.open({ signal }))
      fill()
      return kernel
    },
    async close() {
      await Promise.all([...starting, ...ready.map((kernel) => kernel.close())])
    },
  }
}
