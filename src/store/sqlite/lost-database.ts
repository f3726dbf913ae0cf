import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { commandLine } from '../../common/called-as.ts'

/**
 * What is wrong, as a sentence, when there are files beside a database that knows none of them. The database was lost,
 * or was copied without its log, and a server that started with it would appear to work. Undefined when nothing is
 * wrong.
 */
export function findLostDatabase(dataDir: string): string | undefined {
  const file = join(dataDir, 'threadmill.db')
  if (!hasContents(join(dataDir, 'files')) || knowsSomething(file)) return undefined
  return (
    `${file} is empty, but there are files in ${join(dataDir, 'files')}: the database was lost, or copied without ` +
    `threadmill.db-wal beside it. Put it back, or restore a backup into an empty folder ("${commandLine('restore')}"). ` +
    'To begin anew, move the folder "files" away.'
  )
}

/** Whether there are contents in the folder of files. */
export const hasContents = (folder: string) =>
  existsSync(folder) &&
  readdirSync(folder).some((name) => name.length === 2 && readdirSync(join(folder, name)).length > 0)

/** Whether a database file has something in it that contents may belong to. */
export function knowsSomething(file: string): boolean {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) === 0) return false
  // A process that was killed early has left its log, and then the files are those of its first requests. A process
  // that has only read leaves an empty log.
  if ((statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0) return true
  using database = new DatabaseSync(file, { readOnly: true })
  const tables = ['files', 'upload_parts', 'threads', 'assistants', 'vector_stores'].filter((name) =>
    database.prepare("select 1 from sqlite_master where type = 'table' and name = ?").get(name),
  )
  return tables.some((name) => database.prepare(`select 1 from ${name} limit 1`).get())
}
