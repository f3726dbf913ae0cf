import type { Attributes } from '../contract/attributes.ts'
import type { PageBreak } from '../contract/run-steps.ts'
import type { Reader, Transaction } from './database.ts'
import { inList } from './in-list.ts'
import { insertTerms, type FileTerms } from './text-index.ts'

export interface NewChunk {
  text: string
  /** As the API counts them. */
  tokens: number
  page_start: number | null
  page_end: number | null
  /** Where in its text each page after the first begins. */
  page_breaks?: PageBreak[]
  heading: string | null
  /** Its length in words of the index. */
  terms: number
  /** Characters at its start that the chunk before it has at its end. */
  overlap: number
}

/** A file made ready outside the transaction that inserts it. */
export interface NewChunks extends FileTerms {
  chunks: NewChunk[]
  /** The words of its name and title, as the index knows them. */
  nameTerms: string[]
}

/** Puts the chunks of a file into its store, in place of those it had. Their ids, in order: one after the other. */
export async function insertChunks(
  tx: Transaction,
  { vector_store_id, file_id }: { vector_store_id: string; file_id: string },
  file: NewChunks,
): Promise<number[]> {
  await openIndex(tx, vector_store_id)
  await deleteChunksOfFile(tx, vector_store_id, file_id)
  await tx.run(
    'insert into chunk_files (vector_store_id, file_id, terms) values (?, ?, ?)',
    vector_store_id,
    file_id,
    file.nameTerms.join(' '),
  )
  const firstChunk = await tx.reserveNumbers('chunks', file.chunks.length)
  for (const [ord, chunk] of file.chunks.entries()) {
    await tx.run(
      `insert into chunks (id, vector_store_id, file_id, ord, text, tokens, terms, overlap, page_start, page_end, page_breaks, heading)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      firstChunk + ord,
      vector_store_id,
      file_id,
      ord,
      chunk.text,
      chunk.tokens,
      chunk.terms,
      chunk.overlap,
      chunk.page_start,
      chunk.page_end,
      chunk.page_breaks ? JSON.stringify(chunk.page_breaks) : null,
      chunk.heading,
    )
  }
  const chunks = file.chunks.length
  if (chunks > 0) await insertTerms(tx, vector_store_id, { firstChunk, chunks }, file)
  return Array.from({ length: chunks }, (_, ord) => firstChunk + ord)
}

/** Chunks come into a store one file after another, so that whoever has read those up to some number has them all. */
async function openIndex(tx: Transaction, storeId: string): Promise<void> {
  await tx.run(
    'insert into search_versions (vector_store_id, version) values (?, 0) on conflict do nothing',
    storeId,
  )
  await tx.lock('search_versions', storeId)
}

/** Its words, vectors and place in the search go with it. */
export async function deleteChunksOfFile(tx: Transaction, storeId: string, fileId: string): Promise<void> {
  await tx.lock('search_versions', storeId)
  await tx.run('delete from chunks where vector_store_id = ? and file_id = ?', storeId, fileId)
  await tx.run('delete from chunk_files where vector_store_id = ? and file_id = ?', storeId, fileId)
}

/** What tells whether something kept in memory about a store still holds. Undefined: nothing to search. */
export const searchState = (db: Reader, project: string, storeId: string) =>
  db.get<{ version: number; last_chunk: number | null }>(
    `select version, (select last_chunk from text_segments where vector_store_id = stores.id
       order by first_chunk desc limit 1) as last_chunk
     from vector_stores as stores join search_versions on search_versions.vector_store_id = stores.id
     where stores.id = ? and stores.project = ?`,
    storeId,
    project,
  )

export interface ChunkRow {
  id: number
  file_id: string
  ord: number
  terms: number
  overlap: number
}

/** Where the chunks of a store stand, without their text, in the order of their ids. */
export const chunksAfter = (db: Reader, storeId: string, after: number, limit: number) =>
  db.all<ChunkRow>(
    `select id, file_id, ord, terms, overlap from chunks where vector_store_id = ? and id > ? order by id limit ? + 0`,
    storeId,
    after,
    limit,
  )

export interface SearchedFile {
  file_id: string
  attributes: Attributes
  nameTerms: string[]
}

/**
 * The files of a store that have chunks and are done; `ids`: only these. One that is put in again keeps its old chunks
 * until the new ones come, and they are not found: ranked, they would only take the places of others.
 */
export async function searchedFiles(db: Reader, storeId: string, ids?: string[]): Promise<SearchedFile[]> {
  const only = ids && inList(ids)
  const rows = await db.all<{ file_id: string; attributes: string; terms: string }>(
    `select file_id, terms, attributes from chunk_files join vector_store_files as file
       on file.vector_store_id = chunk_files.vector_store_id and file.id = chunk_files.file_id
     where chunk_files.vector_store_id = ? and file.status = 'completed'
       ${only ? `and file_id in (${only.marks})` : ''}`,
    storeId,
    ...(only?.values ?? []),
  )
  return rows.map(({ file_id, attributes, terms }) => ({
    file_id,
    attributes: JSON.parse(attributes),
    nameTerms: terms === '' ? [] : terms.split(' '),
  }))
}

export interface FoundChunk {
  id: number
  vector_store_id: string
  file_id: string
  ord: number
  overlap: number
  text: string
  tokens: number
  page_start: number | null
  page_end: number | null
  /** Null where the chunk stands on one page, or was cut before this was kept. */
  page_breaks: PageBreak[] | null
  heading: string | null
  filename: string
  attributes: Attributes
}

/** Only of files that are there and indexed at this moment, and of this project; in no order. */
export async function chunksByIds(db: Reader, project: string, ids: number[]): Promise<FoundChunk[]> {
  const wanted = inList(ids)
  type Row = Omit<FoundChunk, 'attributes' | 'page_breaks'> & {
    attributes: string
    page_breaks: string | null
  }
  const rows = await db.all<Row>(
    `select chunks.id, chunks.vector_store_id, chunks.file_id, ord, overlap, text, tokens, page_start, page_end,
       page_breaks, heading, file.attributes as attributes, files.filename as filename
     from chunks
     join vector_store_files as file on file.vector_store_id = chunks.vector_store_id and file.id = chunks.file_id
     join files on files.id = chunks.file_id and files.removed = 0
     where chunks.id in (${wanted.marks}) and file.project = ? and files.project = ? and file.status = 'completed'`,
    ...wanted.values,
    project,
    project,
  )
  return rows.map((row) => ({
    ...row,
    attributes: JSON.parse(row.attributes),
    page_breaks: row.page_breaks === null ? null : JSON.parse(row.page_breaks),
  }))
}
