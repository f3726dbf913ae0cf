import type { Reader } from './database.ts'
import { inStore } from './tombstones.ts'

/** The tables whose rows may get an id that a request has chosen. */
export type TableWithIds =
  | 'assistants'
  | 'threads'
  | 'messages'
  | 'runs'
  | 'run_steps'
  | 'files'
  | 'vector_stores'
  | 'file_batches'

/**
 * Whether an id is free, in all projects. The id of a deleted object is never free again: its rows, its content and its
 * positions in lists may still exist, and whoever deleted it did so on purpose.
 */
export async function stateOfId(
  db: Reader,
  table: TableWithIds,
  id: string,
): Promise<'free' | 'taken' | 'deleted'> {
  if (await wasDeleted(db, id)) return 'deleted'
  return (await db.get(`select 1 from ${table} where id = ?`, id)) ? 'taken' : 'free'
}

/** Whether the object with this id, which may be deleted, is one of the project. */
export const isIdOf = async (
  db: Reader,
  table: TableWithIds,
  project: string,
  id: string,
): Promise<boolean> =>
  (await db.get(
    `select 1 where exists (select 1 from ${table} where id = ? and project = ?)
     or exists (select 1 from tombstones where id = ? and project = ?)`,
    id,
    project,
    id,
    project,
  )) !== undefined

/** Whether an object with this id was deleted here, in any project. */
export const wasDeleted = async (db: Reader, id: string): Promise<boolean> =>
  (await db.get('select 1 from tombstones where id = ?', id)) !== undefined

/** The same for a file in a vector store, which may have left it. */
export async function stateInStore(
  db: Reader,
  storeId: string,
  fileId: string,
): Promise<'free' | 'taken' | 'deleted'> {
  if (await wasDeleted(db, inStore(storeId, fileId))) return 'deleted'
  const row = await db.get(
    'select 1 from vector_store_files where vector_store_id = ? and id = ?',
    storeId,
    fileId,
  )
  return row ? 'taken' : 'free'
}
