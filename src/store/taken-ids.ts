import type { Reader } from './database.ts'
import { inStore } from './tombstones.ts'

/** The tables whose rows may be given an id from outside. */
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
 * Whether an id is free, of any project. One that was deleted never is again: its rows, its content and the places in
 * lists that it has left may still be on their way out, and whoever deleted something meant it.
 */
export async function stateOfId(
  db: Reader,
  table: TableWithIds,
  id: string,
): Promise<'free' | 'taken' | 'deleted'> {
  if (await wasDeleted(db, id)) return 'deleted'
  return (await db.get(`select 1 from ${table} where id = ?`, id)) ? 'taken' : 'free'
}

/** Whether there was an object of this id here, of any project. */
export const wasDeleted = async (db: Reader, id: string): Promise<boolean> =>
  (await db.get('select 1 from tombstones where id = ?', id)) !== undefined

/** The same of a file in a vector store, which it may have left. */
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
