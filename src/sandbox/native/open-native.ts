import { join } from 'node:path'
import { inGroup } from '../usage/in-group.ts'
import { spawnKernel, type KernelProcess } from '../kernel/kernel-process.ts'
import type { Launcher } from '../launchers/launcher.ts'
import type { LauncherId } from '../pair-ids.ts'
import { ProcessKernel } from '../kernel/process-kernel.ts'
import { SandboxUnavailable, type Isolation } from '../sandbox.ts'
import { sessionSettings, writableFolders, type NativeEngine } from './native-engine.ts'
import { startZygote, type Zygote } from './zygote.ts'

/** How native sessions are started. */
export interface NativeLauncher {
  id: LauncherId
  isolation: Isolation
  /** Throws SandboxUnavailable. */
  open(): Promise<KernelProcess>
  close(): Promise<void>
}

/** Starts each session in a process of its own with a launcher. */
export function spawning(native: NativeEngine, launcher: Launcher): NativeLauncher {
  const { interpreter, folder, limits, uid } = native
  // With -I nothing is imported from the environment, a home folder or the working folder.
  const start = [interpreter.path, '-I', join(folder.path, '_start.py')]
  const command = launcher.wrap({
    argv: [...start, JSON.stringify(sessionSettings(native))],
    readOnly: [folder.path, ...interpreter.folders],
    limits,
    native: { writable: writableFolders(native) },
    ...(folder.filter !== undefined && { filter: folder.filter }),
  })
  return {
    id: launcher.id,
    isolation: launcher.isolation,
    open: () =>
      grouped(native, () =>
        spawnKernel({ ...command, ...(uid !== undefined && { uid }), interrupts: 'line' }),
      ),
    close: async () => {},
  }
}

/** Forks each session from a zygote. The zygote is started for the first session, and again after it has died. */
export function forking(native: NativeEngine): NativeLauncher {
  let zygote: Promise<Zygote> | undefined
  return {
    id: 'zygote',
    isolation: 'namespaces',
    async open() {
      const last = zygote
      // Several calls may wait here, and an earlier one may have started another zygote already.
      if ((await last)?.hasEnded() && zygote === last) zygote = undefined
      zygote ??= startZygote(native)
      const started = zygote
      try {
        const server = await started
        return await grouped(native, () => server.fork())
      } catch (error) {
        if (zygote === started) zygote = undefined
        throw error
      }
    },
    async close() {
      const last = await zygote?.catch(() => undefined)
      await last?.[Symbol.asyncDispose]()
    },
  }
}

function grouped(native: NativeEngine, open: () => Promise<KernelProcess>): Promise<KernelProcess> {
  const files = writableFolders(native).reduce((sum, { bytes }) => sum + bytes, 0)
  return inGroup(native.groups, native.limits, files, open)
}

/** Opens a session that is ready. A start that fails or hangs is tried once more. Throws SandboxUnavailable. */
export async function openNative(
  { limits }: NativeEngine,
  launcher: NativeLauncher,
  signal?: AbortSignal,
): Promise<ProcessKernel> {
  const open = () => launcher.open()
  try {
    return await ProcessKernel.start(open, limits, signal)
  } catch (error) {
    if (!(error instanceof SandboxUnavailable) || signal?.aborted) throw error
    return await ProcessKernel.start(open, limits, signal)
  }
}
