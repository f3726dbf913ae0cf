import { startCellDeadline } from './cell-deadline.ts'
import { collectOutputs } from './collect-outputs.ts'
import { Connection, type KernelAnswer } from './connection.ts'
import { FrameError, maxLine } from './frames.ts'
import type { KernelProcess } from './kernel-process.ts'
import {
  FileRefused,
  SandboxUnavailable,
  type ChangedFiles,
  type Kernel,
  type SandboxLimits,
  type KernelOutput,
  type PutOptions,
} from '../sandbox.ts'
import { isSandboxName } from './sandbox-name.ts'
import { memoryOf } from '../usage/process-memory.ts'
import { watchUsage } from '../usage/watch-usage.ts'

/** Requests that run no untrusted code are answered at once, unless that code has left something that is busy. */
const defaultTimeoutMs = 10_000
/**
 * The lowest speed of a file in bytes per millisecond, on one machine or between two. Otherwise a session that gives or
 * takes a file byte by byte would be blocked for others, and its run would never end.
 */
const slowest = 4096
/** How much longer than that all files between two cells may take together, in milliseconds. */
const slackMs = 30_000
/** Why a session was ended while it started. */
const tooMuch: Record<string, string> = {
  memory: 'it took more memory than it may have',
  cpu: 'it took more processor time than it may have',
}
const interruptedBefore: KernelOutput = { type: 'done', status: 'interrupted', truncated: false }
/** A cell must fit in one control line. */
const isTooLong = (code: string) => Buffer.byteLength(JSON.stringify(code)) > maxLine - 1000
const tooLong: KernelOutput[] = [
  {
    type: 'error',
    ename: 'ValueError',
    evalue: 'the code is too long',
    traceback: 'ValueError: the code is too long: a cell may have one megabyte\n',
  },
  { type: 'done', status: 'error', truncated: false },
]

/** A kernel that is a process and sends frames. */
export class ProcessKernel implements Kernel {
  readonly closed: Kernel['closed']
  readonly limits: SandboxLimits
  #process: KernelProcess
  #connection: Connection
  #reason: Awaited<Kernel['closed']>['reason'] | undefined
  #slack = slackMs
  /** The last call in the queue. Calls run one at a time. */
  #last: Promise<void> = Promise.resolve()

  private constructor(child: KernelProcess, limits: SandboxLimits) {
    this.#process = child
    this.limits = limits
    this.#connection = new Connection(child.input, child.output, (error) =>
      this.#kill(error instanceof FrameError ? 'crashed' : undefined),
    )
    const watch = watchUsage(child, limits, (what) => this.#kill(what))
    this.closed = child.ended.then((why) => {
      watch.stop()
      child.flag?.close()
      // The last output may still be in the pipe. Another process may hold the pipe open, so the wait is short.
      setTimeout(() => this.#connection.fail(new Error('the process ended')), 200).unref()
      return { reason: this.#reason ?? why ?? 'crashed' }
    })
  }

  /** 0 while it is not known. */
  get pid(): number {
    return this.#process.pid
  }

  /** Resolves when the interpreter is ready. Throws SandboxUnavailable with what the child wrote to stderr. */
  static async start(
    open: () => Promise<KernelProcess>,
    limits: SandboxLimits,
    signal?: AbortSignal,
  ): Promise<ProcessKernel> {
    signal?.throwIfAborted()
    const child = await open()
    const kernel = new ProcessKernel(child, limits)
    const stop = () => kernel.#kill('closed')
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      await kernel.#ask({ op: 'hello' }, 'ready', undefined, limits.startMs)
      await child.settle?.()
      return kernel
    } catch (error) {
      await kernel.close()
      signal?.throwIfAborted()
      const why = child.complaint() || tooMuch[kernel.#reason ?? ''] || (error as Error).message
      throw new SandboxUnavailable(`the sandbox did not start: ${why.slice(-500)}`, { cause: error })
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }

  async *run(
    code: string,
    { timeoutMs = this.limits.callMs, signal }: { timeoutMs?: number; signal?: AbortSignal },
  ): AsyncGenerator<KernelOutput, void> {
    const release = await this.#turn()
    const refused = signal?.aborted ? [interruptedBefore] : isTooLong(code) ? tooLong : []
    if (refused.length > 0) {
      release()
      yield* refused
      return
    }
    this.#slack = slackMs
    const deadline = startCellDeadline({
      timeoutMs,
      graceMs: this.limits.graceMs,
      signal,
      interrupt: () => (this.#process.flag ? this.#process.flag.raise() : this.#connection.interrupt()),
      kill: () => this.#kill('timeout'),
    })
    const collect = collectOutputs(this.limits)
    const answers = this.#connection.call({ op: 'run', code, interrupts: this.#process.flag?.count() ?? 0 })
    let done: (KernelOutput & { type: 'done' }) | undefined
    const next = async (): Promise<KernelOutput | undefined> => {
      try {
        const answer = await answers.next()
        const output = answer.done ? undefined : collect(answer.value)
        if (output?.type !== 'done') return output
        done =
          output.status === 'interrupted' ? { ...output, status: deadline.why() ?? 'interrupted' } : output
      } catch (error) {
        this.#connection.fail(error as Error)
        await this.closed
        done = { type: 'done', status: 'died', truncated: false }
      }
      return done
    }
    try {
      while (!done) {
        const output = await next()
        if (output) yield output
      }
    } finally {
      // The reader stopped early, and the next call must find the interpreter free.
      if (!done) deadline.interrupt('interrupted')
      while (!done) await next()
      deadline.clear()
      await answers.return()
      release()
    }
  }

  async putFile(
    name: string,
    data: AsyncIterable<Uint8Array>,
    { size, alias }: PutOptions = {},
  ): Promise<void> {
    for (const one of [name, alias]) checkName(one ?? name)
    const release = await this.#turn()
    const arrived = this.#inTime(size ?? 0)
    try {
      await this.#ask({ op: 'put', name, size, alias }, 'written', data)
    } finally {
      arrived()
      release()
    }
  }

  async changedFiles(): Promise<ChangedFiles> {
    const release = await this.#turn()
    const { files: count, fileBytes, disk } = this.limits
    try {
      const request = { op: 'changed', files: count, fileBytes }
      const { files, tooLarge, left, beyond, misnamed } = await this.#ask(request, 'files')
      const named = files.filter(({ name }) => isSandboxName(name))
      // Files with holes take no space inside the sandbox, but their full size outside.
      let room = disk
      const kept = named.filter(({ size }) => size <= fileBytes && (room -= size) >= 0).slice(0, count)
      return {
        files: kept,
        tooLarge: tooLarge.filter(({ name }) => isSandboxName(name)).slice(0, count),
        beyond: beyond + named.length - kept.length,
        left: left.filter(isSandboxName).slice(0, count),
        misnamed: misnamed + files.length - named.length,
      }
    } finally {
      release()
    }
  }

  async *getFile(name: string, maxBytes: number): AsyncGenerator<Uint8Array, void> {
    checkName(name)
    const release = await this.#turn()
    const answers = this.#connection.call({ op: 'get', name, maxBytes }, { timeoutMs: defaultTimeoutMs })
    let left = -1
    let arrived = () => {}
    const next = async (): Promise<Uint8Array | undefined> => {
      const { value: answer } = await answers.next()
      if (answer?.ev === 'failed') throw refused(answer)
      if (left === -1) {
        if (answer?.ev !== 'file' || answer.size > maxBytes)
          throw new FrameError('a file of at most that size expected')
        left = answer.size
        arrived = this.#inTime(left)
        return new Uint8Array()
      }
      if (answer?.ev !== 'bytes' || answer.bytes.length > left)
        throw new FrameError('bytes of a file expected')
      left -= answer.bytes.length
      if (answer.bytes.length > 0) return answer.bytes
      if (left > 0) throw new FileRefused('it became shorter while it was read')
      return undefined
    }
    let ended = false
    try {
      for (;;) {
        const bytes = await next()
        if (!bytes) break
        if (bytes.length > 0) yield bytes
      }
      ended = true
    } catch (error) {
      ended = true
      if (error instanceof FrameError) this.#connection.fail(error)
      throw error
    } finally {
      try {
        while (!ended && (await next()));
      } finally {
        arrived()
        await answers.return()
        release()
      }
    }
  }

  async memory(): Promise<number> {
    const { pid } = this.#process
    return pid === 0 ? 0 : await memoryOf(pid)
  }

  async close(): Promise<void> {
    this.#kill('closed')
    await this.closed
  }

  #kill(reason: Awaited<Kernel['closed']>['reason'] | undefined): void {
    this.#reason ??= reason
    this.#process.kill()
  }

  /** Ends the session if these bytes take too long. The returned function says that they have arrived. */
  #inTime(bytes: number): () => void {
    const maxMs = this.#slack + bytes / slowest
    const tooSlow = () => this.#connection.fail(new FrameError('the file comes too slowly'))
    const timer = setTimeout(tooSlow, maxMs).unref()
    const began = performance.now()
    return () => {
      clearTimeout(timer)
      this.#slack = Math.min(this.#slack, maxMs - (performance.now() - began))
    }
  }

  /** Sends a request that has exactly one answer, and returns the answer. */
  async #ask<E extends KernelAnswer['ev']>(
    request: { op: string; [field: string]: unknown },
    expected: E,
    body?: AsyncIterable<Uint8Array>,
    timeoutMs = defaultTimeoutMs,
  ): Promise<Extract<KernelAnswer, { ev: E }>> {
    for await (const answer of this.#connection.call(request, { body, timeoutMs })) {
      if (answer.ev === expected) return answer as Extract<KernelAnswer, { ev: E }>
      const error =
        answer.ev === 'failed' ? refused(answer) : new FrameError(`"${answer.ev}" was not asked for`)
      if (error instanceof FrameError) this.#connection.fail(error)
      throw error
    }
    throw new Error('no answer')
  }

  async #turn(): Promise<() => void> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    return resolve
  }
}

function checkName(name: string): void {
  if (!isSandboxName(name)) throw new FileRefused('that is no name of a file in /mnt/data')
}

const refused = ({ message }: { message: string }) => new FileRefused(message.slice(0, 300))
