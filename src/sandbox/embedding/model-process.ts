import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { seccompFilter } from '../launchers/seccomp-filter.ts'
import { spawnKernel, type KernelProcess } from '../kernel/kernel-process.ts'
import { pythonSources } from '../write-folder.ts'
import { sandboxUser } from '../sandbox-user.ts'
import { frame, frameReader, type EmbeddingFrame } from './embedding-frames.ts'
import { commandLine } from '../../common/called-as.ts'

/** What is needed to start the process. */
export interface ModelPlace {
  /** A Python that has onnxruntime. */
  python: string
  /** A file in the ONNX format. */
  model: string
  /** The hash of that file, when it must have one. */
  sha256?: string
}

/**
 * With `lost` the process could not be started or ended before it answered, which says nothing about the input.
 * Otherwise the model refused the input.
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
   * The vector of a window of token ids, with length 1. An urgent window does not wait for others. Rejects with
   * ModelProcessFailure, or with the reason of the signal.
   */
  embed(tokens: readonly number[], urgent: boolean, signal: AbortSignal): Promise<Float32Array>
  close(): Promise<void>
}

export interface ModelProcessOptions {
  /** The process ends after this time without a window and frees its memory. In milliseconds. */
  idleMs?: number
  /** A process that is silent for this time while an answer is due is killed. In milliseconds. */
  stuckMs?: number
}

interface Asked extends PromiseWithResolvers<Float32Array> {
  tokens: readonly number[]
  urgent: boolean
}

/** A process, with the windows that it works on or will work on next, by number. */
interface Running {
  child: KernelProcess
  open: Map<number, Asked>
  lastNumber: number
  /** Whether it has answered at least once. */
  isLoaded: boolean
  timer?: NodeJS.Timeout
}

const GiB = 2 ** 30
/** The model takes 0.4 GiB with eight threads, so a process that wants more than this is faulty. */
const memory = 2 * GiB

/**
 * Runs the embedding model in its own process. It is started for the first window and again after it has died, each
 * time from what `place` returns then. It has no network and ends with the server.
 */
export function startModelProcess(
  place: () => Promise<ModelPlace>,
  { idleMs = 600_000, stuckMs = 60_000 }: ModelProcessOptions = {},
): ModelProcess {
  const threads = availableParallelism()
  /** The windows that were not sent to a process yet, with the urgent ones first. These can be cancelled at no cost. */
  const waiting: Asked[] = []
  let running: Promise<Running> | undefined
  let closed = false

  async function start(): Promise<Running> {
    const { python, model, sha256 } = await place()
    const bytes = await readFile(model)
    if (sha256 !== undefined && createHash('sha256').update(bytes).digest('hex') !== sha256)
      throw new Error(`its file is not the one that was expected (sha256): run "${commandLine('setup')}"`)
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

  /** Each answer postpones the time at which a process counts as idle or as stuck. */
  function watch(one: Running): void {
    clearTimeout(one.timer)
    one.timer = setTimeout(() => end(one), one.open.size > 0 ? stuckMs : idleMs).unref()
  }

  /** Windows that arrive after this go to another process. */
  function end(one: Running): void {
    clearTimeout(one.timer)
    one.child.kill()
    if (current === one) [current, running] = [undefined, undefined]
  }
  let current: Running | undefined

  function lose(one: Running): void {
    end(one)
    const message = one.child.complaint().split('\n').at(-1)?.slice(0, 300) || 'its process ended'
    // A process that cannot load the model would be started again for ever.
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

  /** Sends urgent windows at once, and of the others two for each thread. */
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

/** The program as one text, because the process may not be allowed to read our files. */
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
