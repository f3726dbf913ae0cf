import type { VectorStoreFileStatus } from '../contract/file-counts.ts'
import type { Reader, Transaction } from './database.ts'
import { inList } from './in-list.ts'

/** How many files of the stores are still being indexed. */
export async function pendingFiles(db: Reader, storeIds: string[]): Promise<number> {
  const stores = inList(storeIds)
  const row = await db.get<{ pending: number }>(
    `select count(*) as pending from vector_store_files
     where vector_store_id in (${stores.marks}) and status = 'in_progress'`,
    ...stores.values,
  )
  return row?.pending ?? 0
}

/** The status of each file in these stores. When a file is in several stores, the best status counts. */
export async function statusesInStores(
  db: Reader,
  project: string,
  storeIds: string[],
  ids: string[],
): Promise<Map<string, VectorStoreFileStatus>> {
  const [stores, files] = [inList(storeIds), inList(ids)]
  const rows = await db.all<{ id: string; status: VectorStoreFileStatus }>(
    `select id, status from vector_store_files
     where vector_store_id in (${stores.marks}) and id in (${files.marks}) and project = ?
       and status <> 'removed'
     order by case status when 'completed' then 1 else 0 end`,
    ...stores.values,
    ...files.values,
    project,
  )
  return new Map(rows.map(({ id, status }) => [id, status]))
}

/** The content of stores: how many files have each status, and the names of the first completed files. */
export interface StoreContents {
  counts: Partial<Record<VectorStoreFileStatus, number>>
  names: string[]
}

export async function contentsOfStores(
  db: Reader,
  project: string,
  storeIds: string[],
  most: number,
): Promise<StoreContents> {
  const stores = inList(storeIds)
  const counted = await db.all<{ status: VectorStoreFileStatus; files: number }>(
    `select status, count(*) as files from vector_store_files
     where vector_store_id in (${stores.marks}) and project = ? and status <> 'removed' group by status`,
    ...stores.values,
    project,
  )
  const first = await db.all<{ filename: string }>(
    `select files.filename from vector_store_files as place join files on files.id = place.id
     where vector_store_id in (${stores.marks}) and place.project = ? and files.project = ? and files.removed = 0
       and place.status = 'completed'
     order by place.seq limit ? + 0`,
    ...stores.values,
    project,
    project,
    most,
  )
  return {
    counts: Object.fromEntries(counted.map(({ status, files }) => [status, files])),
    names: first.map(({ filename }) => filename),
  }
}

/** Gives unread files of these stores priority, because somebody is waiting for them. */
export async function awaitFiles(tx: Transaction, storeIds: string[]): Promise<number> {
  const stores = inList(storeIds)
  return tx.run(
    `update vector_store_files set awaited = 1
     where vector_store_id in (${stores.marks}) and status = 'in_progress' and awaited = 0`,
    ...stores.values,
  )
}
