import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { withinHardLimits } from './hard-limits.ts'
import type { LauncherId } from '../pair-ids.ts'
import type { Isolation, SandboxLimits } from '../sandbox.ts'

/** The program to run, before anything confines it. */
export interface Program {
  argv: string[]
  /**
   * The files and folders that the program reads. A launcher with its own file system shows only these and the
   * libraries.
   */
  readOnly: string[]
  limits: ProcessLimits
  /** Set for a native Python, which needs folders to write to, the system's programs, fonts and similar files. */
  native?: {
    /** Empty folders of this size in memory. */
    writable: { path: string; bytes: number }[]
  }
  /** The file with a seccomp program. It is applied by the launchers that can do so. */
  filter?: string
}

/** The limits of a process that the kernel of the system enforces. */
export type ProcessLimits = Pick<SandboxLimits, 'memory' | 'cpuSeconds' | 'processes'>

/** The command to start. `files` are opened for it, from descriptor 4 on. */
export interface LaunchCommand {
  file: string
  args: string[]
  files?: string[]
  /** Folders in memory in which the launcher cannot limit the number of files. They are watched from outside. */
  counted?: string[]
  /**
   * True when the command supervises the session. On SIGTERM it ends the whole session and then itself, and when the
   * server is root it chooses the user of the session.
   */
  isSupervised?: true
}

/** Confines a program by the arguments with which it starts. The environment is always empty. */
export interface Launcher {
  id: LauncherId
  isolation: Isolation
  wrap(program: Program): LaunchCommand
}

const systemFolders = [
  '/usr/bin',
  '/bin',
  '/usr/sbin',
  '/sbin',
  '/usr/local/bin',
  '/run/current-system/sw/bin',
]

/**
 * The path of a system program. Fixed folders are used and not PATH, because the environment is read in one place only,
 * and a program that confines others must not come from an arbitrary folder.
 */
export function findProgram(name: string, folders = systemFolders): string | undefined {
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

/**
 * The limits of the Linux kernel, as a prefix of the command. `--data` counts writable memory. For Node this is about
 * 0.8 GB more than the resident memory, so it only limits what grows between two checks of the memory. A native Python
 * gets a MemoryError from it. With `--fsize=0` the child of Node cannot write any regular file, even through an
 * inherited descriptor.
 */
export function resourceLimits(program: Sized, { processes }: { processes: boolean }): string[] {
  const prlimit = findProgram('prlimit')
  if (!prlimit) return []
  // This limit is counted per user, so it only makes sense in a user namespace of the session's own.
  const own = processes ? { nproc: program.limits.processes } : {}
  const { as, ...single } = processLimits(program)
  const space = as === undefined ? {} : { as }
  const all = { core, nofile: openFiles, ...single, ...space, ...ofUser, ...own }
  const limits = withinHardLimits(all)
  return [prlimit, ...Object.entries(limits).map(([name, value]) => `--${name}=${value}`)]
}

/** The number of files that a process may have open. */
export const openFiles = 256

/**
 * The kernel counts these per user, so sessions would take them from each other. Message queues also use memory that
 * belongs to no process.
 */
export const ofUser = { sigpending: 1024, memlock: 2 ** 16, msgqueue: 0 }

/**
 * The limit for core dumps, in bytes. No dump is that small. It is not 0, because when dumps go to a program that runs
 * as root, the kernel starts that program at a limit of 0, but not at this one.
 */
export const core = 1

/**
 * The same limit as a prefix, for a program that is under the filter before its other limits are set: the filter
 * forbids changing this limit.
 */
export function coreLimit(): string[] {
  const prlimit = findProgram('prlimit')
  return prlimit ? [prlimit, `--core=${withinHardLimits({ core }).core}`] : []
}

type Sized = Pick<Program, 'limits'> & { native?: Program['native'] | undefined }

/** The limits of one process, in bytes and seconds. */
export function processLimits({ limits: { memory, cpuSeconds }, native }: Sized) {
  return {
    data: native ? Math.floor((memory / 8) * 7) : memory + 2 ** 30,
    // Page tables are memory, too, so the address space is limited. Programs reserve much more than they use; V8 takes
    // 18 GB.
    ...(native && { as: memory + 2 ** 36 }),
    // Slightly more than fits, so that the error is that of a full disk. It also limits files with holes.
    fsize: native ? Math.max(...native.writable.map(({ bytes }) => bytes)) + 2 ** 20 : 0,
    // The watch ends the session one second earlier, and gives the reason.
    cpu: cpuSeconds + 1,
  }
}

/**
 * Ties the process to the life of the server, even when that is killed, and denies new privileges from setuid programs.
 * This needs Linux and util-linux. The kernel process also ends by itself when its stdin ends.
 */
export function boundToServer(): string[] {
  const setpriv = findProgram('setpriv')
  return setpriv ? [setpriv, '--pdeathsig=KILL', '--no-new-privs'] : []
}

/** A whole command line in the form that starts a process. */
export function toCommand([file = '', ...args]: string[]): LaunchCommand {
  return { file, args }
}
