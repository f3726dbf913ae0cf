import type { Kernel, KernelProvider } from '../sandbox.ts'

export interface Spares {
  /** Returns a spare that is ready, or a new kernel. Starts another spare in the background. */
  take(signal: AbortSignal): Promise<Kernel>
  /** Starts the missing spares in the background. */
  fill: () => void
  /** Ends the spares that are ready, because kernels have changed, and keeps `count` new ones. */
  renew(count: number): Promise<void>
  close(): Promise<void>
}

/** Keeps `count` unused kernels ready. They belong to no key and contain no data of users. */
export function createSpares(
  provider: Pick<KernelProvider, 'open'>,
  spares: number | Promise<number>,
  closing: AbortSignal,
): Spares {
  let count = typeof spares === 'number' ? spares : 0
  void Promise.resolve(spares).then((known) => (count = known))
  let ready: Kernel[] = []
  let generation = 0
  const starting = new Set<Promise<void>>()

  async function start(): Promise<void> {
    const own = generation
    try {
      const kernel = await provider.open({ signal: closing })
      if (closing.aborted || own !== generation) return await kernel.close()
      ready.push(kernel)
      void kernel.closed.then(() => ready.includes(kernel) && ready.splice(ready.indexOf(kernel), 1))
    } catch {
      // The error is not reported here. The next call that needs a kernel tries to open one and gets the reason.
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
    async renew(known) {
      generation++
      count = known
      const former = ready
      ready = []
      await Promise.all([...starting, ...former.map((kernel) => kernel.close())])
    },
    async close() {
      await Promise.all([...starting, ...ready.map((kernel) => kernel.close())])
    },
  }
}
