import { statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { moduleBeside, workerThread } from '../../common/worker-thread.ts'
import type { StoreAt } from '../data-folder.ts'
import { migrateSqlite } from '../sqlite/migrate.ts'
import { checkRows, moveRows, type OnProgress } from '../move/move-rows.ts'
import { openSnapshot } from '../move/open-source.ts'
import { beginMove, finishMove } from '../move/open-target.ts'
import { openSqliteSession } from '../move/session-sqlite.ts'
import type { PostgresSettings } from '../postgres/settings.ts'
import type { FileCopy } from './copy-worker.ts'
import { databaseName } from './note.ts'

/** What the copying of a database shows while it works: bytes of a file, or rows. */
export interface DatabaseProgress {
  bytes: OnProgress
  rows: OnProgress
  checked: OnProgress
}

/** How often the size of a growing file is looked at, in milliseconds. */
const lookEveryMs = 200

/** Copies a database, as it is at one moment, into a new file with the tables of this version. Nobody has to wait for it. */
export async function copyDatabase(at: StoreAt, copy: string, progress: DatabaseProgress): Promise<void> {
  await writeFile(copy, '', { mode: 0o600 })
  if (at.database) return copyRows(at.database, copy, progress)
  await copyFile({ source: join(at.dataDir, databaseName), copy }, progress.bytes)
  migrateSqlite(copy)
}

async function copyFile(files: FileCopy, onProgress: OnProgress): Promise<void> {
  const total = Math.max(1, bytesInUse(files.source))
  const show = () => onProgress(Math.min(total, statSync(files.copy).size), total)
  const thread = workerThread<FileCopy, string | undefined>(
    moduleBeside(import.meta.url, 'copy-worker'),
    'backup',
  )
  const looking = setInterval(show, lookEveryMs)
  try {
    const problem = await thread.ask(files)
    if (problem !== undefined) throw new Error(problem)
  } finally {
    clearInterval(looking)
    await thread.close()
  }
  onProgress(total, total)
}

function bytesInUse(file: string): number {
  using database = new DatabaseSync(file, { readOnly: true, timeout: 30_000 })
  const row = database
    .prepare(
      `select (page_count - freelist_count) * page_size as bytes
       from pragma_page_count(), pragma_freelist_count(), pragma_page_size()`,
    )
    .get()
  return Number(row?.['bytes'])
}

/** The rows in the copy are read again and compared with those that were read, by counts and hashes. */
async function copyRows(settings: PostgresSettings, copy: string, progress: DatabaseProgress): Promise<void> {
  await using target = openSqliteSession(copy)
  const begin = { name: 'backup', refuseContents: async () => {} }
  await beginMove(target, begin, (moveName) => migrateSqlite(copy, { moveName }))
  await using source = await openSnapshot(settings)
  const { tables } = await moveRows(source, target, progress.rows)
  await checkRows(target, tables, progress.checked)
  await finishMove(target)
}
