import { createHash } from 'node:crypto'
import { describeError, type Log } from '../common/log.ts'
import type { Database } from '../store/database.ts'
import {
  chunksWithoutVectors,
  insertVectors,
  keepEmbeddings,
  knownEmbeddings,
  moveToSpace,
  spaceOf,
  storesWithoutVectors,
} from '../store/embeddings.ts'
import { countUse } from '../store/usage/usage-counts.ts'
import { EmbeddingFailure, type Embedder } from './embedder.ts'

export interface EmbedDeps {
  db: Database
  embedder: Embedder
  log: Log
}

/** The text of a chunk from which its vector is made. */
export const textToEmbed = ({ text, heading }: { text: string; heading: string | null }) =>
  heading ? `${heading}\n${text}` : text

/**
 * The vectors of texts, in their order. Vectors of texts that this project had embedded before are reused. `embedded` is
 * told how many there are so far.
 */
export async function embedTexts(
  { db, embedder }: Pick<EmbedDeps, 'db' | 'embedder'>,
  project: string,
  texts: readonly string[],
  { signal, embedded }: { signal: AbortSignal; embedded?: (count: number) => void },
): Promise<Float32Array[]> {
  const hashes = texts.map((text) => createHash('sha256').update(text).digest('hex'))
  const known = await knownEmbeddings(db, project, embedder.name, [...new Set(hashes)])
  const missing = new Map<string, string>()
  for (const [at, hash] of hashes.entries()) if (!known.has(hash)) missing.set(hash, texts[at] ?? '')
  const entries = [...missing]
  for (let at = 0; at < entries.length; at += embedder.maxBatch) {
    embedded?.(hashes.length - (entries.length - at))
    const batch = entries.slice(at, at + embedder.maxBatch)
    let tokens = 0
    const vectors = await embedder.embed(
      batch.map(([, text]) => text),
      'document',
      signal,
      (used) => (tokens += used),
    )
    const fresh = new Map<string, Float32Array>()
    for (const [place, [hash]] of batch.entries()) {
      const vector = vectors[place]
      if (!vector) throw new EmbeddingFailure(`${embedder.name} gave too few vectors`, false)
      fresh.set(hash, vector)
      known.set(hash, vector)
    }
    // Stored at once, so that this batch need not be paid for again when a later one fails.
    await db.write(async (tx) => {
      await keepEmbeddings(tx, project, embedder.name, fresh)
      countUse(tx, 'embeddings', { project, model: embedder.name, amount: tokens })
    })
  }
  return hashes.map((hash) => known.get(hash) ?? new Float32Array())
}

const chunksAtOnce = 64

/**
 * Gives every chunk a vector of this embedder, store after store: those that were added while it was not available, and
 * all chunks after the model was changed. A store is searched with its old vectors, or by words, until the last of its
 * chunks has a new vector. Then it changes to the new vectors at once. Resolves with the number of vectors. Rejects
 * with the error of the embedder, but a text that the embedder refuses does not keep other stores from getting their
 * vectors.
 */
export async function embedMissing(deps: EmbedDeps, signal: AbortSignal): Promise<number> {
  let made = 0
  let refused: EmbeddingFailure | undefined
  for (const store of await storesWithoutVectors(deps.db, deps.embedder.name)) {
    try {
      made += await embedStore(deps, store, signal)
    } catch (error) {
      if (!(error instanceof EmbeddingFailure && error.refusesText)) throw error
      refused = error
    }
  }
  if (refused) throw refused
  return made
}

async function embedStore(
  { db, embedder, log }: EmbedDeps,
  { id, project }: { id: string; project: string },
  signal: AbortSignal,
): Promise<number> {
  let made = 0
  let dimensions = embedder.dimensions
  for (;;) {
    signal.throwIfAborted()
    const chunks = await chunksWithoutVectors(db, id, embedder.name, chunksAtOnce)
    if (chunks.length === 0) break
    const vectors = await embedTexts({ db, embedder }, project, chunks.map(textToEmbed), { signal })
    dimensions ??= vectors[0]?.length
    await db.write(async (tx) => {
      await tx.lock('search_versions', id)
      // Chunks may have been deleted in the meantime.
      const alive = new Set(
        (await chunksWithoutVectors(tx, id, embedder.name, chunksAtOnce)).map((chunk) => chunk.id),
      )
      const rows = chunks.flatMap((chunk, at) => {
        const vector = vectors[at]
        return vector && alive.has(chunk.id) ? [{ chunk_id: chunk.id, vector }] : []
      })
      await insertVectors(tx, id, embedder.name, rows)
    })
    made += chunks.length
  }
  const before = await spaceOf(db, id)
  if (dimensions !== undefined) {
    const space = { model: embedder.name, dimensions }
    await db.write((tx) => moveToSpace(tx, id, space))
  }
  if (before && before.model !== embedder.name) {
    log('info', 'vector_space_changed', { vector_store: id, from: before.model, to: embedder.name })
  }
  return made
}

/** The pauses after a failure of the embedder, in milliseconds. Each is twice as long as the one before. */
const retryMs = { first: 1_000, max: 30_000, maxRefused: 600_000 }

/**
 * Repeats `embedMissing` in the background until every chunk has its vector, because an embedder that is down comes
 * back, and a key that it refuses is corrected. It ends only when the embedder refuses a text. Never rejects.
 */
export async function keepEmbedded(
  deps: EmbedDeps,
  signal: AbortSignal,
  wait: (ms: number) => Promise<unknown>,
): Promise<void> {
  let said = ''
  for (let ms = retryMs.first; !signal.aborted; ms *= 2) {
    try {
      const made = await embedMissing(deps, signal)
      if (made > 0) deps.log('info', 'chunks_embedded', { model: deps.embedder.name, chunks: made })
      return
    } catch (error) {
      if (signal.aborted) return
      // Logged once for each reason, because the same failure would fill the log.
      if (String(error) !== said) {
        deps.log('warn', 'chunks_not_embedded', { model: deps.embedder.name, ...describeError(error) })
      }
      said = String(error)
      const refused = error instanceof EmbeddingFailure && !error.retryable
      if (refused && error.refusesText) return
      ms = Math.min(ms, refused ? retryMs.maxRefused : retryMs.max)
      await wait(ms).catch(() => {})
    }
  }
}
