import { tryLauncher } from './launchers/attempts.ts'
import { findBwrap } from './launchers/bwrap.ts'
import { seatBelt } from './launchers/permission.ts'
import { findUnshare } from './launchers/unshare.ts'
import { layCanaries } from './canaries.ts'
import { tryKernel } from './pyodide/attempts.ts'
import { openPyodide, preparation, type PyodideEngine } from './pyodide/provider.ts'

export type Choice = { engine: PyodideEngine; warning?: string } | { reason: string }

export const seatBeltWarning =
  'Code interpreter: no operating-system sandbox works on this machine, so code that the model writes is held back by ' +
  "Node's permission model only. That keeps honest mistakes in; it is no protection against an attacker who can steer " +
  'the model, for example by a prompt hidden in a file. It is on because this server serves one user on loopback. ' +
  'Install bubblewrap, or allow user namespaces, for a real sandbox.'

/**
 * The strongest launcher whose self-test reaches nothing of this machine. Finding a program proves little: user
 * namespaces can be forbidden by a sysctl, an AppArmor profile or a container, so every candidate is tried.
 */
export async function chooseProvider(
  base: Omit<PyodideEngine, 'launcher'>,
  { allowWeak, signal }: { allowWeak: boolean; signal: AbortSignal },
): Promise<Choice> {
  const reasons: string[] = []
  for (const find of [findBwrap, () => findUnshare(base.uid)]) {
    const launcher = await find()
    if (!launcher) continue
    const engine = { ...base, launcher }
    const problem = await selfTest(engine, signal)
    if (!problem) return { engine }
    reasons.push(`${launcher.id}: ${problem}`)
  }
  if (reasons.length === 0) reasons.push('neither bubblewrap (bwrap) nor util-linux (unshare) is installed')
  if (allowWeak) {
    const engine = { ...base, launcher: seatBelt() }
    const problem = await selfTest(engine, signal)
    if (!problem) return { engine, warning: `${seatBeltWarning} (${reasons.join('; ')})` }
    reasons.push(`permission: ${problem}`)
  }
  return { reason: `no sandbox works on this machine: ${reasons.join('; ')}` }
}

/** What speaks against the engine; undefined when nothing does. */
export async function selfTest(engine: PyodideEngine, signal: AbortSignal): Promise<string | undefined> {
  const { launcher, runtime, uid } = engine
  try {
    await using canaries = await layCanaries(runtime.node, uid)
    const confines = launcher.isolation !== 'seat belt'
    if (confines) {
      const leaks = await tryLauncher(launcher, runtime.node, canaries, uid)
      if (leaks.length > 0) return reached(leaks)
    }
    signal.throwIfAborted()
    const kernel = await openPyodide(engine, preparation(runtime), signal)
    try {
      const leaks = await tryKernel(kernel, canaries, confines)
      return leaks.length > 0 ? reached(leaks) : undefined
    } finally {
      await kernel.close()
    }
  } catch (error) {
    signal.throwIfAborted()
    return (error as Error).message
  }
}

const reached = (leaks: string[]) => `code in it reached ${leaks.join(', ')}`

