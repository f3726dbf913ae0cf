import type { NewChunks } from '../chunks.ts'
import type { Reader, Transaction } from '../database.ts'
import { blockOf } from './postings.ts'
import { insertSegment, insertPages } from './text-index.ts'

/** A part of a store's text index whose terms have to be made again. */
export interface OutdatedSegment {
  id: number
  vector_store_id: string
  first_chunk: number
  last_chunk: number
}

/**
 * Returns any segment, of any project, whose terms were made by an analyzer for which `isOutdated` is true. Undefined
 * when there is none.
 */
export async function outdatedSegment(
  db: Reader,
  isOutdated: (analyzer: string) => boolean,
): Promise<OutdatedSegment | undefined> {
  const rows = await db.all<{ languages: string }>('select distinct languages from text_segments')
  const found = rows.find(({ languages }) => (JSON.parse(languages) as string[]).some(isOutdated))
  if (!found) return undefined
  return db.get<OutdatedSegment>(
    'select id, vector_store_id, first_chunk, last_chunk from text_segments where languages = ? limit 1',
    found.languages,
  )
}

export interface SegmentChunk {
  id: number
  file_id: string
  filename: string
  text: string
  heading: string | null
  tokens: number
  terms: number
  page_start: number | null
  page_end: number | null
}

/** In the order of their ids, which is also the order of the files and of the chunks in each file. */
export const chunksOfSegment = (db: Reader, { vector_store_id, first_chunk, last_chunk }: OutdatedSegment) =>
  db.all<SegmentChunk>(
    `select chunks.id, file_id, text, heading, tokens, terms, page_start, page_end,
       coalesce(files.filename, '') as filename
     from chunks left join files on files.id = file_id
     where vector_store_id = ? and chunks.id between ? and ? order by chunks.id`,
    vector_store_id,
    first_chunk,
    last_chunk,
  )

/** The pages of terms of a segment, as they are stored. */
export const pagesOfSegment = async (db: Reader, segment: number): Promise<Uint8Array[]> =>
  (await db.all<{ entries: Uint8Array }>('select entries from text_pages where segment = ?', segment)).map(
    ({ entries }) => entries,
  )

/** A file of the segment. The ids of its chunks are consecutive from `firstChunk` on. */
export interface RemadeFile {
  file_id: string
  firstChunk: number
  /** The number of terms in each chunk. */
  lengths: readonly number[]
  prepared: NewChunks
}

/**
 * Replaces an outdated segment by one with the same chunks and new terms. Returns false, and writes nothing, when the
 * segment has changed since it was read.
 */
export async function replaceSegment(
  tx: Transaction,
  segment: OutdatedSegment,
  files: readonly RemadeFile[],
): Promise<boolean> {
  const { id, vector_store_id, first_chunk, last_chunk } = segment
  await tx.lock('search_versions', vector_store_id)
  const now = await tx.get<{ chunks: number }>(
    `select count(chunks.id) as chunks from text_segments left join chunks
       on chunks.vector_store_id = text_segments.vector_store_id and chunks.id between first_chunk and last_chunk
     where text_segments.id = ? group by text_segments.id`,
    id,
  )
  const read = files.reduce((sum, { prepared }) => sum + prepared.chunks.length, 0)
  if (now?.chunks !== read) return false
  await tx.run('delete from text_segments where id = ?', id)
  if (read === 0) return true
  const blocks = new Map<string, Uint8Array[]>()
  for (const { file_id, firstChunk, lengths, prepared } of files) {
    for (const [term, postings] of prepared.postings) {
      const block = blockOf(firstChunk, postings)
      const known = blocks.get(term)
      if (known) known.push(block)
      else blocks.set(term, [block])
    }
    await tx.run(
      'update chunk_files set terms = ? where vector_store_id = ? and file_id = ?',
      prepared.nameTerms.join(' '),
      vector_store_id,
      file_id,
    )
    for (const [ord, { terms }] of prepared.chunks.entries()) {
      if (terms === lengths[ord]) continue
      await tx.run('update chunks set terms = ? where id = ?', terms, firstChunk + ord)
    }
  }
  const analyzers = new Set(files.map(({ prepared }) => prepared.analyzer))
  const made = await insertSegment(tx, vector_store_id, {
    first_chunk,
    last_chunk,
    chunks: read,
    alive: read,
    languages: JSON.stringify([...analyzers].toSorted()),
  })
  const entries = Array.from(blocks, ([term, own]): [string, Uint8Array] => [term, Buffer.concat(own)])
  await insertPages(tx, made, entries)
  await tx.run('update search_versions set version = version + 1 where vector_store_id = ?', vector_store_id)
  return true
}
