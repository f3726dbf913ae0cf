import { placeCanaries } from '../self-test/canaries.ts'
import { probe } from '../self-test/probe.ts'
import type { KernelProvider } from '../sandbox.ts'
import { tryNative } from './attempts.ts'
import { makeFonts } from './fonts.ts'
import type { NativeEngine } from './native-engine.ts'
import { openNative, type NativeLauncher } from './open-native.ts'

/** One launcher around a native Python, with or without the kernel of IPython. */
export function nativeProvider(native: NativeEngine, launcher: NativeLauncher): KernelProvider {
  async function leaks(signal: AbortSignal): Promise<string[]> {
    await using canaries = await placeCanaries(process.execPath, native.uid)
    signal.throwIfAborted()
    const kernel = await openNative(native, launcher, signal)
    const end = () => void kernel.close()
    signal.addEventListener('abort', end, { once: true })
    try {
      const reached = await tryNative(kernel, canaries)
      signal.throwIfAborted()
      return reached
    } finally {
      signal.removeEventListener('abort', end)
      await kernel.close()
    }
  }

  return {
    id: `${native.engine}+${launcher.id}`,
    isolation: launcher.isolation,
    // The engine gives each container a control group.
    limits: native.groups || launcher.id === 'docker' ? 'cgroup' : 'watchdog',
    packages: native.interpreter.packages,
    probe: (signal) => probe(leaks, signal),
    open: ({ signal }) => openNative(native, launcher, signal),
    prepare: (signal) => makeFonts(native, launcher, signal),
    close: () => launcher.close(),
  }
}
