import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { seccompFilter } from '../launchers/seccomp-filter.ts'
import { spawnKernel, type KernelProcess } from '../kernel/kernel-process.ts'
import { pythonSources } from '../write-folder.ts'
import { sandboxUser } from '../sandbox-user.ts'
import { frame, frameReader, type EmbeddingFrame } from './embedding-frames.ts'

/** What the process is started from. */
export interface ModelPlace {
  /** A Python that has onnxruntime. */
  python: string
  /** A file in the ONNX format. */
  model: string
  /** Of that file, where it must be a certain one. */
  sha256?: string
}

/**
 * `lost`: the process could not be started or ended before it had answered, which says nothing about what it was asked;
 * otherwise the model refused it.
 */
export class ModelProcessFailure extends Error {
  override name = 'ModelProcessFailure'
  readonly lost: boolean
  constructor(message: string, lost: boolean) {
    super(message)
    this.lost = lost
  }
}

export interface ModelProcess {
  /**
   * The vector of a window of token ids, of length 1. An urgent one waits for no other. Rejects with
   * ModelProcessFailure, or the signal's reason.
   */
  embed(tokens: readonly number[], urgent: boolean, signal: AbortSignal): Promise<Float32Array>
  close(): Promise<void>
}

export interface ModelProcessOptions {
  /** Without a window to work on it ends after so many milliseconds, and gives its memory back. */
  idleMs?: number
  /** Silent for so long while it is waited for, it is killed. In milliseconds. */
  stuckMs?: number
}

interface Asked extends PromiseWithResolvers<Float32Array> {
  tokens: readonly number[]
  urgent: boolean
}

/** A process, and what it works on or will next, by its numbers. */
interface Running {
  child: KernelProcess
  open: Map<number, Asked>
  lastNumber: number
  /** It has answered at least once. */
  isLoaded: boolean
  timer?: NodeJS.Timeout
}

const GiB = 2 ** 30
/** The model takes 0.4 GiB with eight threads; a process that wants more than this has gone wrong. */
const memory = 2 * GiB

/**
 * The embedding model in a process of its own, which is started with the first window, anew after it has died, and from
 * what `place` says at that time. It has no network and ends with the server.
 */
export function startModelProcess(
  place: () => Promise<ModelPlace>,
  { idleMs = 600_000, stuckMs = 60_000 }: ModelProcessOptions = {},
): ModelProcess {
  const threads = availableParallelism()
  /** Those that no process has been told of yet, the urgent first: what is given up here costs nothing. */
  const waiting: Asked[] = []
  let running: Promise<Running> | undefined
  let closed = false

  async function start(): Promise<Running> {
    const { python, model, sha256 } = await place()
    const bytes = await readFile(model)
    if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256)
      throw new Error('its file is not the one that was expected (sha256): run "threadmill setup"')
    const child = await spawnModel(python, threads)
    const one: Running = { child, open: new Map(), isLoaded: false, lastNumber: 0 }
    child.input.on('error', () => {})
    child.output.on('error', () => {})
    const read = frameReader()
    child.output.on('data', (chunk: Buffer) => {
      for (const answer of read(chunk)) settle(one, answer)
      watch(one)
      tell()
    })
    void child.ended.then(() => lose(one))
    child.input.write(frame(0, 0, bytes))
    return one
  }

  /** Each sign of life moves the time at which a process is idle, or stuck. */
  function watch(one: Running): void {
    clearTimeout(one.timer)
    one.timer = setTimeout(() => end(one), one.open.size > 0 ? stuckMs : idleMs).unref()
  }

  /** What comes from now on goes to another process. */
  function end(one: Running): void {
    clearTimeout(one.timer)
    one.child.kill()
    if (current === one) [current, running] = [undefined, undefined]
  }
  let current: Running | undefined

  function lose(one: Running): void {
    end(one)
    const message = one.child.complaint().split('\n').at(-1)?.slice(0, 300) || 'its process ended'
    // One that cannot even load the model would be started again for ever.
    const lost = one.isLoaded ? [] : waiting.splice(0)
    for (const asked of [...one.open.values(), ...lost]) asked.reject(new ModelProcessFailure(message, true))
    one.open.clear()
    tell()
  }

  function tell(): void {
    if (waiting.length === 0) return
    running ??= start()
    running.then(
      (one) => {
        if (running !== undefined) current = one
        send(one)
      },
      (error: Error) => {
        running = undefined
        for (const asked of waiting.splice(0)) asked.reject(new ModelProcessFailure(error.message, true))
      },
    )
  }

  /** Urgent windows at once, of the others two for each thread. */
  function send(one: Running): void {
    for (let asked; (asked = waiting[0]) && (asked.urgent || one.open.size < 2 * threads);) {
      waiting.shift()
      const number = ++one.lastNumber
      one.open.set(number, asked)
      const tokens = Int32Array.from(asked.tokens)
      one.child.input.write(frame(number, asked.urgent ? 1 : 0, new Uint8Array(tokens.buffer)))
      watch(one)
    }
  }

  return {
    async embed(tokens, urgent, signal) {
      signal.throwIfAborted()
      if (closed) throw new ModelProcessFailure('the server is closing', true)
      const asked: Asked = { tokens, urgent, ...Promise.withResolvers<Float32Array>() }
      const abort = () => asked.reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      if (urgent) waiting.unshift(asked)
      else waiting.push(asked)
      tell()
      try {
        return await asked.promise
      } finally {
        signal.removeEventListener('abort', abort)
        const at = waiting.indexOf(asked)
        if (at >= 0) waiting.splice(at, 1)
      }
    },
    async close() {
      closed = true
      for (const asked of waiting.splice(0))
        asked.reject(new ModelProcessFailure('the server is closing', true))
      const one = await running?.catch(() => undefined)
      if (!one) return
      end(one)
      await one.child.ended
    },
  }
}

function settle(one: Running, { number, word, body }: EmbeddingFrame): void {
  one.isLoaded = true
  const asked = one.open.get(number)
  one.open.delete(number)
  if (word === 0) asked?.resolve(new Float32Array(Uint8Array.from(body).buffer))
  else asked?.reject(new ModelProcessFailure(body.toString(), false))
}

async function spawnModel(python: string, threads: number): Promise<KernelProcess> {
  const uid = sandboxUser()
  const filter = seccompFilter(process.arch, uid === undefined ? 'same user' : 'own user')
  const limits = { data: memory, core: 0 }
  const confined =
    process.platform === 'linux' && filter
      ? { parent: process.pid, limits, filter: Buffer.from(filter).toString('base64') }
      : null
  return spawnKernel({
    file: python,
    args: ['-I', '-c', await program(), JSON.stringify({ threads, confined })],
    interrupts: 'line',
    ...(uid !== undefined && { uid }),
  })
}

/** As one text: the process need not be able to read our files. */
async function program(): Promise<string> {
  const [confine] = (await pythonSources(['confine.py'])).values()
  const embed = await readFile(new URL('embed.py', import.meta.url), 'utf8')
  return [
    'import sys, types',
    "confine = sys.modules['confine'] = types.ModuleType('confine')",
    `exec(${JSON.stringify(confine)}, confine.__dict__)`,
    embed,
  ].join('\n')
}
