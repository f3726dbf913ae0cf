import { layCanaries } from '../self-test/canaries.ts'
import { tryLauncher } from '../launchers/attempts.ts'
import type { KernelProvider } from '../sandbox.ts'
import { tryKernel } from './attempts.ts'
import { openPyodide, preparation, type PyodideEngine } from './open-pyodide.ts'
import { prepareRuntime } from './prepare.ts'

/** One launcher around Pyodide. */
export function pyodideProvider(engine: PyodideEngine): KernelProvider {
  const { launcher, runtime, uid } = engine
  const confines = launcher.isolation !== 'seat belt'

  async function leaks(signal: AbortSignal): Promise<string[]> {
    await using canaries = await layCanaries(runtime.node, uid)
    const ofLauncher = confines ? await tryLauncher(launcher, runtime.node, canaries, uid) : []
    if (ofLauncher.length > 0) return ofLauncher
    const kernel = await openPyodide(engine, preparation(runtime), signal)
    signal.addEventListener('abort', () => void kernel.close(), { once: true })
    try {
      return await tryKernel(kernel, canaries, confines)
    } finally {
      await kernel.close()
    }
  }

  return {
    id: `pyodide+${launcher.id}`,
    isolation: launcher.isolation,
    limits: engine.groups ? 'cgroup' : 'watchdog',
    ...(runtime.packages.length > 0 && { packages: runtime.versions }),
    async probe(signal) {
      try {
        const reached = await leaks(signal)
        return reached.length === 0
          ? { ok: true }
          : { ok: false, reason: `code in it reached ${reached.join(', ')}` }
      } catch (error) {
        signal.throwIfAborted()
        return { ok: false, reason: (error as Error).message }
      }
    },
    open: ({ signal }) => openPyodide(engine, preparation(runtime), signal),
    prepare: (signal) => prepareRuntime(engine, signal),
  }
}
