import { constants, existsSync } from 'node:fs'
import { copyFile, mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeFolders } from '../make-folders.ts'
import { openBlobs } from './blobs.ts'
import { findDamage } from './check-database.ts'
import { refuseMissing } from './data-folder.ts'
import { openDatabase } from './database.ts'
import { deleteFile } from './files.ts'
import { migrate } from './migrate.ts'
import { describeDatabaseError } from './unusable-database.ts'

/** What stands in the way, in words for the person who asked. */
export class BackupFailure extends Error {
  override name = 'BackupFailure'
}

/** What a backup says of itself. It is written last: a backup without it is not whole. */
export interface BackupNote {
  /** Of the program that made it. */
  version: string
  /** ISO 8601. */
  made_at: string
  files: number
  bytes: number
}

const noteName = 'backup.json'
const databaseName = 'threadmill.db'
const copiesAtOnce = 8

/**
 * Copies a data folder, whose server may go on, to a new folder: the database as it is at one moment, every content that
 * it knows, and the key. A file that is deleted meanwhile is deleted in the copy as well, so no row is without content.
 */
export async function backUp(
  dataDir: string,
  target: string,
  { version, onProgress = () => {} }: { version: string; onProgress?: (done: number, total: number) => void },
): Promise<BackupNote & { missing: string[] }> {
  const source = join(dataDir, databaseName)
  refuseMissing(dataDir)
  await makeEmptyFolder(target)
  const copy = join(target, databaseName)
  await writeFile(copy, '', { mode: 0o600 })
  {
    using database = new DatabaseSync(source, { readOnly: true, timeout: 30_000 })
    try {
      database.prepare('vacuum into ?').run(copy)
    } catch (error) {
      // Only the copy is written.
      const full = describeDatabaseError(error, copy)
      throw full?.includes('is full') ? new Error(full, { cause: error }) : error
    }
  }
  migrate(copy)
  const { bytes, files, gone } = await copyContents(contentIdsOfCopy(copy), {
    from: dataDir,
    to: target,
    onProgress,
  })
  const missing = await forget(copy, join(target, 'files'), { source, gone })
  await copyKey(dataDir, target)
  const note: BackupNote = { version, made_at: new Date().toISOString(), files, bytes }
  await writeFile(join(target, noteName), `${JSON.stringify(note, undefined, 2)}\n`, {
    mode: 0o600,
    flush: true,
  })
  await syncFolder(target)
  return { ...note, missing }
}

/** Puts a backup into an empty data folder: the database last, so that one that was broken off never starts. */
export async function restore(
  from: string,
  dataDir: string,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<BackupNote> {
  const note = await readNote(from)
  const damage = findDamage(join(from, databaseName))
  if (damage !== undefined) throw new BackupFailure(`The database of the backup cannot be used: ${damage}`)
  await makeEmptyFolder(dataDir)
  const draft = join(dataDir, `${databaseName}.arriving`)
  await copyDurably(join(from, databaseName), draft)
  migrate(draft)
  const { gone } = await copyContents(contentIdsOfCopy(draft), { from, to: dataDir, onProgress })
  if (gone.length > 0) throw new Error(`of the files of the backup ${gone.length} are missing`)
  await copyKey(from, dataDir)
  await rename(draft, join(dataDir, databaseName))
  await syncFolder(dataDir)
  return note
}

async function readNote(from: string): Promise<BackupNote> {
  try {
    return JSON.parse(await readFile(join(from, noteName), 'utf8'))
  } catch (error) {
    throw new BackupFailure(`${from} is no whole backup: ${noteName} is missing or cannot be read.`, {
      cause: error,
    })
  }
}

/** Throws BackupFailure where it cannot be made, and where there is something in it. */
export async function makeEmptyFolder(path: string): Promise<void> {
  let found: string | undefined
  try {
    makeFolders(path)
    ;[found] = await readdir(path)
  } catch (error) {
    throw new BackupFailure(`${path} cannot be a folder: ${(error as Error).message}`, { cause: error })
  }
  if (found !== undefined) throw new BackupFailure(`${path} is not empty: ${found} is in it.`)
}

interface Copied {
  files: number
  bytes: number
  /** Those of the contents that the folder does not have. */
  gone: string[]
}

async function copyContents(
  ids: string[],
  { from, to, onProgress }: { from: string; to: string; onProgress: (done: number, total: number) => void },
): Promise<Copied> {
  const [source, target] = [openBlobs(join(from, 'files')), openBlobs(join(to, 'files'))]
  const copied: Copied = { files: 0, bytes: 0, gone: [] }
  const waiting = ids.values()
  await Promise.all(
    Array.from({ length: copiesAtOnce }, async () => {
      for (const id of waiting) {
        try {
          await mkdir(dirname(target.path(id)), { recursive: true, mode: 0o700 })
          // Not added to what it was before: others are copied meanwhile.
          const bytes = await copyDurably(source.path(id), target.path(id))
          copied.bytes += bytes
          copied.files++
        } catch (error) {
          if ((error as { code?: string }).code !== 'ENOENT') throw error
          copied.gone.push(id)
        }
        onProgress(copied.files + copied.gone.length, ids.length)
      }
    }),
  )
  return copied
}

/** Every content that a database knows. */
function contentIds(file: string): string[] {
  using database = new DatabaseSync(file, { readOnly: true })
  return idsIn(database)
}

/** Who may only read cannot take its log away at the end, and a copy is one file. */
function contentIdsOfCopy(file: string): string[] {
  using database = new DatabaseSync(file)
  return idsIn(database)
}

function idsIn(database: DatabaseSync): string[] {
  const rows = database
    .prepare('select id from files where removed = 0 union all select id from upload_parts')
    .all() as { id: string }[]
  return rows.map(({ id }) => id)
}

/** Takes out of the copy what has no content; the answer are those that the server still knows, which are damaged. */
async function forget(
  copy: string,
  folder: string,
  { source, gone }: { source: string; gone: string[] },
): Promise<string[]> {
  if (gone.length === 0) return []
  const db = openDatabase(copy)
  const blobs = openBlobs(folder)
  for (const id of gone) {
    await db.write(async (tx) => {
      const file = await tx.get<{ project: string }>('select project from files where id = ?', id)
      if (file) await deleteFile(tx, blobs, file.project, id)
      else await tx.run('delete from upload_parts where id = ?', id)
    })
  }
  await db.close()
  const still = new Set(contentIds(source))
  return gone.filter((id) => still.has(id))
}

async function copyKey(from: string, to: string): Promise<void> {
  const name = 'api-key'
  if (existsSync(join(from, name))) await copyDurably(join(from, name), join(to, name))
}

/** The copy is on disk, readable by its owner only; how many bytes it has. */
async function copyDurably(from: string, to: string): Promise<number> {
  await copyFile(from, to, constants.COPYFILE_FICLONE)
  try {
    await using file = await open(to, 'r+')
    await file.chmod(0o600)
    await file.sync()
    return (await file.stat()).size
  } catch (error) {
    await rm(to, { force: true })
    throw error
  }
}

async function syncFolder(path: string): Promise<void> {
  await using handle = await open(path, 'r')
  await handle.sync()
}
