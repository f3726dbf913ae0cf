import type { Blobs } from '../store/blobs/blobs.ts'
import { insertChunks, type NewChunks } from '../store/chunks.ts'
import type { FileStage } from '../contract/vector-store-files.ts'
import type { Database } from '../store/database.ts'
import { insertVectors } from '../store/embeddings.ts'
import { getExtraction, insertExtraction } from '../store/extractions.ts'
import { storesBeyondLimitText } from '../errors/limit-errors.ts'
import { completeFile, type IndexingJob } from '../store/indexing-jobs.ts'
import type { Limits } from '../store/usage/limits.ts'
import { lockStoreBytes } from '../store/usage/stored-bytes.ts'
import { keyOfStoreFile } from '../store/vector-store-files.ts'
import { whenFilesAnswer } from '../store/blobs/when-files-answer.ts'
import type { Chunk, ChunkSize } from './chunk.ts'
import { embedTexts, textToEmbed } from './embed-store.ts'
import { EmbeddingFailure, type Embedder } from './embedder.ts'
import { ExtractionFailure } from './extract/extracted.ts'
import type { ChunkText } from './prepare-chunks.ts'
import type { Extractor, Scheduling } from './extract/extractor.ts'
import { formatOf, type Format } from './extract/formats.ts'
import { noteStages } from './note-stages.ts'

/** The version of the code that reads files. When it changes, files are read again instead of reusing stored texts. */
const readerVersion = 3
/** The order must never change, because stored numbers contain positions in this list. */
const formats: Format[] = [
  'plain',
  'markdown',
  'html',
  'pdf',
  'doc',
  'docx',
  'pptx',
  'xlsx',
  'odf',
  'epub',
  'rtf',
  'mail',
  'notebook',
  'wordml',
]

/**
 * The number under which the text of a file with this name is stored, because the same bytes give different texts in
 * different formats.
 */
export const readingOf = (filename: string): number => {
  const format = formatOf(filename)
  return readerVersion * 100 + (format === undefined ? 99 : formats.indexOf(format))
}

/** The file was cancelled, deleted, added again or taken by another worker. Nothing was written. */
export class Withdrawn extends Error {
  override name = 'Withdrawn'
}

/** Prepares the chunks of a file for the index, outside of this thread. */
export type Prepare = (filename: string, chunks: readonly ChunkText[], turn: Scheduling) => Promise<NewChunks>

export interface IndexFileParts {
  db: Database
  blobs: Blobs
  extractor: Extractor
  prepare: Prepare
  /** The current embedder. Without one, files are found only by their words. */
  embedder: () => Embedder | undefined
  /** How much vector stores of projects may take. */
  limits: () => Limits
  /** Files that are being read or embedded now, so that the same bytes are not processed twice at the same time. */
  busy: Map<string, Promise<unknown>>
}

/** The number of bytes that the original counted for the vector of each chunk (as recorded). */
const vectorBytes = 1_024

/**
 * Reads, cuts, embeds and indexes a file. It may be interrupted at any point and repeated: one transaction, which
 * checks that the attempt is still valid, replaces the chunks of the file. `wasRead` is called when the rest of the
 * work is mostly waiting for vectors, and `begins` with each stage. `lacksVectors` is true when the embedder was not available. This is not a failure
 * of the file, since it can be found by its words.
 */
export async function indexFile(
  parts: IndexFileParts,
  job: IndexingJob,
  {
    signal,
    wasRead,
    begins,
  }: { signal: AbortSignal; wasRead: () => void; begins: (stage: FileStage['stage']) => void },
): Promise<{ lacksVectors: boolean }> {
  using notes = noteStages(parts.db, job, begins)
  const { chunks, warnings } = await chunksOf(parts, job, {
    signal,
    begins: (stage) => notes.note({ stage }),
  })
  if (chunks.length === 0) {
    throw new ExtractionFailure('invalid_file', 'The file could not be parsed. It contains no text.')
  }
  wasRead()
  const embedder = parts.embedder()
  const count = chunks.length
  const embedded = (done: number) => notes.note({ stage: 'embedding', chunks: count, embedded: done })
  const vectors = embedder && (await vectorsOf({ ...parts, embedder }, job, chunks, { signal, embedded }))
  notes.note({ stage: 'indexing', chunks: count, ...(vectors && { embedded: count }) })
  const prepared = await parts.prepare(job.filename, chunks, { signal, rank: job })
  signal.throwIfAborted()
  const usage = chunks.reduce((sum, { text }) => sum + Buffer.byteLength(text) + vectorBytes, 0)
  const place = { vector_store_id: job.vector_store_id, file_id: job.id }
  await parts.db.write(async (tx) => {
    if ((await completeFile(tx, job, usage, warnings)) === 0) throw new Withdrawn()
    // Only now it is known how much the file takes.
    const of = { project: job.project, apiKey: await keyOfStoreFile(tx, job.seq) }
    const stored = await lockStoreBytes(tx, parts.limits(), of, { waiting: false })
    if (stored && stored.bytes > stored.limit)
      throw new ExtractionFailure('invalid_file', storesBeyondLimitText(stored))
    const ids = await insertChunks(tx, place, prepared)
    if (!vectors) return
    const rows = ids.flatMap((chunk_id, at) => {
      const vector = vectors.given[at]
      return vector ? [{ chunk_id, vector }] : []
    })
    await insertVectors(tx, job.vector_store_id, vectors.model, rows)
  })
  return { lacksVectors: parts.embedder() !== undefined && !vectors }
}

/**
 * The vectors of the chunks. Texts that the project had embedded before are reused, so that an attempt continues where
 * the previous one failed. Undefined when the embedder is not available. Rejects when it refuses a text.
 */
async function vectorsOf(
  { db, embedder, busy }: Pick<IndexFileParts, 'db' | 'busy'> & { embedder: Embedder },
  job: IndexingJob,
  chunks: Chunk[],
  { signal, embedded }: { signal: AbortSignal; embedded: (done: number) => void },
): Promise<{ model: string; given: Float32Array[] } | undefined> {
  const key = ['embed', job.project, job.sha256, ...Object.values(job.chunking)].join(' ')
  try {
    const given = await alone(busy, key, signal, () =>
      embedTexts({ db, embedder }, job.project, chunks.map(textToEmbed), { signal, embedded }),
    )
    return { model: embedder.name, given }
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof EmbeddingFailure) || error.refusesText) throw error
    return undefined
  }
}

async function chunksOf(
  { db, blobs, extractor, busy }: IndexFileParts,
  job: IndexingJob,
  { signal, begins }: Pick<Scheduling, 'signal' | 'begins'>,
): Promise<{ chunks: Chunk[]; warnings: string[] }> {
  const turn: Scheduling = { signal, rank: job, ...(begins && { begins }) }
  const key = { project: job.project, sha256: job.sha256, version: readingOf(job.filename) }
  const size: ChunkSize = {
    maxTokens: job.chunking.max_chunk_size_tokens,
    overlapTokens: job.chunking.chunk_overlap_tokens,
  }
  const known = await alone(busy, `read ${Object.values(key).join(' ')}`, signal, async () => {
    const kept = await getExtraction(db, key)
    if (kept) return { kept }
    await using local = await whenFilesAnswer(() => blobs.onDisk(job.content, signal), signal)
    const file = { path: local.path, filename: job.filename, bytes: job.bytes }
    const { parts, warnings, chunks } = await extractor.extractChunks(file, size, turn)
    await db.write((tx) => insertExtraction(tx, key, { parts, warnings }))
    return { chunks, warnings }
  })
  if (!known.kept) return known
  const chunks = await extractor.chunk(known.kept.parts, size, turn)
  return { chunks, warnings: known.kept.warnings }
}

/** Runs work with the same key one after the other, so that a later caller finds what an earlier one has stored. */
async function alone<T>(
  busy: Map<string, Promise<unknown>>,
  key: string,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  for (let others; (others = busy.get(key));) {
    await others.catch(() => {})
    signal.throwIfAborted()
  }
  const own = work()
  busy.set(key, own)
  try {
    return await own
  } finally {
    busy.delete(key)
  }
}
