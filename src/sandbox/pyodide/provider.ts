import { placeCanaries } from '../self-test/canaries.ts'
import { probe } from '../self-test/probe.ts'
import { tryLauncher } from '../launchers/attempts.ts'
import { atLowPriority } from '../launchers/low-priority.ts'
import type { Kernel, KernelProvider } from '../sandbox.ts'
import { tryKernel } from './attempts.ts'
import { openEarly, type EarlyKernel } from './early-kernel.ts'
import { openPyodide, preparation, type PyodideEngine } from './open-pyodide.ts'
import { openForTrial, prepareRuntime } from './prepare.ts'

/** One launcher around Pyodide. */
export function pyodideProvider(engine: PyodideEngine): KernelProvider {
  const { launcher, runtime, uid } = engine
  const confines = launcher.isolation !== 'seat belt'
  const open = (signal?: AbortSignal) => openPyodide(engine, preparation(runtime), signal)
  /** For the first session. It starts during the self-test, and is given out only by a provider that was chosen. */
  let early: EarlyKernel | undefined

  /** The kernel of the trial starts while the launcher is tried, and the first session while that kernel is. */
  async function leaks(signal: AbortSignal): Promise<string[]> {
    await using canaries = await placeCanaries(runtime.node, uid)
    await using trial = beginTrial(engine, signal)
    const ofLauncher = confines ? await tryLauncher(launcher, runtime.node, canaries, { uid, signal }) : []
    if (ofLauncher.length > 0) return ofLauncher
    signal.throwIfAborted()
    const kernel = await trial.kernel()
    early = openEarly(open)
    const reached = await tryKernel(kernel, canaries, confines)
    signal.throwIfAborted()
    return reached
  }

  async function close(): Promise<void> {
    const former = early
    early = undefined
    await former?.close()
  }

  return {
    id: `pyodide+${launcher.id}`,
    isolation: launcher.isolation,
    limits: engine.groups ? 'cgroup' : 'watchdog',
    ...(runtime.packages.length > 0 && { packages: runtime.versions }),
    probe: (signal) => probe(leaks, signal),
    async open({ signal }) {
      const first = early
      early = undefined
      return (await first?.take(signal)) ?? (await open(signal))
    },
    async prepare(signal) {
      const before = preparation(runtime)
      await prepareRuntime({ ...engine, launcher: atLowPriority(launcher) }, signal)
      // Nobody has needed it so far, and the next one starts from something better.
      if (preparation(runtime) !== before) await close()
    },
    close,
  }
}

/** Starts the kernel for the trial, which is ended with the trial or by the signal. */
function beginTrial(
  engine: PyodideEngine,
  signal: AbortSignal,
): AsyncDisposable & { kernel(): Promise<Kernel> } {
  const ending = new AbortController()
  const ended = AbortSignal.any([signal, ending.signal])
  let kernel: Promise<Kernel> = openForTrial(engine, ended)
  kernel.catch(() => {})
  const end = () => void kernel.then((opened) => opened.close()).catch(() => {})
  ended.addEventListener('abort', end, { once: true })
  return {
    async kernel() {
      // A second attempt is made only with a launcher that works, because it removes what was prepared.
      kernel = kernel.catch(() => openPyodide(engine, preparation(engine.runtime), ended))
      return await kernel
    },
    async [Symbol.asyncDispose]() {
      ending.abort()
      await kernel.then((opened) => opened.close()).catch(() => {})
    },
  }
}
