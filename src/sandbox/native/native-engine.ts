import { expectedPackages, setupCommand, type KnownPackages } from '../data-packages.ts'
import type { Groups } from '../usage/cgroup.ts'
import type { SandboxLimits } from '../sandbox.ts'
import type { Interpreter } from './interpreter.ts'
import type { NativeFolder } from './native-folder.ts'

export interface NativeEngine {
  engine: 'python' | 'jupyter'
  interpreter: Interpreter
  folder: NativeFolder
  limits: SandboxLimits
  /** Set when the server is root. */
  uid: number | undefined
  /** Where control groups can be had. */
  groups?: Groups
}

const MiB = 1 << 20

/** What a session is told about itself. */
export function sessionSettings({ engine, folder, limits }: NativeEngine) {
  return {
    engine,
    fonts: folder.fonts,
    limits: { output: limits.output, images: limits.images, image_bytes: limits.imageBytes },
    known: {
      modules: expectedPackages,
      brings: Object.keys(expectedPackages),
      command: setupCommand,
    } satisfies KnownPackages,
  }
}

/** Folders in memory that a session can write to. /dev/shm is for multiprocessing. */
export const writableFolders = ({ limits }: Pick<NativeEngine, 'limits'>) => [
  { path: '/mnt/data', bytes: limits.disk },
  { path: '/tmp', bytes: Math.min(64 * MiB, limits.disk) },
  { path: '/dev/shm', bytes: Math.min(64 * MiB, limits.disk) },
]
