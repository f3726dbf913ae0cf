import type { FileRecord } from '../contract/files.ts'
import { filesNotFound } from '../errors/errors.ts'
import type { Transaction } from '../store/database.ts'
import { getFiles } from '../store/files.ts'

/**
 * The files with these ids, in order. When any file does not exist, one error names all of them. The content does not
 * matter here: each tool takes the files that it can read, and a vector store reports for each file what it could not
 * read.
 */
export async function existingFiles(
  tx: Transaction,
  project: string,
  ids: string[],
  param: string,
): Promise<FileRecord[]> {
  // After the lock, a file that another transaction is deleting is gone.
  await tx.lockOwn(project, 'files', ...ids)
  const found = new Map((await getFiles(tx, project, ids)).map((file) => [file.id, file]))
  const missing = ids.filter((id) => !found.has(id))
  if (missing.length > 0) throw filesNotFound(missing, param)
  return ids.flatMap((id) => found.get(id) ?? [])
}
