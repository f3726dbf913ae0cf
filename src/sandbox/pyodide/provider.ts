import { placeCanaries } from '../self-test/canaries.ts'
import { tryLauncher } from '../launchers/attempts.ts'
import { atLowPriority } from '../launchers/low-priority.ts'
import type { KernelProvider } from '../sandbox.ts'
import { tryKernel } from './attempts.ts'
import { openPyodide, preparation, type PyodideEngine } from './open-pyodide.ts'
import { prepareQuickly, prepareRuntime } from './prepare.ts'

/** One launcher around Pyodide. */
export function pyodideProvider(engine: PyodideEngine): KernelProvider {
  const { launcher, runtime, uid } = engine
  const confines = launcher.isolation !== 'seat belt'
  const open = (signal?: AbortSignal) => openPyodide(engine, preparation(runtime), signal)

  async function leaks(signal: AbortSignal): Promise<string[]> {
    await using canaries = await placeCanaries(runtime.node, uid)
    const ofLauncher = confines ? await tryLauncher(launcher, runtime.node, canaries, { uid, signal }) : []
    if (ofLauncher.length > 0) return ofLauncher
    signal.throwIfAborted()
    await prepareQuickly(engine, signal)
    const kernel = await open(signal)
    const end = () => void kernel.close()
    signal.addEventListener('abort', end, { once: true })
    try {
      const reached = await tryKernel(kernel, canaries, confines)
      signal.throwIfAborted()
      return reached
    } finally {
      signal.removeEventListener('abort', end)
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
    open: ({ signal }) => open(signal),
    prepare: (signal) => prepareRuntime({ ...engine, launcher: atLowPriority(launcher) }, signal),
  }
}
