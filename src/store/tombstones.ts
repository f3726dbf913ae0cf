import type { Reader, Transaction } from './database.ts'

/** A list of a project whose pages may begin at an object that was deleted from it. */
export interface Listed {
  project: string
  list: string
}

export interface Deleted {
  id: string
  seq: number
}

export const messagesOf = (threadId: string) => `messages of ${threadId}`
export const storeFilesList = (storeId: string) => `files of ${storeId}`

/** Stores the position of a deleted object, so that a client that deletes while it reads pages can continue. */
export async function addTombstone(
  tx: Transaction,
  { project, list }: Listed,
  { id, seq }: Deleted,
): Promise<void> {
  await tx.run(
    `insert into tombstones (id, seq, project, list) values (?, ?, ?, ?)
     on conflict (id) do update set seq = excluded.seq`,
    id,
    seq,
    project,
    list,
  )
}

/** The same for a file of a store. A file can leave several stores, and the same store several times. */
export async function addStoreFileTombstone(
  tx: Transaction,
  file: Deleted & { project: string; vector_store_id: string },
  withFile: boolean,
): Promise<void> {
  await tx.run(
    `insert into tombstones (id, seq, project, list, with_file) values (?, ?, ?, ?, ?)
     on conflict (id) do update set seq = excluded.seq, project = excluded.project, list = excluded.list,
       with_file = excluded.with_file`,
    inStore(file.vector_store_id, file.id),
    file.seq,
    file.project,
    storeFilesList(file.vector_store_id),
    withFile ? 1 : 0,
  )
}

/** The id for a file of a store here, because its own id is that of the file. */
export const inStore = (storeId: string, id: string) => `${storeId}/${id}`

/** The position of an object that was deleted from this list. Undefined when it was never in it. */
export async function placeOfDeleted(
  db: Reader,
  { project, list }: Listed,
  id: string,
): Promise<number | undefined> {
  const row = await db.get<{ seq: number }>(
    'select seq from tombstones where id = ? and project = ? and list = ?',
    id,
    project,
    list,
  )
  return row?.seq
}

/** Whether the file has left the store because the file itself was deleted. */
export async function leftWithItsFile(
  db: Reader,
  project: string,
  storeId: string,
  id: string,
): Promise<boolean> {
  const row = await db.get(
    'select 1 from tombstones where id = ? and project = ? and with_file = 1',
    inStore(storeId, id),
    project,
  )
  return row !== undefined
}
