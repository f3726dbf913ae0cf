import type { FileRecord } from '../contract/files.ts'
import { filesNotFound } from '../errors.ts'
import type { Reader } from '../store/database.ts'
import { getFile } from '../store/files.ts'

/**
 * The files of these ids, in order. Ids of no file are refused, all of them in one text. What a file holds is nobody's
 * business here: each tool takes what it can read, and a vector store says of each file what it could not.
 */
export async function existingFiles(
  db: Reader,
  project: string,
  ids: string[],
  param: string,
): Promise<FileRecord[]> {
  const files: FileRecord[] = []
  const missing: string[] = []
  for (const id of ids) {
    const file = await getFile(db, project, id)
    if (file) files.push(file)
    else missing.push(id)
  }
  if (missing.length > 0) throw filesNotFound(missing, param)
  return files
}
