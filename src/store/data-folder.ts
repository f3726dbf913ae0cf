import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBlobs, type Blobs } from './blobs.ts'
import { openDatabase, type Database } from './database.ts'
import { findLostDatabase } from './lost-database.ts'
import { isMigrated, migrate } from './migrate.ts'
import { makePrivate } from './private-files.ts'

/** Why a data folder cannot be opened, in a sentence for the person who asked. */
export class DataFolderFailure extends Error {
  override name = 'DataFolderFailure'
}

/** A data folder that a command works on, whose server may run. */
export interface DataFolder extends AsyncDisposable {
  db: Database
  /** Only where something may be written. */
  blobs: Blobs | undefined
  /** For what is on its way in; what is left there by a kill goes at a start of the server. */
  workFolder: string
}

const databaseOf = (dataDir: string) => join(dataDir, 'threadmill.db')

/** To put something in: makes the database where there is none, as a server does. */
export function openToWrite(dataDir: string): DataFolder & { blobs: Blobs } {
  const lost = findLostDatabase(dataDir)
  if (lost !== undefined) throw new DataFolderFailure(lost)
  makePrivate(dataDir)
  migrate(databaseOf(dataDir))
  const db = openDatabase(databaseOf(dataDir))
  const blobs = openBlobs(join(dataDir, 'files'))
  return {
    db,
    blobs,
    workFolder: join(dataDir, 'files', 'unfinished'),
    [Symbol.asyncDispose]: () => db.close(),
  }
}

/** To look only: nothing of it changes. Where there is no database yet, an empty one is looked at. */
export function openToRead(dataDir: string): DataFolder {
  const file = databaseOf(dataDir)
  const exists = existsSync(file)
  if (exists && !isMigrated(file))
    throw new DataFolderFailure(`${file} is of another version of Threadmill: start this one's server once.`)
  const workFolder = mkdtempSync(join(tmpdir(), 'threadmill-'))
  if (!exists) migrate(join(workFolder, 'empty.db'))
  const db = openDatabase(exists ? file : join(workFolder, 'empty.db'))
  return {
    db,
    blobs: undefined,
    workFolder,
    async [Symbol.asyncDispose]() {
      await db.close()
      rmSync(workFolder, { recursive: true, force: true })
    },
  }
}

/** To read what is there, with the contents. */
export function openToExport(dataDir: string): DataFolder & { blobs: Blobs } {
  if (!existsSync(databaseOf(dataDir))) throw new DataFolderFailure(`There is no database in ${dataDir}.`)
  mkdirSync(join(dataDir, 'files'), { recursive: true, mode: 0o700 })
  return { ...openToRead(dataDir), blobs: openBlobs(join(dataDir, 'files')) }
}
