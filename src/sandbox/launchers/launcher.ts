import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'
import { withinHardLimits } from './hard-limits.ts'
import type { LauncherId } from '../pair-ids.ts'
import type { Isolation, SandboxLimits } from '../sandbox.ts'

/** What is to be run, before anything confines it. */
export interface Program {
  argv: string[]
  /** The files and folders that it reads; a launcher with a file system of its own shows it these and the libraries. */
  readOnly: string[]
  limits: ProcessLimits
  /** A native Python: needs folders to write to, the system's programs, and fonts and the like. */
  native?: {
    /** Empty folders of this size in memory. */
    writable: { path: string; bytes: number }[]
  }
  /** A seccomp program: the file that it is in. Applied where the launcher can. */
  filter?: string
}

/** What the kernel of the system is asked to hold a process to. */
export type ProcessLimits = Pick<SandboxLimits, 'memory' | 'cpuSeconds' | 'processes'>

/** What to start; `files` are opened for it, from descriptor 4 on. */
export interface LaunchCommand {
  file: string
  args: string[]
  files?: string[]
  /** Folders in memory in which the launcher cannot limit the number of files: they are watched from outside. */
  counted?: string[]
  /**
   * What is started supervises the session: at SIGTERM it ends all of it and then itself, and when the server is root it
   * chooses the session's user.
   */
  isSupervised?: true
}

/** What confines a program: the arguments to start it with. The environment is always empty. */
export interface Launcher {
  id: LauncherId
  isolation: Isolation
  wrap(program: Program): LaunchCommand
}

/**
 * The path of a system program. Fixed folders instead of PATH: the environment is read in one place only, and a
 * program that confines others must not come from a folder that somebody put there.
 */
export function findProgram(name: string): string | undefined {
  return ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin', '/run/current-system/sw/bin']
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
 * Limits of the kernel (Linux), as a prefix. `--data` counts what is writable: for Node some 0.8 GB more than is resident,
 * so it is there for what grows between two looks of the watch on the memory; a native Python gets a MemoryError from it.
 * `--fsize=0`: Node's child writes no regular file at all, also not through a descriptor that it was given.
 */
export function resourceLimits(program: Sized, { processes }: { processes: boolean }): string[] {
  const prlimit = findProgram('prlimit')
  if (!prlimit) return []
  // Counted per user: meaningful only in a user namespace of its own.
  const own = processes ? { nproc: program.limits.processes } : {}
  const { as, ...single } = processLimits(program)
  const space = as === undefined ? {} : { as }
  const all = { core, nofile: openFiles, ...single, ...space, ...ofUser, ...own }
  const limits = withinHardLimits(all)
  return [prlimit, ...Object.entries(limits).map(([name, value]) => `--${name}=${value}`)]
}

/** What a process may have open. */
export const openFiles = 256

/** What the kernel counts for a user, and sessions would take from each other. Message queues are memory of no process. */
export const ofUser = { sigpending: 1024, memlock: 2 ** 16, msgqueue: 0 }

/**
 * Of core dumps, in bytes: none is that small, and where they go to a program that root runs, the kernel starts it at a
 * limit of 0 all the same, and not at this one.
 */
export const core = 1

/** The same as a prefix, for what is under a filter by the time that it has its other limits: the filter keeps this one. */
export function coreLimit(): string[] {
  const prlimit = findProgram('prlimit')
  return prlimit ? [prlimit, `--core=${withinHardLimits({ core }).core}`] : []
}

type Sized = Pick<Program, 'limits'> & { native?: Program['native'] | undefined }

/** Bytes and seconds. */
export function processLimits({ limits: { memory, cpuSeconds }, native }: Sized) {
  return {
    data: native ? Math.floor((memory / 8) * 7) : memory + 2 ** 30,
    // Its page tables are memory, too. Programs reserve much more than they use; V8 takes 18 GB.
    ...(native && { as: memory + 2 ** 36 }),
    // A little more than fits, so that a full disk says so; it also bounds files with holes.
    fsize: native ? Math.max(...native.writable.map(({ bytes }) => bytes)) + 2 ** 20 : 0,
    // The watch comes first, and tells why.
    cpu: cpuSeconds + 1,
  }
}

/**
 * Dies with the server, also on SIGKILL, and gains nothing by executing setuid programs. Linux and util-linux only;
 * the kernel process also ends by itself at the end of its stdin.
 */
export function boundToServer(): string[] {
  const setpriv = findProgram('setpriv')
  return setpriv ? [setpriv, '--pdeathsig=KILL', '--no-new-privs'] : []
}

export function toCommand([file = '', ...args]: string[]): LaunchCommand {
  return { file, args }
}
