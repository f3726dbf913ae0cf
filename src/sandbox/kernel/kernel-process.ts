import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { openInterruptFlag, type InterruptFlag } from './interrupt-flag.ts'
import { closePipesAtEnd, killGroup } from './kill-group.ts'
import type { LaunchCommand } from '../launchers/launcher.ts'
import { SandboxUnavailable } from '../sandbox.ts'

export interface KernelCommand extends LaunchCommand {
  /** Set when the server is root: the child never is. */
  uid?: number
  /** `flag`: by the size of a file on descriptor 3. `line`: by a line on stdin. */
  interrupts: 'flag' | 'line'
}

/** A process that speaks frames, however it came to be. */
export interface KernelProcess {
  input: Writable
  output: Readable
  /** Of the process whose resident memory, with that of its descendants, is the kernel's; 0 while it is not known. */
  readonly pid: number
  /** Resolves when `pid` is known, where that takes a while. */
  identified?: Promise<unknown>
  flag?: InterruptFlag
  /** Whether `pid` only watches over the session below it, over its memory too, and must outlive it. */
  isSupervised?: true
  /** Folders whose files are counted; see `Command`. */
  counted?: string[]
  /** The end of what it has said about itself. */
  complaint(): string
  /** To be called when the interpreter is up, before it runs anything of strangers. */
  settle?(): Promise<void>
  /** SIGKILL, by way of its supervisor where it has one; for all of its group, where it has a group. */
  kill(): void
  /** With the reason, where whoever watches over it knows one. */
  ended: Promise<'memory' | 'disk' | void>
}

/** How much of the child's stderr is kept, to say why it did not start. */
const stderrKept = 4096
/** What a supervisor has to kill its session and to remove its files, before it is killed itself. */
const supervisorMs = 10_000
/** Why a supervisor has ended its session, by its exit status. */
const reasons: Record<number, 'memory' | 'disk'> = { 71: 'memory', 72: 'disk' }

/** Throws SandboxUnavailable. */
export async function spawnKernel(command: KernelCommand): Promise<KernelProcess> {
  const flag = command.interrupts === 'flag' ? openInterruptFlag() : undefined
  const files: number[] = []
  try {
    for (const path of command.files ?? []) files.push(openSync(path, 'r'))
    const child = spawn(command.file, command.args, {
      env: {},
      cwd: '/',
      // A session of its own: a Ctrl-C meant for the server must not end cells that it still wants to finish.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', flag?.childFd ?? 'ignore', ...files],
      ...(command.uid !== undefined && !command.isSupervised && { uid: command.uid, gid: command.uid }),
    })
    await once(child, 'spawn')
    // Of a process that cannot be killed: its end is waited for all the same.
    child.on('error', () => {})
    closePipesAtEnd(child)
    let stderr = ''
    child.stderr!.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString('latin1')).slice(-stderrKept)
    })
    return {
      input: child.stdin!,
      output: child.stdout!,
      pid: child.pid ?? 0,
      ...(flag && { flag }),
      ...(command.isSupervised && { isSupervised: true }),
      ...(command.counted && { counted: command.counted }),
      complaint: () => stderr.trim(),
      kill: command.isSupervised ? () => endSupervised(child) : () => killGroup(child),
      ended: new Promise((resolve) => {
        child.once('exit', (code) => resolve(command.isSupervised ? reasons[code ?? 0] : undefined))
      }),
    }
  } catch (error) {
    flag?.close()
    throw new SandboxUnavailable(`the sandbox could not be started: ${(error as Error).message}`)
  } finally {
    for (const fd of files) closeSync(fd)
    flag?.childStarted()
  }
}

function endSupervised(child: ChildProcess): void {
  if (!child.kill('SIGTERM')) return
  const timer = setTimeout(() => killGroup(child), supervisorMs).unref()
  child.once('exit', () => clearTimeout(timer))
}
