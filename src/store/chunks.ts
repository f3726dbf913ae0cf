import type { Attributes } from '../contract/attributes.ts'
import type { PageBreak } from '../contract/run-steps.ts'
import type { Reader, Transaction } from './database.ts'
import { inList } from './in-list.ts'
import { readPage, type Page, type PageQuery } from './page.ts'
import { insertTerms, type FileTerms } from './text-index/text-index.ts'

export interface NewChunk {
  text: string
  /** As the API counts them. */
  tokens: number
  page_start: number | null
  page_end: number | null
  /** Where each page after the first begins in the text. */
  page_breaks?: PageBreak[]
  /** Where the text begins in the text of the file, in UTF-16 units. */
  text_start?: number
  heading: string | null
  /** The length of the chunk in terms of the index. */
  terms: number
  /** How many characters at its beginning are also at the end of the previous chunk. */
  overlap: number
}

/** The chunks of a file, prepared outside the transaction that inserts them. */
export interface NewChunks extends FileTerms {
  chunks: NewChunk[]
  /** The terms of the file's name and title. */
  nameTerms: string[]
}

/**
 * Inserts the chunks of a file into its store, in place of its old chunks. Returns their ids, which are consecutive.
 */
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
      `insert into chunks (id, vector_store_id, file_id, ord, text, tokens, terms, overlap, page_start, page_end, page_breaks, text_start,
         heading)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
      chunk.text_start ?? null,
      chunk.heading,
    )
  }
  const chunks = file.chunks.length
  if (chunks > 0) await insertTerms(tx, vector_store_id, { firstChunk, chunks }, file)
  return Array.from({ length: chunks }, (_, ord) => firstChunk + ord)
}

/**
 * Takes the lock of the index. Chunks are inserted for one file after another, so that a reader of all ids up to some
 * number has missed none.
 */
async function openIndex(tx: Transaction, storeId: string): Promise<void> {
  await tx.run(
    'insert into search_versions (vector_store_id, version) values (?, 0) on conflict do nothing',
    storeId,
  )
  await tx.lock('search_versions', storeId)
}

/** Deletes the chunks of a file, with their terms and vectors. */
export async function deleteChunksOfFile(tx: Transaction, storeId: string, fileId: string): Promise<void> {
  await tx.lock('search_versions', storeId)
  await tx.run('delete from chunks where vector_store_id = ? and file_id = ?', storeId, fileId)
  await tx.run('delete from chunk_files where vector_store_id = ? and file_id = ?', storeId, fileId)
}

/** Shows whether data in memory about a store is still valid. Undefined when there is nothing to search. */
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

/** The positions of a store's chunks, without their text, in the order of their ids. */
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
 * The files of a store that are completed and have chunks. With `ids`, only these files. A file that is indexed again
 * keeps its old chunks until the new ones exist, but they are not found: they would take the places of others in the
 * ranking.
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
  /** Null when the chunk is on one page, or was made before this was stored. */
  page_breaks: PageBreak[] | null
  /** Null when the chunk was made before this was stored. */
  text_start: number | null
  heading: string | null
  filename: string
  attributes: Attributes
}

/** Returns only chunks of files that exist and are completed now, and that belong to this project, in any order. */
export async function chunksByIds(db: Reader, project: string, ids: number[]): Promise<FoundChunk[]> {
  const wanted = inList(ids)
  type Row = Omit<FoundChunk, 'attributes' | 'page_breaks'> & {
    attributes: string
    page_breaks: string | null
  }
  const rows = await db.all<Row>(
    `select chunks.id, chunks.vector_store_id, chunks.file_id, ord, overlap, text, tokens, page_start, page_end,
       page_breaks, text_start, heading, file.attributes as attributes, files.filename as filename
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

export interface FileChunk {
  /** Its place in the file, from 0. */
  seq: number
  id: string
  text: string
  tokens: number
  text_start: number | null
  page_start: number | null
  page_end: number | null
}

/** The chunks as a list of the API needs them: in the order of the file, under ids of text. */
const fileChunks = `(select ord as seq, 'chunk_' || id as id, vector_store_id, file_id, text, tokens, text_start, page_start,
  page_end from chunks) as file_chunks`

/** Lists the chunks of a file in a store, in the order of the file. */
export function listChunks(
  db: Reader,
  { vector_store_id, file_id }: { vector_store_id: string; file_id: string },
  query: PageQuery,
): Promise<Page<FileChunk>> {
  const where = { sql: 'vector_store_id = ? and file_id = ?', values: [vector_store_id, file_id] }
  return readPage<FileChunk>(db, fileChunks, where, query)
}
