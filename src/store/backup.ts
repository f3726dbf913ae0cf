import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeFolders } from '../make-folders.ts'
import type { BlobStore } from './blobs.ts'
import { openBlobs, type Place } from './open-blobs.ts'
import { copyDurably, openFolderBlobs, syncFolder } from './blobs-folder.ts'
import { findDamage } from './check-database.ts'
import { refuseMissing } from './data-folder.ts'
import { openSqlite } from './sqlite.ts'
import { deleteFile } from './files.ts'
import { migrateSqlite } from './migrate-sqlite.ts'
import { describeDatabaseError } from './unusable-database.ts'

/** Why a backup or a restore is not possible, in words for the person who asked for it. */
export class BackupFailure extends Error {
  override name = 'BackupFailure'
}

/** Describes a backup. It is written last, so a backup without it is not complete. */
export interface BackupNote {
  /** The version of the program that made it. */
  version: string
  /** ISO 8601. */
  made_at: string
  files: number
  bytes: number
}

/** The ids of contents that are missing or damaged. */
export interface Lacking {
  /** The server knows these contents, but they do not exist. */
  missing: string[]
  /** These contents differ from what was stored. They were copied as they are. */
  damaged: string[]
}

const noteName = 'backup.json'
const databaseName = 'threadmill.db'
const copiesAtOnce = 8

/**
 * Copies a data folder to a new folder while its server may be running: the database as it is at one moment, every
 * content that it knows, and the key. A file that is deleted meanwhile is deleted from the copy as well, so that no row
 * is without its content.
 */
export async function backUp(
  place: Place,
  target: string,
  { version, onProgress = () => {} }: { version: string; onProgress?: (done: number, total: number) => void },
): Promise<BackupNote & Lacking> {
  const { dataDir } = place
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
      // Only the copy is being written, so the error is about the copy.
      const full = describeDatabaseError(error, copy)
      throw full?.includes('is full') ? new Error(full, { cause: error }) : error
    }
  }
  migrateSqlite(copy)
  await using blobs = await openBlobs(place, 'read')
  const contents = openFolderBlobs(join(target, 'files'))
  const take = async ({ id }: Content) => {
    const path = contents.path(id)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    return blobs.copyTo(id, path)
  }
  const { bytes, files, gone, damaged } = await copyContents(contentsInCopy(copy), take, onProgress)
  const id = storeIdIn(copy)
  if (id !== undefined) await contents.writeId(id)
  const missing = await forget(copy, contents, source, gone)
  await copyKeys(dataDir, target)
  const note: BackupNote = { version, made_at: new Date().toISOString(), files, bytes }
  await writeFile(join(target, noteName), `${JSON.stringify(note, undefined, 2)}\n`, {
    mode: 0o600,
    flush: true,
  })
  await syncFolder(target)
  return { ...note, missing, damaged }
}

/**
 * Restores a backup into an empty data folder and an empty store of contents. The database comes last, so that an
 * incomplete restore can never be started.
 */
export async function restore(
  from: string,
  place: Place,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<BackupNote & Pick<Lacking, 'damaged'>> {
  const { dataDir } = place
  const note = await readNote(from)
  const damage = findDamage(join(from, databaseName))
  if (damage !== undefined) throw new BackupFailure(`The database of the backup cannot be used: ${damage}`)
  await makeEmptyFolder(dataDir)
  await using blobs = await openBlobs(place)
  if ((await blobs.readId()) !== undefined)
    throw new BackupFailure(
      `${blobs.place} belongs to a database. If no server uses that one any more, remove ${blobs.idAt}`,
    )
  const draft = join(dataDir, `${databaseName}.arriving`)
  await copyDurably(join(from, databaseName), draft)
  migrateSqlite(draft)
  const contents = openFolderBlobs(join(from, 'files'))
  const put = ({ id }: Content) => blobs.put(id, contents.open(id), Infinity)
  const { gone, damaged } = await copyContents(contentsInCopy(draft), put, onProgress)
  if (gone.length > 0) throw new Error(`of the files of the backup ${gone.length} are missing`)
  // The place that the backup was made of may be in use again.
  await blobs.writeId(giveStoreId(draft))
  await copyKeys(from, dataDir)
  await rename(draft, join(dataDir, databaseName))
  await syncFolder(dataDir)
  return { ...note, damaged }
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

/** The id of the place of contents that a database belongs to. */
function storeIdIn(file: string): string | undefined {
  using database = new DatabaseSync(file)
  const row = database.prepare("select store_id from blob_stores where id = 'files'").get()
  return (row?.['store_id'] as string | null | undefined) ?? undefined
}

/** Gives the database a new place of contents, and returns its id. */
function giveStoreId(file: string): string {
  using database = new DatabaseSync(file)
  const id = randomUUID()
  database.prepare("update blob_stores set store_id = ?, bound = 1 where id = 'files'").run(id)
  return id
}

/** Throws BackupFailure when the folder cannot be made or is not empty. */
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
  /** The contents that do not exist. */
  gone: string[]
  damaged: string[]
}

interface Content {
  id: string
  /** Known for files. Parts of uploads have none. */
  sha256: string | null
}

/** `copy` copies one content, and rejects with ENOENT when it does not exist. */
async function copyContents(
  contents: Content[],
  copy: (content: Content) => Promise<{ bytes: number; sha256?: string }>,
  onProgress: (done: number, total: number) => void,
): Promise<Copied> {
  const copied: Copied = { files: 0, bytes: 0, gone: [], damaged: [] }
  const waiting = contents.values()
  await Promise.all(
    Array.from({ length: copiesAtOnce }, async () => {
      for (const content of waiting) {
        try {
          const { bytes, sha256 = content.sha256 } = await copy(content)
          if (content.sha256 !== null && sha256 !== content.sha256) copied.damaged.push(content.id)
          // Added in one step after the copy, because other contents are copied at the same time.
          copied.bytes += bytes
          copied.files++
        } catch (error) {
          if ((error as { code?: string }).code !== 'ENOENT') throw error
          copied.gone.push(content.id)
        }
        onProgress(copied.files + copied.gone.length, contents.length)
      }
    }),
  )
  return copied
}

/** All contents that a database knows. */
function contentsIn(file: string): Content[] {
  using database = new DatabaseSync(file, { readOnly: true })
  return contentsOf(database)
}

/** The copy must remain one file. A reader without the right to write could not remove the log at the end. */
function contentsInCopy(file: string): Content[] {
  using database = new DatabaseSync(file)
  return contentsOf(database)
}

const contentsOf = (database: DatabaseSync) =>
  database
    .prepare(
      `select coalesce(content_id, id) as id, sha256 from files where removed = 0
       union all select id, null as sha256 from upload_parts`,
    )
    .all() as unknown as Content[]

/** Removes the rows without a content from the copy. Returns those that the server still knows: they are damaged. */
async function forget(copy: string, blobs: BlobStore, source: string, gone: string[]): Promise<string[]> {
  if (gone.length === 0) return []
  const db = openSqlite(copy)
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
  await db.close()
  const still = new Set(contentsIn(source).map(({ id }) => id))
  return gone.filter((id) => still.has(id))
}

async function copyKeys(from: string, to: string): Promise<void> {
  for (const name of ['api-key', 'admin-api-key'])
    if (existsSync(join(from, name))) await copyDurably(join(from, name), join(to, name))
}
