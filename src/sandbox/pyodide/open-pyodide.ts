import { expectedPackages, packagesCommand, setupCommand } from '../data-packages.ts'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Groups } from '../usage/cgroup.ts'
import { inGroup } from '../usage/in-group.ts'
import type { Launcher } from '../launchers/launcher.ts'
import { spawnKernel } from '../kernel/kernel-process.ts'
import { ProcessKernel } from '../kernel/process-kernel.ts'
import { SandboxUnavailable, type SandboxLimits } from '../sandbox.ts'
import type { KernelStart } from './kernel.ts'
import type { RuntimeFolder } from './runtime-folder.ts'

export const compiledStdlib = 'stdlib-compiled.zip'
export const memorySnapshot = 'snapshot.bin'
/**
 * The snapshot of an interpreter that has only started, with the library as it is shipped. It is used until the others
 * are made.
 */
export const quickSnapshot = 'quick-snapshot.bin'

export interface PyodideEngine {
  runtime: RuntimeFolder
  launcher: Launcher
  limits: SandboxLimits
  /** Set when the server is root. */
  uid: number | undefined
  /** The setting of the engine. The default is `auto`. */
  wanted?: string
  /** Set when control groups can be created. */
  groups?: Groups
}

/** How much of the start is prepared. The last two make a snapshot in /mnt/data, under the name of its file. */
export type Preparation = 'plain' | 'quick' | 'stdlib' | 'snapshot' | 'makeQuick' | 'makeSnapshot'

const isFromSource = (how: Preparation) => how === 'plain' || how === 'makeQuick'
const isMaking = (how: Preparation) => how === 'makeQuick' || how === 'makeSnapshot'

/** The best preparation that the runtime folder has so far. */
export function preparation({ path }: RuntimeFolder): Preparation {
  const has = (name: string) => existsSync(join(path, name))
  if (has(compiledStdlib) && has(memorySnapshot)) return 'snapshot'
  if (has(quickSnapshot)) return 'quick'
  return has(compiledStdlib) ? 'stdlib' : 'plain'
}

/**
 * Opens a kernel that is ready. A start that fails or hangs is tried once more without the prepared files. These are
 * removed, and the next start of the server makes them again. Throws SandboxUnavailable.
 */
export async function openPyodide(
  engine: PyodideEngine,
  prepared: Preparation,
  signal?: AbortSignal,
): Promise<ProcessKernel> {
  try {
    return await startPyodide(engine, prepared, signal)
  } catch (error) {
    if (!(error instanceof SandboxUnavailable) || signal?.aborted) throw error
    if (isMaking(prepared)) throw error
    for (const name of [quickSnapshot, memorySnapshot, compiledStdlib])
      await rm(join(engine.runtime.path, name), { force: true })
    return await startPyodide(engine, 'plain', signal)
  }
}

/** Opens a kernel that is ready, or throws SandboxUnavailable. */
export async function startPyodide(
  engine: PyodideEngine,
  prepared: Preparation,
  signal?: AbortSignal,
): Promise<ProcessKernel> {
  const command = {
    ...engine.launcher.wrap({
      argv: argv(engine, prepared),
      readOnly: readOnly(engine),
      limits: engine.limits,
      ...(engine.runtime.filter !== undefined && { filter: engine.runtime.filter }),
    }),
    interrupts: 'flag' as const,
    ...(engine.uid !== undefined && { uid: engine.uid }),
  }
  // No bytes are added for files, because the files of Pyodide are in its memory.
  const open = () => inGroup(engine.groups, engine.limits, 0, () => spawnKernel(command))
  // Without the compiled library a start takes four times as long.
  const startMs = (isFromSource(prepared) ? 4 : 1) * engine.limits.startMs
  return await ProcessKernel.start(open, { ...engine.limits, startMs }, signal)
}

function readOnly({ runtime }: PyodideEngine): string[] {
  const ours = [runtime.path, ...runtime.packages.map(({ path }) => path)]
  return runtime.node.startsWith(runtime.path) ? ours : [...ours, runtime.node]
}

function argv({ runtime, limits, wanted }: PyodideEngine, prepared: Preparation): string[] {
  const command = packagesCommand(wanted)
  const start: KernelStart = {
    stdlib: isFromSource(prepared) || prepared === 'quick' ? 'python_stdlib.zip' : compiledStdlib,
    ...(prepared === 'snapshot' && { snapshot: memorySnapshot }),
    ...(prepared === 'quick' && { snapshot: quickSnapshot }),
    ...(prepared === 'makeQuick' && { makeSnapshot: quickSnapshot }),
    ...(prepared === 'makeSnapshot' && { makeSnapshot: memorySnapshot, warm: true }),
    packages: runtime.packages,
    known: {
      modules: expectedPackages,
      // A native Python can have more packages than Pyodide.
      brings: [...runtime.absent, ...(command === setupCommand() ? Object.keys(expectedPackages) : [])],
      command,
    },
    // Files are in the memory of the process.
    disk: Math.min(limits.disk, limits.memory / 4),
    output: limits.output,
    images: limits.images,
    imageBytes: limits.imageBytes,
  }
  // Python gets a MemoryError at half of the memory of the process. The rest is for files, which are in memory too.
  const pages = Math.min(65_536, Math.max(1024, Math.floor(limits.memory / 2 / 65_536)))
  return [
    runtime.node,
    '--permission',
    `--allow-fs-read=${runtime.path}/*`,
    ...runtime.packages.map(({ path }) => `--allow-fs-read=${path}/*`),
    // SQLite would open any path, whatever --permission says.
    '--no-experimental-sqlite',
    ...(process.allowedNodeEnvironmentFlags.has('--experimental-ffi') ? ['--no-experimental-ffi'] : []),
    '--no-addons',
    // Without this flag a signal starts the inspector.
    '--disable-sigusr1',
    '--disallow-code-generation-from-strings',
    '--no-warnings',
    // Some flags of V8 disable its memory checks, and a program could set them.
    '--freeze-flags-after-init',
    '--max-old-space-size=128',
    `--wasm-max-mem-pages=${pages}`,
    join(runtime.path, 'kernel.js'),
    JSON.stringify(start),
  ]
}
