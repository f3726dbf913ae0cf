import { countFiles, type VectorStoreFileStatus } from '../contract/file-counts.ts'
import {
  noStoreUsage,
  storeExpiry,
  type StoreUsage,
  type VectorStoreRecord,
} from '../contract/vector-stores.ts'
import type { Metadata } from '../contract/metadata.ts'
import type { Database, Reader, Transaction } from './database.ts'
import { hasMetadata, insertMetadata, replaceMetadata, vectorStoreMetadata } from './metadata.ts'
import { readChosenPage, type Choose, type Page, type PageQuery } from './page.ts'
import { inList } from './in-list.ts'
import { createSlice } from './slices.ts'
import { addTombstone } from './tombstones.ts'
import { workEnded } from './vector-store-files.ts'

export async function insertVectorStore(
  tx: Transaction,
  store: Omit<VectorStoreRecord, 'seq'>,
): Promise<void> {
  await tx.run(
    'insert into vector_stores (id, project, expires_at, body) values (?, ?, ?, ?)',
    store.id,
    store.project,
    store.expires_at,
    JSON.stringify(store.body),
  )
  insertMetadata(tx, vectorStoreMetadata, store)
}

/**
 * Expired stores are returned too, because their files must still be listed, so that a new store can be made of them
 * (as recorded).
 */
export async function getVectorStore(
  db: Reader,
  project: string,
  id: string,
): Promise<VectorStoreRecord | undefined> {
  const row = await db.get<VectorStoreRow>(
    'select * from vector_stores where id = ? and project = ? and removed = 0',
    id,
    project,
  )
  return row && record(row)
}

/** The ids that exist, in the same order. Objects keep ids of stores that were deleted since. */
export async function existingVectorStores(db: Reader, project: string, ids: string[]): Promise<string[]> {
  const found: string[] = []
  for (const id of ids) if (await getVectorStore(db, project, id)) found.push(id)
  return found
}

/** Lists the stores whose metadata contains every given pair, that have the given file, and that `choose` chooses. */
export async function listVectorStores(
  db: Reader,
  project: string,
  query: PageQuery & { metadata: Metadata; file_id?: string | undefined },
  choose?: Choose<VectorStoreRecord>,
): Promise<Page<VectorStoreRecord>> {
  const pairs = hasMetadata(vectorStoreMetadata, query.metadata)
  const file = hasFile(query.file_id)
  const where = {
    sql: `project = ? and removed = 0${pairs.sql}${file.sql}`,
    values: [project, ...pairs.values, ...file.values],
  }
  const within = { sql: 'project = ?', values: [project], deletedFrom: { project, list: 'vector_stores' } }
  return readChosenPage<VectorStoreRow, VectorStoreRecord>(db, 'vector_stores', where, query, {
    within,
    show: record,
    choose,
  })
}

const hasFile = (id: string | undefined) =>
  id === undefined
    ? { sql: '', values: [] }
    : {
        sql: ` and id in (select vector_store_id from vector_store_files where id = ? and status <> 'removed')`,
        values: [id],
      }

/** The usage of each store that has files, with one statement for a whole page. */
export async function usageOfStores(db: Reader, ids: string[]): Promise<(id: string) => StoreUsage> {
  const stores = inList(ids)
  const rows = await db.all<{ id: string; status: VectorStoreFileStatus; count: number; bytes: number }>(
    `select vector_store_id as id, status, count(*) as count, sum(usage_bytes) as bytes from vector_store_files
     where vector_store_id in (${stores.marks}) and status <> 'removed' group by vector_store_id, status`,
    ...stores.values,
  )
  const byId = Map.groupBy(rows, (row) => row.id)
  return (id) => {
    const counted = byId.get(id)
    if (!counted) return noStoreUsage
    const usage_bytes = counted.reduce((sum, { bytes }) => sum + bytes, 0)
    return { usage_bytes, file_counts: countFiles(counted) }
  }
}

export async function updateVectorStore(tx: Transaction, store: VectorStoreRecord): Promise<void> {
  await writeStore(tx, store)
  replaceMetadata(tx, vectorStoreMetadata, store)
}

const writeStore = (tx: Transaction, store: VectorStoreRecord) =>
  tx.run(
    'update vector_stores set expires_at = ?, body = ? where id = ? and project = ?',
    store.expires_at,
    JSON.stringify(store.body),
    store.id,
    store.project,
  )

/** Records that the stores are being used, so that their time to expire begins again. `now` is in Unix seconds. */
export async function touchVectorStores(
  tx: Transaction,
  project: string,
  ids: string[],
  now: number,
): Promise<void> {
  await tx.lockOwn(project, 'vector_stores', ...ids)
  for (const id of ids) {
    const store = await getVectorStore(tx, project, id)
    if (!store || store.body.last_active_at === now) continue
    const body = { ...store.body, last_active_at: now }
    await writeStore(tx, { ...store, body, expires_at: storeExpiry(body) })
  }
}

/**
 * Hides the store, and stops all work on it. `removeDeletedStores` does the rest. Returns false when it does not exist.
 */
export async function deleteVectorStore(tx: Transaction, project: string, id: string): Promise<boolean> {
  await tx.lockOwn(project, 'vector_stores', id)
  const store = await getVectorStore(tx, project, id)
  if (!store) return false
  await tx.run('update vector_stores set removed = 1 where id = ? and project = ?', id, project)
  // Workers stop, and waiting files are not claimed any more.
  await tx.run(
    `update vector_store_files set status = 'cancelled', ${workEnded}
     where vector_store_id = ? and lease_owner is not null and status = 'in_progress'`,
    id,
  )
  await addTombstone(tx, { project, list: 'vector_stores' }, store)
  return true
}

const slice = createSlice()

/** Deletes a slice of one deleted store. Returns false when none is left. */
export async function removeDeletedStores(db: Database): Promise<boolean> {
  const find = 'select id from vector_stores where removed = 1 order by seq limit 1'
  if (!(await db.get(find))) return false
  const { rows } = slice
  const remove = async (tx: Transaction) => {
    const store = await tx.get<{ id: string }>(find)
    if (!store) return
    await tx.lock('search_versions', store.id)
    const chunks = await tx.run(
      'delete from chunks where id in (select id from chunks where vector_store_id = ? limit ? + 0)',
      store.id,
      rows,
    )
    if (chunks > 0) return
    const files = await tx.run(
      'delete from vector_store_files where seq in (select seq from vector_store_files where vector_store_id = ? limit ? + 0)',
      store.id,
      rows,
    )
    if (files === 0) await tx.run('delete from vector_stores where id = ?', store.id)
  }
  await db.write((tx) => slice.measure(() => remove(tx)), 'committed')
  return true
}

interface VectorStoreRow extends Omit<VectorStoreRecord, 'body'> {
  body: string
}

const record = ({ seq, id, project, expires_at, body }: VectorStoreRow): VectorStoreRecord => ({
  seq,
  id,
  project,
  expires_at,
  body: JSON.parse(body),
})
