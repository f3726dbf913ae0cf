import { open, rename } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { copyDurably, openFolderBlobs, syncFolder } from '../blobs/folder.ts'
import type { BlobStore } from '../blobs/blobs.ts'
import { refuseMissing, type StoreAt } from '../data-folder.ts'
import type { Database } from '../database.ts'
import { deleteFile } from '../files.ts'
import { moveContents, type MovedContents } from '../move/move-contents.ts'
import type { OnProgress } from '../move/move-rows.ts'
import { openSnapshot } from '../move/open-source.ts'
import { openSqliteSession } from '../move/session-sqlite.ts'
import type { Session } from '../move/session.ts'
import { findStoreId, refuseOtherContents } from '../move/store-id.ts'
import { listTables } from '../move/tables.ts'
import { openAgain } from '../open-database.ts'
import { openBlobs } from '../blobs/open-blobs.ts'
import { withRow } from '../chores/orphans.ts'
import { openSqlite } from '../sqlite/sqlite.ts'
import { copyDatabase, type DatabaseProgress } from './copy-database.ts'
import {
  databaseName,
  hashFile,
  createSums,
  fillFolder,
  makeEmptyFolder,
  writeNote,
  type BackupNote,
  type SumsWriter,
} from './note.ts'

export interface BackupProgress extends DatabaseProgress {
  files: OnProgress
}

export interface BackupOptions {
  /** Of the program. */
  version: string
  progress: BackupProgress
}

/** The ids of contents that are missing or damaged. */
export interface Lacking {
  /** The server knows these contents, but they do not exist. */
  missing: string[]
  /** These contents differ from what was stored. They were copied as they are. */
  damaged: string[]
}

/**
 * Copies everything to a new folder while servers may be running: the database as it is at one moment, every content
 * that it knows, and the keys of the data folder. Whatever the database is, the copy of it is a file of SQLite. A file
 * that is deleted meanwhile is deleted from the copy as well, so that no row is without its content.
 */
export async function backUp(
  at: StoreAt,
  target: string,
  options: BackupOptions,
): Promise<BackupNote & Lacking> {
  if (!at.database) refuseMissing(at.dataDir)
  await using blobs = await openBlobs(at, 'read')
  if (at.database) {
    await using source = await openSnapshot(at.database)
    await refuseOtherContents(source, blobs)
  }
  await makeEmptyFolder(target)
  return fillFolder(target, () => copyAll(at, target, blobs, options))
}

async function copyAll(
  at: StoreAt,
  target: string,
  blobs: BlobStore,
  { version, progress }: BackupOptions,
): Promise<BackupNote & Lacking> {
  const draft = join(target, `${databaseName}.unfinished`)
  await copyDatabase(at, draft, progress)
  const contents = openFolderBlobs(join(target, 'files'))
  const sums = createSums(target)
  const moved = await copyContents(draft, { from: blobs, to: contents, sums }, progress.files)
  const missing = await forget(at, draft, contents, moved.missing)
  const tables = await finishCopy(draft)
  sums.add(await hashFile(draft), databaseName)
  await sums.finish()
  await rename(draft, join(target, databaseName))
  await copyKeys(at.dataDir, target)
  const { files, bytes, damaged } = moved
  const note: BackupNote = {
    version,
    made_at: new Date().toISOString(),
    database: at.database ? 'postgres' : 'sqlite',
    tables,
    files,
    bytes,
  }
  await syncFolder(target)
  await writeNote(target, note)
  await syncFolder(target)
  return { ...note, missing, damaged }
}

interface Copying {
  from: BlobStore
  to: ReturnType<typeof openFolderBlobs>
  sums: SumsWriter
}

async function copyContents(
  draft: string,
  { from, to, sums }: Copying,
  onProgress: OnProgress,
): Promise<MovedContents> {
  const folder = join(to.place, '..')
  await using copy = openSqliteSession(draft)
  await refuseOtherContents(copy, from)
  const onContent = (id: string, { sha256 }: { sha256: string }) =>
    sums.add(sha256, relative(folder, to.path(id)).replaceAll('\\', '/'))
  const moved = await moveContents({ source: copy, from, to, resumed: false, onContent }, onProgress)
  const id = await findStoreId(copy)
  if (id !== undefined) await to.writeId(id)
  return moved
}

/** Counts the rows of each table, and has all of them on disk. */
async function finishCopy(draft: string): Promise<Record<string, number>> {
  let tables: Record<string, number>
  {
    await using copy = openSqliteSession(draft)
    tables = await countTables(
      copy,
      listTables().map(({ name }) => name),
    )
  }
  await using file = await open(draft, 'r+')
  await file.sync()
  return tables
}

/** How many rows tables have, by their names. */
export async function countTables(session: Session, names: string[]): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const name of names) {
    const [[rows] = []] = await session.query(`select count(*) from ${name}`)
    counts[name] = Number(rows)
  }
  return counts
}

/** Removes the rows without a content from the copy. Returns those that the servers still know: they are damaged. */
async function forget(at: StoreAt, copy: string, blobs: BlobStore, gone: string[]): Promise<string[]> {
  if (gone.length === 0) return []
  await usingDatabase(openSqlite(copy), async (db) => {
    for (const content of gone) {
      await db.write(async (tx) => {
        const file = await tx.get<{ id: string; project: string }>(
          'select id, project from files where coalesce(content_id, id) = ?',
          content,
        )
        if (file) await deleteFile(tx, blobs, file.project, file.id)
        else await tx.run('delete from upload_parts where id = ?', content)
      })
    }
  })
  const source = at.database ? { postgres: at.database } : { file: join(at.dataDir, databaseName) }
  const still = await usingDatabase(openAgain(source), (db) => withRow(db, gone))
  return gone.filter((id) => still.has(id))
}

async function usingDatabase<T>(db: Database, body: (db: Database) => Promise<T>): Promise<T> {
  try {
    return await body(db)
  } finally {
    await db.close()
  }
}

/** The keys that servers have made, which are in their data folder. */
export async function copyKeys(from: string, to: string): Promise<void> {
  for (const name of ['api-key', 'admin-api-key'])
    if (existsSync(join(from, name))) await copyDurably(join(from, name), join(to, name))
}
