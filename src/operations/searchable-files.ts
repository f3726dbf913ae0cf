import { extname } from 'node:path'
import { filesNotFound, invalid } from '../errors.ts'
import { isSupported } from '../search/extract/formats.ts'
import type { Reader } from '../store/database.ts'
import { getFile } from '../store/files.ts'

/** Refuses ids of no file, all of them in one text. */
export async function checkFilesExist(
  db: Reader,
  project: string,
  ids: string[],
  param: string,
): Promise<string[]> {
  const names: string[] = []
  const missing: string[] = []
  for (const id of ids) {
    const file = await getFile(db, project, id)
    if (file) names.push(file.body.filename)
    else missing.push(id)
  }
  if (missing.length > 0) throw filesNotFound(missing, param)
  return names
}

/** And files whose names say that no text can be read out of them. */
export async function checkSearchableFiles(
  db: Reader,
  project: string,
  ids: string[],
  param: string,
): Promise<void> {
  const names = await checkFilesExist(db, project, ids, param)
  const refused = new Set(names.filter((name) => !isSupported(name)).map((name) => extname(name) || 'none'))
  if (refused.size === 0) return
  throw invalid(
    `Files with extensions [${[...refused].join(', ')}] are not supported for retrieval. See https://platform.openai.com/docs/assistants/tools/file-search/supported-files`,
    param,
    'unsupported_file',
  )
}
