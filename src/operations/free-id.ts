import { idTaken } from '../errors/errors.ts'
import type { KindOfId } from '../common/ids.ts'
import type { Reader } from '../store/database.ts'
import { isIdOf, stateOfId, type TableWithIds } from '../store/taken-ids.ts'

const tables: Record<KindOfId, TableWithIds> = {
  assistant: 'assistants',
  thread: 'threads',
  'vector store': 'vector_stores',
  file: 'files',
}

/**
 * Refuses an id for a new object when the id is in use or was used before. What is in another project is not told of.
 * `param` is the path of the id in the request.
 */
export async function refuseTakenId(
  db: Reader,
  project: string,
  kind: KindOfId,
  id: string | undefined,
  param = 'id',
): Promise<void> {
  if (id === undefined) return
  const state = await stateOfId(db, tables[kind], id)
  if (state === 'free') return
  const own = await isIdOf(db, tables[kind], project, id)
  throw idTaken(kind, id, { param, by: own ? state : 'unknown' })
}
