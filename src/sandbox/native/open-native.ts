import { join } from 'node:path'
import { spawnKernel } from '../kernel-process.ts'
import type { Launcher } from '../launchers/launcher.ts'
import { ProcessKernel } from '../process-kernel.ts'
import { SandboxUnavailable, type Limits } from '../sandbox.ts'
import type { Interpreter } from './interpreter.ts'
import type { NativeFolder } from './native-folder.ts'

export interface NativeEngine {
  engine: 'python' | 'jupyter'
  interpreter: Interpreter
  folder: NativeFolder
  limits: Limits
  /** Set when the server is root. */
  uid: number | undefined
}

const MiB = 1 << 20

/** What a session is told about itself. */
export function sessionSettings({ engine, folder, limits }: NativeEngine) {
  return {
    engine,
    fonts: folder.fonts,
    limits: { output: limits.output, images: limits.images, image_bytes: limits.imageBytes },
  }
}

/** Folders in memory that a session can write to. /dev/shm is for multiprocessing. */
export const writableFolders = ({ limits }: NativeEngine) => [
  { path: '/mnt/data', bytes: limits.disk },
  { path: '/tmp', bytes: Math.min(64 * MiB, limits.disk) },
  { path: '/dev/shm', bytes: Math.min(64 * MiB, limits.disk) },
]

/** A native session in a process of its own. A start that fails or hangs is tried once more. Throws SandboxUnavailable. */
export async function openNative(
  native: NativeEngine,
  launcher: Launcher,
  signal?: AbortSignal,
): Promise<ProcessKernel> {
  const { interpreter, folder, limits, uid } = native
  const command = launcher.wrap({
    // -I: nothing of the environment, of somebody's home or of the working folder is imported.
    argv: [interpreter.path, '-I', join(folder.path, '_start.py'), JSON.stringify(sessionSettings(native))],
    readOnly: [folder.path, ...interpreter.folders],
    memory: limits.memory,
    native: { writable: writableFolders(native) },
    ...(folder.filter !== undefined && { filter: folder.filter }),
  })
  const open = () => spawnKernel({ ...command, ...(uid !== undefined && { uid }), interrupts: 'line' })
  try {
    return await ProcessKernel.start(open, limits, signal)
  } catch (error) {
    if (!(error instanceof SandboxUnavailable)) throw error
    return await ProcessKernel.start(open, limits, signal)
  }
}
