import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync } from 'node:fs'
import { open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { finished } from 'node:stream/promises'
import { makeFolders } from '../../common/make-folders.ts'
import type { Database } from '../database.ts'
import type { OnProgress } from '../move/move-rows.ts'

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
  /** The kind of the database that was copied. Older versions, which copied only SQLite, do not say it. */
  database?: Database['kind']
  /** How many rows each table of the copy has. Older versions do not say it. */
  tables?: Record<string, number>
  files: number
  bytes: number
}

const noteName = 'backup.json'
/** In a backup and in a data folder. */
export const databaseName = 'threadmill.db'
/** As `sha256sum --check` reads it. */
export const sumsName = 'SHA256SUMS'

/** Throws BackupFailure when the folder is not a complete backup. */
export async function readNote(from: string): Promise<BackupNote> {
  try {
    return JSON.parse(await readFile(join(from, noteName), 'utf8'))
  } catch (error) {
    throw new BackupFailure(`${from} is no whole backup: ${noteName} is missing or cannot be read.`, {
      cause: error,
    })
  }
}

/** Written under another name first, so that nobody takes the beginning of it for the whole. */
export async function writeNote(target: string, note: BackupNote): Promise<void> {
  const draft = join(target, `${noteName}.unfinished`)
  await writeFile(draft, `${JSON.stringify(note, undefined, 2)}\n`, { mode: 0o600, flush: true })
  await rename(draft, join(target, noteName))
}

/** The file `SHA256SUMS` of a new backup. */
export interface SumsWriter {
  /** The path begins at the folder of the backup. */
  add(sha256: string, path: string): void
  /** When the promise resolves, everything is on disk. */
  finish(): Promise<void>
}

export function createSums(target: string): SumsWriter {
  const stream = createWriteStream(join(target, sumsName), { flags: 'wx', mode: 0o600, flush: true })
  const written = finished(stream)
  // Told by `finish`, which is called later.
  written.catch(() => {})
  return {
    add: (sha256, path) => void stream.write(`${sha256}  ${path}\n`),
    finish: () => (stream.end(), written),
  }
}
/** The hashes of the paths that `keeps` names. Undefined when the backup has none, because it is of an older version. */
export async function readSums(
  from: string,
  { files }: BackupNote,
  keeps: (path: string) => boolean,
): Promise<Map<string, string> | undefined> {
  const kept = new Map<string, string>()
  let lines = 0
  try {
    for await (const line of createInterface({ input: createReadStream(join(from, sumsName)) })) {
      lines++
      const [sha256 = '', path = ''] = line.split('  ')
      if (keeps(path)) kept.set(path, sha256)
    }
  } catch (error) {
    if ((error as { code?: string }).code !== 'ENOENT') throw error
    return undefined
  }
  // The database is one more.
  if (lines !== files + 1)
    throw new BackupFailure(`${from} is no whole backup: ${sumsName} has not all files.`)
  return kept
}

/** In hexadecimal. */
export async function hashFile(path: string, onProgress: OnProgress = () => {}): Promise<string> {
  const hash = createHash('sha256')
  await using file = await open(path)
  const { size } = await file.stat()
  let done = 0
  for await (const chunk of file.createReadStream({ autoClose: false })) {
    hash.update(chunk as Uint8Array)
    onProgress((done += (chunk as Uint8Array).byteLength), size)
  }
  return hash.digest('hex')
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

/**
 * Fills a folder that is empty. When that fails it is emptied again, for another try, unless somebody has made a database in
 * it meanwhile.
 */
export async function fillFolder<T>(path: string, fill: () => Promise<T>): Promise<T> {
  try {
    return await fill()
  } catch (error) {
    if (!existsSync(join(path, databaseName)))
      for (const name of await readdir(path)) await rm(join(path, name), { recursive: true, force: true })
    throw error
  }
}
