import type { ToolResources } from '../contract/tool-resources.ts'
import type { Reader } from './database.ts'
import { existingFiles } from './files.ts'
import { wasDeleted } from './taken-ids.ts'
import { existingVectorStores } from './vector-stores.ts'

/**
 * Removes files and stores that were deleted from the rows. Those that do not exist yet stay, because an import may
 * still bring them.
 */
export async function withAwaitedFiles<Row extends { id: string; body: { tool_resources: ToolResources } }>(
  db: Reader,
  table: 'assistants' | 'threads',
  rows: Row[],
): Promise<Row[]> {
  const kept = async (ids: string[]) => {
    const deleted = await Promise.all(ids.map((id) => wasDeleted(db, id)))
    return ids.filter((_, index) => !deleted[index])
  }
  const stored = rows.map(async (row) => {
    const found = await db.get<{ body: string }>(`select body from ${table} where id = ?`, row.id)
    if (!found) return row
    const { tool_resources } = JSON.parse(found.body) as Row['body']
    const { code_interpreter: files, file_search: stores } = tool_resources
    const resources: ToolResources = {
      ...(files && { code_interpreter: { file_ids: await kept(files.file_ids) } }),
      ...(stores && { file_search: { vector_store_ids: await kept(stores.vector_store_ids) } }),
    }
    return { ...row, body: { ...row.body, tool_resources: resources } }
  })
  return Promise.all(stored)
}

/**
 * Removes files that were deleted or have expired, and stores that were deleted, from an assistant or a thread. Doing
 * this at every read saves a search through all lists at every deletion.
 */
export async function withExistingFiles<
  Row extends { project: string; body: { tool_resources: ToolResources } },
>(db: Reader, row: Row): Promise<Row> {
  const { code_interpreter: files, file_search: stores, ...others } = row.body.tool_resources
  if (!files?.file_ids.length && !stores?.vector_store_ids.length) return row
  const tool_resources: ToolResources = {
    ...others,
    ...(files && { code_interpreter: { file_ids: await existingFiles(db, row.project, files.file_ids) } }),
    ...(stores && {
      file_search: { vector_store_ids: await existingVectorStores(db, row.project, stores.vector_store_ids) },
    }),
  }
  return { ...row, body: { ...row.body, tool_resources } }
}
