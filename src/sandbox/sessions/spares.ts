import type { Kernel, KernelProvider } from '../sandbox.ts'

export interface Spares {
  /** A kernel that is up already, or a new one. Another is started behind it. */
  take(signal: AbortSignal): Promise<Kernel>
  /** Starts what is missing, in the background. */
  fill: () => void
  /** Ends those that are ready, since kernels are other ones from now on, and keeps so many of the new ones. */
  renew(count: number): Promise<void>
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
