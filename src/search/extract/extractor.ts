import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { moduleBeside } from '../../common/worker-thread.ts'
import type { Chunk, ChunkSize } from '../chunk.ts'
import { createPriorityQueue, type Priority } from '../priority-queue.ts'
import { ExtractionFailure, type ExtractedPart, type Extraction } from './extracted.ts'
import { internal, fileTooLarge } from './failures.ts'
import { defaultExtractLimits, type ExtractLimits } from './limits.ts'
import type { ExtractorReply, Job, WorkerSettings } from './protocol.ts'
import type { SourceFile } from './reader.ts'

/**
 * Reads untrusted files in threads that can be terminated. Failures of the file reject with `ExtractionFailure`. An
 * aborted signal rejects with its reason, and a closed extractor with an `AbortError`. Neither says anything about the
 * file. The queue has no limit: the caller decides how many jobs there are, and their rank decides about the order.
 */
export interface Extractor {
  extract(file: SourceFile, signal: AbortSignal): Promise<Extraction>
  chunk(parts: readonly ExtractedPart[], size: ChunkSize, turn: Scheduling): Promise<Chunk[]>
  /** Extracts and chunks in the same thread, so that the text is copied between threads only once. */
  extractChunks(
    file: SourceFile,
    size: ChunkSize,
    turn: Scheduling,
  ): Promise<Extraction & { chunks: Chunk[] }>
  close(): Promise<void>
}

export interface Scheduling {
  signal: AbortSignal
  rank: Priority
  /** Told what a thread begins to do. */
  begins?: (stage: 'reading' | 'cutting') => void
}

export interface ExtractorSettings {
  /** The maximum number of threads. A thread is started when it is first needed. */
  workers?: number
  limits?: Partial<ExtractLimits>
  /**
   * The time in milliseconds after which an idle thread ends. This frees its memory, since a tokenizer and PDFium take
   * 200 MB.
   */
  idleMs?: number
}

interface Slot {
  worker: Worker
  task: Task | undefined
  /** Ends a job that takes too long, or an idle thread. */
  timer: NodeJS.Timeout | undefined
}

interface Task {
  job: Job
  parts: ExtractedPart[]
  chunks: Chunk[]
  begins: Scheduling['begins']
  end(result: string[] | Error): void
}

const entry = moduleBeside(import.meta.url, 'worker')

/** On a busy machine a thread may start slowly, which must not count as time of the file. */
const startMs = 60_000

export function startExtractor(settings: ExtractorSettings = {}): Extractor {
  const maxWorkers = settings.workers ?? Math.max(1, availableParallelism() - 1)
  const limits: ExtractLimits = { ...defaultExtractLimits, ...settings.limits }
  const idleMs = settings.idleMs ?? 60_000
  const slots = new Set<Slot>()
  const waiting = createPriorityQueue<Task>()
  let closed = false

  function startSlot(): Slot {
    const worker = new Worker(entry, {
      name: 'extract',
      workerData: { limits } satisfies WorkerSettings,
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMb, maxYoungGenerationSizeMb: 64, stackSizeMb: 4 },
      // A thread that reads untrusted files must not see the environment variables of this process.
      env: {},
      execArgv: [],
    })
    const slot: Slot = { worker, task: undefined, timer: undefined }
    slots.add(slot)
    worker.on('message', (answer: ExtractorReply) => handleAnswer(slot, answer))
    worker.on('messageerror', (error) => drop(slot, internal(error.message)))
    worker.on('error', (error) => drop(slot, causeOf(error)))
    worker.on('exit', () => drop(slot, internal('The thread that read the file ended.')))
    return slot
  }

  /** Removes a thread from the pool and rejects its job. The `exit` event that follows has no effect. */
  function drop(slot: Slot, reason: Error): void {
    if (!slots.delete(slot)) return
    clearTimeout(slot.timer)
    slot.worker.terminate().catch(() => undefined)
    slot.task?.end(reason)
    next()
  }

  function next(): void {
    while (!closed) {
      const rests = [...slots].find(({ task }) => !task)
      const task = rests || slots.size < maxWorkers ? waiting.shift() : undefined
      if (!task) return
      const slot = rests ?? startSlot()
      slot.task = task
      slot.worker.ref()
      giveTime(slot, Math.max(limits.fileMs, startMs))
      slot.worker.postMessage(task.job)
    }
  }

  function giveTime(slot: Slot, ms: number): void {
    clearTimeout(slot.timer)
    const detail = `Reading the file took longer than ${Math.round(ms / 1000)} seconds.`
    slot.timer = setTimeout(() => drop(slot, internal(detail)), ms)
  }

  function handleAnswer(slot: Slot, answer: ExtractorReply): void {
    const { task } = slot
    // Messages that a thread sent before it was terminated are still delivered.
    if (!task || !slots.has(slot)) return
    if (answer.kind === 'begun') {
      task.begins?.(task.job.kind === 'chunk' ? 'cutting' : 'reading')
      return giveTime(slot, limits.fileMs)
    }
    if (answer.kind === 'pages') return giveTime(slot, limits.fileMs + answer.count * limits.pageMs)
    if (answer.kind === 'parts') {
      // A file is read to its end before any of it is sent.
      task.begins?.('cutting')
      return append(task.parts, answer.parts)
    }
    if (answer.kind === 'chunks') return append(task.chunks, answer.chunks)
    slot.task = undefined
    if (answer.wornOut) drop(slot, internal())
    else {
      slot.worker.unref()
      clearTimeout(slot.timer)
      slot.timer = setTimeout(() => drop(slot, internal()), idleMs).unref()
    }
    task.end(answer.kind === 'done' ? answer.warnings : new ExtractionFailure(answer.code, answer.message))
    next()
  }

  function run(job: Job, { signal, rank, begins }: Scheduling): Promise<Extraction & { chunks: Chunk[] }> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted()
      if (closed) throw closedError()
      const abort = () => {
        const slot = [...slots].find((one) => one.task === task)
        const reason = signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason))
        if (slot) return drop(slot, reason)
        waiting.remove(task)
        task.end(reason)
      }
      const task: Task = {
        job,
        parts: [],
        chunks: [],
        begins,
        end(result) {
          signal.removeEventListener('abort', abort)
          if (result instanceof Error) reject(result)
          else resolve({ parts: task.parts, warnings: result, chunks: task.chunks })
        },
      }
      signal.addEventListener('abort', abort, { once: true })
      waiting.push(task, rank)
      next()
    })
  }

  return {
    async extract(file, signal) {
      const { parts, warnings } = await run(
        { kind: 'extract', file },
        { signal, rank: { bytes: file.bytes, awaited: false } },
      )
      return { parts, warnings }
    },
    async chunk(parts, chunkSize, turn) {
      return (await run({ kind: 'chunk', parts, chunkSize }, turn)).chunks
    },
    extractChunks: (file, chunkSize, turn) => run({ kind: 'extract', file, chunkSize }, turn),
    async close() {
      closed = true
      const ending = [...slots].map(({ worker }) => worker.terminate())
      for (const task of waiting.clear()) task.end(closedError())
      for (const slot of slots) drop(slot, closedError())
      await Promise.all(ending)
    },
  }
}

/** Items are pushed one by one, because a call has a limited number of arguments. */
function append<Item>(to: Item[], more: Item[]): void {
  for (const item of more) to.push(item)
}

const closedError = () => Object.assign(new Error('The extractor is closed.'), { name: 'AbortError' })

function causeOf(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException
  return code === 'ERR_WORKER_OUT_OF_MEMORY' ? fileTooLarge('It takes too much memory.') : internal(message)
}
