import type { Reader, Transaction } from '../database.ts'
import { blockOf, keepPostings } from './postings.ts'
import { findEntry, pagesOf, readEntries, type Entry } from './term-pages.ts'

/**
 * The terms of each store, in segments that are written once. Each file adds a segment of its own, and small neighbours
 * are merged. So a search reads few segments, and an insertion costs the same in a store of any size. These are
 * ordinary tables, the same on every database.
 */
export interface FileTerms {
  /**
   * How often each chunk contains each term, in the form of `encodePostings`. A chunk is identified by its number in
   * the file.
   */
  postings: ReadonlyMap<string, Uint8Array>
  /** The analyzer that made the terms. It is stored with them, because a query must be analyzed in the same way. */
  analyzer: string
}

/** This many neighbours of one size are merged into one of the next size. */
const fan = 8
/** In chunks. A segment of the largest size is not merged any more, because every other writer would wait too long. */
const sizes = [8, 64, 512]

export async function insertTerms(
  tx: Transaction,
  storeId: string,
  { firstChunk, chunks }: { firstChunk: number; chunks: number },
  { postings, analyzer }: FileTerms,
): Promise<void> {
  const segment = await insertSegment(tx, storeId, {
    first_chunk: firstChunk,
    last_chunk: firstChunk + chunks - 1,
    chunks,
    alive: chunks,
    languages: JSON.stringify([analyzer]),
  })
  await insertPages(
    tx,
    segment,
    Array.from(postings, ([term, found]) => [term, blockOf(firstChunk, found)]),
  )
  await mergeNewest(tx, storeId)
}

/** The postings of a term from each segment that contains it, for `readBlocks`. */
export async function postingsOf(db: Reader, storeId: string, term: string): Promise<Uint8Array[]> {
  const rows = await db.all<{ entries: Uint8Array }>(
    `select entries from text_segments join text_pages on segment = text_segments.id and first_term = (
       select max(first_term) from text_pages where segment = text_segments.id and first_term <= ?)
     where vector_store_id = ?`,
    term,
    storeId,
  )
  const wanted = Buffer.from(term)
  return rows.flatMap(({ entries }) => findEntry(entries, wanted) ?? [])
}

/** The same for every term that begins with `beginning` and has at least `more` characters after it. */
export async function postingsBeginning(
  db: Reader,
  storeId: string,
  beginning: string,
  more: number,
): Promise<Uint8Array[]> {
  const rows = await db.all<{ entries: Uint8Array }>(
    `select entries from text_segments join text_pages on segment = text_segments.id and first_term < ?
       and first_term >= coalesce((
         select max(first_term) from text_pages where segment = text_segments.id and first_term <= ?), '')
     where vector_store_id = ?`,
    `${beginning}\u{10ffff}`,
    beginning,
    storeId,
  )
  const found: Uint8Array[] = []
  for (const { entries } of rows) {
    readEntries(entries, (term, postings) => {
      if (term.startsWith(beginning) && term.length >= beginning.length + more) found.push(postings)
    })
  }
  return found
}

/** The analyzers that made the terms of a store's files. */
export async function analyzersOf(db: Reader, storeId: string): Promise<string[]> {
  const rows = await db.all<{ languages: string }>(
    'select distinct languages from text_segments where vector_store_id = ?',
    storeId,
  )
  return [...new Set(rows.flatMap(({ languages }) => JSON.parse(languages) as string[]))]
}

interface Segment {
  id: number
  first_chunk: number
  last_chunk: number
  chunks: number
  alive: number
  languages: string
}

export async function insertSegment(
  tx: Transaction,
  storeId: string,
  segment: Omit<Segment, 'id'>,
): Promise<number> {
  const row = await tx.get<{ id: number }>(
    `insert into text_segments (vector_store_id, first_chunk, last_chunk, chunks, alive, languages)
     values (?, ?, ?, ?, ?, ?) returning id`,
    storeId,
    segment.first_chunk,
    segment.last_chunk,
    segment.chunks,
    segment.alive,
    segment.languages,
  )
  if (!row) throw new Error('an insertion gave no id')
  return row.id
}

export async function insertPages(tx: Transaction, segment: number, entries: Entry[]): Promise<void> {
  for (const { first, bytes } of pagesOf(entries)) {
    await tx.run(
      'insert into text_pages (segment, first_term, entries) values (?, ?, ?)',
      segment,
      first,
      bytes,
    )
  }
}

/** Only neighbours are merged, because the ranges of segments must not overlap. */
async function mergeNewest(tx: Transaction, storeId: string): Promise<void> {
  for (const size of sizes) {
    const newest = await tx.all<Segment>(
      'select * from text_segments where vector_store_id = ? order by first_chunk desc limit ? + 0',
      storeId,
      2 * fan,
    )
    const larger = newest.findIndex(({ alive }) => alive >= size)
    const small = larger < 0 ? newest : newest.slice(0, larger)
    if (small.length >= fan) await merge(tx, storeId, small.toReversed())
  }
}

async function merge(tx: Transaction, storeId: string, segments: Segment[]): Promise<void> {
  const [first, last] = [segments[0], segments.at(-1)]
  if (!first || !last) return
  const alive = await aliveChunks(tx, storeId, segments)
  const merged = new Map<string, Uint8Array[]>()
  for (const segment of segments) {
    const rows = await tx.all<{ entries: Uint8Array }>(
      'select entries from text_pages where segment = ?',
      segment.id,
    )
    const whole = segment.alive === segment.chunks
    for (const { entries } of rows) {
      readEntries(entries, (term, postings) => {
        const kept = whole ? postings : keepPostings(postings, (id) => alive.has(id))
        if (kept.length === 0) return
        const blocks = merged.get(term)
        if (blocks) blocks.push(kept)
        else merged.set(term, [kept])
      })
    }
  }
  for (const { id } of segments) await tx.run('delete from text_segments where id = ?', id)
  const chunks = segments.reduce((sum, segment) => sum + segment.alive, 0)
  const languages = new Set(segments.flatMap((segment) => JSON.parse(segment.languages) as string[]))
  const id = await insertSegment(tx, storeId, {
    first_chunk: first.first_chunk,
    last_chunk: last.last_chunk,
    chunks,
    alive: chunks,
    languages: JSON.stringify([...languages].toSorted()),
  })
  await insertPages(
    tx,
    id,
    Array.from(merged, ([term, blocks]) => [term, blocks.length === 1 ? blocks[0]! : Buffer.concat(blocks)]),
  )
}

async function aliveChunks(tx: Transaction, storeId: string, segments: Segment[]): Promise<Set<number>> {
  const alive = new Set<number>()
  for (const { first_chunk, last_chunk, chunks, alive: count } of segments) {
    if (count === chunks) continue
    const rows = await tx.all<{ id: number }>(
      'select id from chunks where vector_store_id = ? and id between ? and ?',
      storeId,
      first_chunk,
      last_chunk,
    )
    for (const { id } of rows) alive.add(id)
  }
  return alive
}
