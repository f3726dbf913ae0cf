import { parentPort, workerData } from 'node:worker_threads'
import { chunkParts, type Chunk, type ChunkSize } from '../chunk.ts'
import { ExtractionFailure, type ExtractedPart } from './extracted.ts'
import { fileTooLarge, unreadable } from './failures.ts'
import type { ExtractLimits } from './limits.ts'
import { normaliseText } from './normalise.ts'
import type { ExtractorReply, Job, WorkerSettings } from './protocol.ts'
import type { SourceFile } from './reader.ts'
import { readFile } from './readers/read-file.ts'
import { loadTokenizer, type Tokenizer } from './token-starts.ts'

// The code of a worker thread. It works on one job at a time and is terminated when the job takes too much time or
// memory.

const batchText = 1_000_000
/**
 * The maximum number of parts. Further text is added to the last part, because a file that consists of headings would
 * have millions of parts.
 */
const maxParts = 100_000
const { limits } = workerData as WorkerSettings
let tokenizer: Tokenizer | undefined
let wornOut = false

const say = (answer: ExtractorReply) => parentPort?.postMessage(answer)

parentPort?.on('message', (job: Job) => {
  say({ kind: 'begun' })
  work(job).then(
    (warnings) => say({ kind: 'done', warnings, wornOut }),
    (error: unknown) => {
      const failure = error instanceof ExtractionFailure ? error : failureOf(error)
      say({ kind: 'failed', code: failure.code, message: failure.message, wornOut })
    },
  )
})

async function work(job: Job): Promise<string[]> {
  if (job.kind === 'chunk') {
    await sayChunks(job.parts, job.chunkSize, limits)
    return []
  }
  const warnings: string[] = []
  const parts = await read(job.file, warnings)
  inBatches(
    parts,
    (part) => part.text,
    (batch) => say({ kind: 'parts', parts: batch }),
  )
  if (job.chunkSize) await sayChunks(parts, job.chunkSize, limits)
  return warnings
}

async function read(file: SourceFile, warnings: string[]): Promise<ExtractedPart[]> {
  const parts: ExtractedPart[] = []
  const rest: string[] = []
  let length = 0
  const reading = {
    limits,
    pages: (count: number) => say({ kind: 'pages', count }),
    warn: (text: string) => void warnings.push(text),
    wearOut: () => void (wornOut = true),
  }
  for await (const part of readFile(file, reading)) {
    const text = normaliseText(part.text)
    length += text.length
    if (length > limits.maxText) throw fileTooLarge()
    if (!text.trim()) continue
    if (parts.length < maxParts) parts.push({ ...part, text })
    else rest.push(text.endsWith('\n') ? text : `${text}\n`)
  }
  const last = parts.at(-1)
  if (last && rest.length > 0) last.text = `${last.text}\n${rest.join('')}`
  if (parts.length === 0) throw unreadable('It holds no text.')
  return parts
}

async function sayChunks(
  parts: readonly ExtractedPart[],
  size: ChunkSize,
  { maxTokens }: ExtractLimits,
): Promise<void> {
  tokenizer ??= await loadTokenizer()
  const chunks: Chunk[] = chunkParts(parts, size, tokenizer, maxTokens)
  inBatches(
    chunks,
    (chunk) => chunk.text,
    (batch) => say({ kind: 'chunks', chunks: batch }),
  )
}

/** Sending copies a message. In batches, only a small part of the text is in memory twice. */
function inBatches<Item>(
  items: readonly Item[],
  textOf: (item: Item) => string,
  send: (batch: Item[]) => void,
) {
  let batch: Item[] = []
  let length = 0
  for (const item of items) {
    batch.push(item)
    length += textOf(item).length
    if (length < batchText) continue
    send(batch)
    batch = []
    length = 0
  }
  if (batch.length > 0) send(batch)
}

/**
 * The failure for an error of a reader. Most errors come from bytes that no program for the format writes, so the file
 * is damaged.
 */
function failureOf(error: unknown): ExtractionFailure {
  const { code, message } = error as NodeJS.ErrnoException
  // The file is missing or the disk has failed, which is not the fault of the file.
  if (typeof code === 'string' && /^E(NOENT|ACCES|IO|MFILE|PERM|ISDIR)$/.test(code)) {
    return new ExtractionFailure(
      'server_error',
      `An internal error occurred. The file could not be opened: ${code}.`,
    )
  }
  if (/call stack|string length|allocation failed/i.test(message))
    return fileTooLarge('It is nested too deeply.')
  return unreadable('It is damaged.')
}
