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
  /** Set when control groups can be created. */
  groups?: Groups
}

const MiB = 1 << 20

/** The settings that a session receives. */
export function sessionSettings({ engine, folder, limits }: NativeEngine) {
  return {
    engine,
    fonts: folder.fonts,
    limits: { output: limits.output, images: limits.images, image_bytes: limits.imageBytes },
    known: {
      modules: expectedPackages,
      brings: Object.keys(expectedPackages),
      command: setupCommand(),
    } satisfies KnownPackages,
  }
}

/** The folders in memory that a session can write to. multiprocessing needs /dev/shm. */
export const writableFolders = ({ limits }: Pick<NativeEngine, 'limits'>) => [
  { path: '/mnt/data', bytes: limits.disk },
  { path: '/tmp', bytes: Math.min(64 * MiB, limits.disk) },
  { path: '/dev/shm', bytes: Math.min(64 * MiB, limits.disk) },
]
