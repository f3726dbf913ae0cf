import type { ToolResources } from '../contract/tool-resources.ts'
import type { Reader } from './database.ts'
import { existingFiles } from './files.ts'
import { existingVectorStores } from './vector-stores.ts'

/**
 * An assistant or a thread without the files and stores that were deleted or files that have expired: what goes leaves
 * every list, and looking at reading spares a search through all lists at deleting.
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
