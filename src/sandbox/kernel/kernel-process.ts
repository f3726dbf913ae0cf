import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import type { Readable, Writable } from 'node:stream'
import { openInterruptFlag, type InterruptFlag } from './interrupt-flag.ts'
import { closePipesAtEnd, killGroup } from './kill-group.ts'
import type { LaunchCommand } from '../launchers/launcher.ts'
import { SandboxUnavailable } from '../sandbox.ts'

export interface KernelCommand extends LaunchCommand {
  /** Set when the server is root. The child never runs as root. */
  uid?: number
  /** How the child is interrupted. `flag`: by the size of a file on descriptor 3. `line`: by a line on stdin. */
  interrupts: 'flag' | 'line'
}

/** A process that sends and receives frames, whatever started it. */
export interface KernelProcess {
  input: Writable
  output: Readable
  /**
   * The process whose resident memory, with that of its descendants, counts for the kernel. 0 while it is not known.
   */
  readonly pid: number
  /** Resolves when `pid` is known, if it is not known at once. */
  identified?: Promise<unknown>
  flag?: InterruptFlag
  /** True when `pid` is a supervisor: it watches the session below it and its memory, and must outlive it. */
  isSupervised?: true
  /** The folders whose files are counted. See `Command`. */
  counted?: string[]
  /** The last part of what the process wrote to stderr. */
  complaint(): string
  /** Must be called when the interpreter is ready, before it runs untrusted code. */
  settle?(): Promise<void>
  /** Sends SIGKILL to the process and its group. A supervised session is killed by its supervisor. */
  kill(): void
  /** Resolves at the end of the process, with the reason when the supervisor knows one. */
  ended: Promise<'memory' | 'disk' | void>
}

/** How much of the child's stderr is kept, to say why it did not start. */
const stderrKept = 4096
/** How long a supervisor may take to kill its session and remove the files before it is killed itself. */
const supervisorMs = 10_000
/** Why a supervisor ended its session, by its exit status. */
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
      // The child is in a session of its own. Otherwise a Ctrl-C meant for the server would end cells that it still
      // finishes.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', flag?.childFd ?? 'ignore', ...files],
      ...(command.uid !== undefined && !command.isSupervised && { uid: command.uid, gid: command.uid }),
    })
    await once(child, 'spawn')
    // An error here means that the process could not be killed. Its end is awaited all the same.
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
