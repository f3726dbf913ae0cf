import type { ToolResources } from '../contract/tool-resources.ts'
import type { Reader } from './database.ts'
import { existingFiles } from './files.ts'

/**
 * An assistant or a thread without the files that were deleted or have expired: a file that goes leaves every list,
 * and looking at reading spares a search through all lists at deleting.
 */
export async function withExistingFiles<
  Row extends { project: string; body: { tool_resources: ToolResources } },
>(db: Reader, row: Row): Promise<Row> {
  const resources = row.body.tool_resources
  if (!resources.code_interpreter?.file_ids.length) return row
  const files = await existingFiles(db, row.project, resources.code_interpreter.file_ids)
  return {
    ...row,
    body: { ...row.body, tool_resources: { ...resources, code_interpreter: { file_ids: files } } },
  }
}
