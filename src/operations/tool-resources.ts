import { refusedByCodeInterpreter } from '../contract/files.ts'
import type { ToolResources } from '../contract/tool-resources.ts'
import { filesNotFound, invalid } from '../errors.ts'
import type { Reader } from '../store/database.ts'
import { getFile } from '../store/files.ts'

/** Refuses files that are not there or that code interpreter cannot be given. `at` is where the resources stand. */
export const checkToolResources = (db: Reader, project: string, resources: ToolResources, at = '') =>
  checkFiles(
    db,
    project,
    resources.code_interpreter?.file_ids ?? [],
    `${at}tool_resources.code_interpreter.file_ids`,
    refusedByCodeInterpreter,
  )

/** Refuses ids of no file (all of them in one text) and names that `refused` has a text for. */
export async function checkFiles(
  db: Reader,
  project: string,
  ids: string[],
  param: string,
  refused: (filename: string) => string | undefined,
): Promise<void> {
  const missing: string[] = []
  for (const id of ids) {
    const file = await getFile(db, project, id)
    const text = file && refused(file.body.filename)
    if (text) throw invalid(text, param)
    if (!file) missing.push(id)
  }
  if (missing.length > 0) throw filesNotFound(missing, param)
}
