import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { copyDurably, openFolderBlobs, syncFolder } from '../blobs/folder.ts'
import type { BlobStore } from '../blobs/blobs.ts'
import { findDamage } from '../sqlite/check-database.ts'
import type { StoreAt } from '../data-folder.ts'
import { migrateSqlite } from '../sqlite/migrate.ts'
import { moveContents } from '../move/move-contents.ts'
import { checkRows, moveRows, type OnProgress } from '../move/move-rows.ts'
import { finishMove, openTarget } from '../move/open-target.ts'
import { openSqliteSession } from '../move/session-sqlite.ts'
import type { Session } from '../move/session.ts'
import { hasAny, openBlobs } from '../blobs/open-blobs.ts'
import type { PostgresSettings } from '../postgres/settings.ts'
import { copyKeys, countTables, type Lacking } from './back-up.ts'
import {
  BackupFailure,
  databaseName,
  fillFolder,
  hashFile,
  makeEmptyFolder,
  readNote,
  readSums,
  type BackupNote,
} from './note.ts'

/** What a restore shows while it works: bytes of the database, and rows where it becomes one of PostgreSQL. */
export interface RestoreProgress {
  bytes: OnProgress
  rows: OnProgress
  checked: OnProgress
  files: OnProgress
}

export interface Restored extends BackupNote, Pick<Lacking, 'damaged'> {
  /** How many rows were restored, in all tables. */
  rows: number
}

/**
 * Restores a backup to an empty data folder, an empty store of contents and, where the settings name it, an empty schema
 * of PostgreSQL. Everything is compared with the hashes of the backup. A server can start only when all of it is there:
 * the database file gets its name last, and until then the schema has the mark of a move.
 */
export async function restore(from: string, at: StoreAt, progress: RestoreProgress): Promise<Restored> {
  const { dataDir } = at
  const note = await readNote(from)
  // Only contents of finished files have a hash in the database.
  const sums = await readSums(from, note, (path) => path === databaseName || isPart(path))
  const damage = findDamage(join(from, databaseName))
  if (damage !== undefined) throw new BackupFailure(`The database of the backup cannot be used: ${damage}`)
  await makeEmptyFolder(dataDir)
  return fillFolder(dataDir, () => restoreInto(at, { from, note, sums }, progress))
}

interface Backup {
  /** Its folder. */
  from: string
  note: BackupNote
  /** The hashes of the database and of parts of uploads. */
  sums: Map<string, string> | undefined
}

async function restoreInto(at: StoreAt, backup: Backup, progress: RestoreProgress): Promise<Restored> {
  const { from, note, sums } = backup
  await using blobs = await openBlobs(at)
  if ((await blobs.readId()) !== undefined)
    throw new BackupFailure(
      `${blobs.place} belongs to a database. If no server uses that one any more, remove ${blobs.idAt}`,
    )
  await using schema = at.database && (await openSchema(at.database, note, blobs))
  const draft = join(at.dataDir, `${databaseName}.arriving`)
  await copyDurably(join(from, databaseName), draft)
  const sha256 = await hashFile(draft, progress.bytes)
  if (sums && sums.get(databaseName) !== sha256)
    throw new BackupFailure(
      `${databaseName} in ${from} is not what was backed up: its SHA-256 is another one.`,
    )
  const rows = await compareCounts(draft, note)
  migrateSqlite(draft)
  const damaged = schema
    ? await fillSchema(draft, schema, { ...backup, blobs }, progress)
    : await fillFile(draft, { ...backup, blobs }, progress)
  const file = join(at.dataDir, databaseName)
  if (!schema && existsSync(file))
    throw new Error(`a server has made ${file} meanwhile: stop it, and empty the folder`)
  await copyKeys(from, at.dataDir)
  if (schema) await rm(draft)
  else await rename(draft, file)
  await syncFolder(at.dataDir)
  return { ...note, rows, damaged }
}

/** An empty schema of PostgreSQL, or one that the same restore has begun to fill. */
async function openSchema(postgres: PostgresSettings, note: BackupNote, blobs: BlobStore): Promise<Session> {
  const { session } = await openTarget(
    { postgres },
    {
      name: `restore ${note.made_at}`,
      isHome: false,
      async refuseContents() {
        if (await hasAny(blobs))
          throw new BackupFailure(`${blobs.place} is not empty: there are files in it.`)
      },
    },
  )
  return session
}

const isPart = (path: string) => /\/part_\w+$/.test(path)

/** Returns how many rows there are. Throws BackupFailure when a table has more or fewer than were backed up. */
async function compareCounts(draft: string, { tables }: BackupNote): Promise<number> {
  await using session = openSqliteSession(draft)
  const names = Object.keys(tables ?? {})
  const found = await countTables(session, names.length > 0 ? names : await session.tableNames())
  const other = names.find((name) => found[name] !== tables?.[name])
  if (other !== undefined)
    throw new BackupFailure(
      `The table ${other} of the backup has ${found[other]} rows, and not ${tables?.[other]}: it is not what was backed up.`,
    )
  return Object.values(found).reduce((sum, rows) => sum + rows, 0)
}

interface Contents extends Backup {
  blobs: BlobStore
}

/** Returns the ids of contents that are not what was backed up. They are restored as they are. */
async function fillFile(draft: string, contents: Contents, { files }: RestoreProgress): Promise<string[]> {
  await using session = openSqliteSession(draft)
  const damaged = await restoreContents(session, contents, files)
  await session.settle([])
  const storeId = randomUUID()
  await contents.blobs.writeId(storeId)
  // The place that the backup was made of may be in use again.
  await session.query("update blob_stores set store_id = ?, bound = 1 where id = 'files'", storeId)
  return damaged
}

/** The same for a schema of PostgreSQL. */
async function fillSchema(
  draft: string,
  schema: Session,
  contents: Contents,
  progress: RestoreProgress,
): Promise<string[]> {
  await using source = openSqliteSession(draft)
  const { tables } = await moveRows(source, schema, progress.rows)
  const damaged = await restoreContents(source, contents, progress.files)
  await checkRows(schema, tables, progress.checked)
  const storeId = randomUUID()
  await contents.blobs.writeId(storeId)
  await finishMove(schema, storeId)
  return damaged
}

async function restoreContents(
  source: Session,
  { from, blobs, sums, note }: Contents,
  onProgress: OnProgress,
): Promise<string[]> {
  await using backup = openFolderBlobs(join(from, 'files'), { writes: false })
  const parts = new Map([...(sums ?? [])].map(([path, sha256]) => [path.split('/').at(-1), sha256]))
  const sha256Of = (id: string) => parts.get(id)
  const moved = await moveContents({ source, from: backup, to: blobs, resumed: false, sha256Of }, onProgress)
  if (moved.missing.length > 0 || moved.files !== note.files)
    throw new Error(
      `the backup has ${moved.files} contents of files where it had ${note.files}; missing: ${moved.missing.join(', ') || 'none that the database knows'}`,
    )
  return moved.damaged
}
