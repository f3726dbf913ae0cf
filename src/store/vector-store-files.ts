import type {
  CreateVectorStoreFileRequest,
  FileError,
  FileStage,
  VectorStoreFileRecord,
} from '../contract/vector-store-files.ts'
import type { VectorStoreFileStatus } from '../contract/file-counts.ts'
import type { Database, Reader, Transaction, Value } from './database.ts'
import { readPage, type Page, type PageQuery } from './page.ts'
import { createSlice } from './slices.ts'
import { addStoreFileTombstone, storeFilesList, inStore, leftWithItsFile } from './tombstones.ts'

/** The store that a file is added to, and its batch. */
export interface Destination {
  project: string
  /** The key that adds it. Nothing where the file comes from elsewhere. */
  api_key?: string
  vector_store_id: string
  batch_id: string | null
}

/** Adds a file to a store, to be indexed. A file that is already in the store is indexed again, for this batch. */
export async function attachFile(
  tx: Transaction,
  place: Destination,
  file: CreateVectorStoreFileRequest,
  now: number,
): Promise<void> {
  await tx.run(`${insert} ${anew}`, ...values(place, file, now))
  setKey(tx, place, file)
}

/** The same for files of messages. A file that is already in the store, and has not failed, is left as it is. */
export async function attachFileOnce(
  tx: Transaction,
  place: Destination,
  file: CreateVectorStoreFileRequest,
  now: number,
): Promise<void> {
  const givenUp = "where vector_store_files.status in ('failed', 'cancelled', 'removed')"
  const attached = await tx.run(`${insert} ${anew} ${givenUp}`, ...values(place, file, now))
  if (attached > 0) setKey(tx, place, file)
}

const setKey = (tx: Transaction, place: Destination, { file_id }: CreateVectorStoreFileRequest): void =>
  tx.send(
    `insert into vector_store_files_of_keys (file, api_key)
     select seq, ? from vector_store_files where vector_store_id = ? and id = ?
     on conflict (file) do update set api_key = excluded.api_key`,
    place.api_key ?? '',
    place.vector_store_id,
    file_id,
  )

/** The key that has added a file, which it has by its number. '' where there was none. */
export async function keyOfStoreFile(db: Reader, seq: number): Promise<string> {
  const found = await db.get<{ api_key: string }>(
    'select api_key from vector_store_files_of_keys where file = ?',
    seq,
  )
  return found?.api_key ?? ''
}

/** Ends the work on a file from outside: its worker can write nothing more, and nothing that it has noted stays. */
export const workEnded =
  'attempt = vector_store_files.attempt + 1, lease_owner = null, lease_until = null, progress = null'

const anew = `on conflict (vector_store_id, id) do update set batch_id = excluded.batch_id, status = 'in_progress',
 created_at = excluded.created_at, usage_bytes = 0, ${workEnded}, retry_at = null, tries = 0, losses = 0, blamed = 0,
  on_trial = 0, awaited = 0, bytes = excluded.bytes, attributes = excluded.attributes, chunking = excluded.chunking,
  last_error = null, warnings = null`

const insert = `insert into vector_store_files
  (id, project, vector_store_id, batch_id, status, created_at, attributes, chunking, bytes)
  values (?, ?, ?, ?, ?, ?, ?, ?, coalesce((select bytes from files where id = ?), 0))`

const values = (place: Destination, file: CreateVectorStoreFileRequest, now: number): Value[] => [
  file.file_id,
  place.project,
  place.vector_store_id,
  place.batch_id,
  'in_progress',
  now,
  JSON.stringify(file.attributes),
  JSON.stringify(file.chunking_strategy),
  file.file_id,
]

/**
 * True for a file that was neither removed from the store nor deleted. The rows of a deleted file may be removed later,
 * when it is in very many stores.
 */
const there = `status <> 'removed' and exists
  (select 1 from files where files.id = vector_store_files.id and files.removed = 0)`

export async function getVectorStoreFile(db: Reader, project: string, storeId: string, id: string) {
  const row = await db.get<VectorStoreFileRow>(
    `select * from vector_store_files where vector_store_id = ? and id = ? and project = ? and ${there}`,
    storeId,
    id,
    project,
  )
  return row && record(row)
}

/** Lists the files of a store, or of one batch. */
export async function listVectorStoreFiles(
  db: Reader,
  project: string,
  from: { vector_store_id: string; batch_id?: string },
  query: PageQuery & { filter?: VectorStoreFileStatus | undefined },
): Promise<Page<VectorStoreFileRecord>> {
  const within = {
    sql: 'vector_store_id = ? and project = ?',
    values: [from.vector_store_id, project],
    deletedFrom: { project, list: storeFilesList(from.vector_store_id) },
    tombstone: (id: string) => inStore(from.vector_store_id, id),
  }
  const where = { sql: `${within.sql} and ${there}`, values: [...within.values] }
  if (from.batch_id !== undefined) {
    where.sql += ' and batch_id = ?'
    where.values.push(from.batch_id)
  }
  if (query.filter !== undefined) {
    where.sql += ' and status = ?'
    where.values.push(query.filter)
  }
  const page = await readPage<VectorStoreFileRow>(db, 'vector_store_files', where, query, within)
  return { ...page, data: page.data.map(record) }
}

export const updateAttributes = (
  tx: Transaction,
  file: Pick<VectorStoreFileRecord, 'vector_store_id' | 'id' | 'project' | 'attributes'>,
) =>
  tx.run(
    'update vector_store_files set attributes = ? where vector_store_id = ? and id = ? and project = ?',
    JSON.stringify(file.attributes),
    file.vector_store_id,
    file.id,
    file.project,
  )

/** Removes a file from one store, with its chunks. Returns false when it was not in it. */
export async function detachFile(
  tx: Transaction,
  project: string,
  storeId: string,
  id: string,
): Promise<boolean> {
  const file = await getVectorStoreFile(tx, project, storeId, id)
  if (!file) return false
  await remove(tx, file, false)
  return true
}

/** Removes a file that is being deleted from up to `limit` stores. Returns from how many. */
export async function detachEverywhere(tx: Transaction, id: string, limit: number): Promise<number> {
  const places = await tx.all<VectorStoreFileRow>(
    "select * from vector_store_files where id = ? and status <> 'removed' order by vector_store_id limit ? + 0",
    id,
    limit,
  )
  for (const place of places) await remove(tx, place, true)
  return places.length
}

/**
 * Whether the file has left the store, or will leave it, because the file itself was deleted. Its rows may be removed
 * later.
 */
export async function isLeavingWithItsFile(
  db: Reader,
  project: string,
  storeId: string,
  id: string,
): Promise<boolean> {
  if (await leftWithItsFile(db, project, storeId, id)) return true
  const row = await db.get(
    `select 1 from vector_store_files join files on files.id = vector_store_files.id and files.removed = 1
     where vector_store_id = ? and vector_store_files.id = ? and vector_store_files.project = ? and status <> 'removed'`,
    storeId,
    id,
    project,
  )
  return row !== undefined
}

/** How many chunks are deleted in the transaction that removes a file from a store. */
const chunksAtOnce = 20

/**
 * Hides a file of a store, and stops the work on it. When it has many chunks, `removeDetachedFiles` deletes the rest.
 */
async function remove(tx: Transaction, file: Place & { project: string }, withFile: boolean): Promise<void> {
  await tx.lock('search_versions', file.vector_store_id)
  // This makes data in memory about the store invalid.
  await tx.run(
    'delete from chunk_files where vector_store_id = ? and file_id = ?',
    file.vector_store_id,
    file.id,
  )
  if (!(await removeChunks(tx, file, chunksAtOnce)))
    await tx.run(
      `update vector_store_files set status = 'removed', batch_id = null, ${workEnded} where seq = ?`,
      file.seq,
    )
  await addStoreFileTombstone(tx, file, withFile)
}

/**
 * Deletes up to `rows` chunks of a file in its store, and after the last of them its row. Returns whether the row was
 * deleted.
 */
async function removeChunks(tx: Transaction, file: Place, rows: number): Promise<boolean> {
  const chunks = await tx.run(
    `delete from chunks where id in
     (select id from chunks where vector_store_id = ? and file_id = ? order by ord limit ? + 0)`,
    file.vector_store_id,
    file.id,
    rows,
  )
  if (chunks === rows) return false
  await tx.run('delete from vector_store_files where seq = ?', file.seq)
  return true
}

type Place = Pick<VectorStoreFileRecord, 'vector_store_id' | 'id' | 'seq'>

const slice = createSlice()

/** Deletes a slice of the chunks of a file that has left its store. Returns false when none is left. */
export async function removeDetachedFiles(db: Database): Promise<boolean> {
  const find =
    "select vector_store_id, id, seq from vector_store_files where status = 'removed' order by seq limit 1"
  if (!(await db.get(find))) return false
  const { rows } = slice
  await db.write(async (tx) => {
    const file = await tx.get<Place>(find)
    if (file) await tx.lock('search_versions', file.vector_store_id)
    if (file) await slice.measure(() => removeChunks(tx, file, rows))
  }, 'committed')
  return true
}

export interface VectorStoreFileRow extends Omit<
  VectorStoreFileRecord,
  'attributes' | 'chunking' | 'last_error' | 'warnings' | 'progress'
> {
  attributes: string
  chunking: string
  last_error: string | null
  warnings: string | null
  progress: string | null
}

export const record = (row: VectorStoreFileRow): VectorStoreFileRecord => ({
  ...row,
  attributes: JSON.parse(row.attributes),
  chunking: JSON.parse(row.chunking),
  last_error: row.last_error === null ? null : (JSON.parse(row.last_error) as FileError),
  warnings: row.warnings === null ? [] : JSON.parse(row.warnings),
  progress: row.progress === null ? null : (JSON.parse(row.progress) as FileStage),
})
