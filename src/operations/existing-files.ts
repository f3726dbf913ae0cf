import type { FileRecord } from '../contract/files.ts'
import { filesNotFound } from '../errors.ts'
import type { Transaction } from '../store/database.ts'
import { getFiles } from '../store/files.ts'

/**
 * The files of these ids, in order. Ids of no file are refused, all of them in one text. What a file holds is nobody's
 * business here: each tool takes what it can read, and a vector store says of each file what it could not.
 */
export async function existingFiles(
  tx: Transaction,
  project: string,
  ids: string[],
  param: string,
): Promise<FileRecord[]> {
  // A file that is being deleted is not there for this transaction either.
  await tx.lock('files', ...ids)
  const found = new Map((await getFiles(tx, project, ids)).map((file) => [file.id, file]))
  const missing = ids.filter((id) => !found.has(id))
  if (missing.length > 0) throw filesNotFound(missing, param)
  return ids.flatMap((id) => found.get(id) ?? [])
}
