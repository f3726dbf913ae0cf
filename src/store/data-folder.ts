import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BlobStore } from './blobs.ts'
import { openBlobs, type Place } from './open-blobs.ts'
import { openDatabase, type Database } from './database.ts'
import { isMigrated, migrate } from './migrate.ts'
import { makePrivate } from './private-files.ts'
import { findObstacle, hasDatabase } from './unusable-database.ts'

/** Why a data folder cannot be opened, in a sentence for the person who asked. */
export class DataFolderFailure extends Error {
  override name = 'DataFolderFailure'
}

/** A data folder that a command works on, whose server may run. */
export interface DataFolder extends AsyncDisposable {
  db: Database
  /** Only where something may be written. */
  blobs: BlobStore | undefined
  /** For what is on its way in; what is left there by a kill goes at a start of the server. */
  workFolder: string
}

/** Throws DataFolderFailure where nothing can work with the database that is there. */
function refuseUnusable(dataDir: string): void {
  const obstacle = findObstacle(dataDir)
  if (obstacle !== undefined) throw new DataFolderFailure(obstacle)
}

/** Throws DataFolderFailure where there is no database to read, or none that anything can work with. */
export function refuseMissing(dataDir: string): void {
  refuseUnusable(dataDir)
  if (!hasDatabase(dataDir))
    throw new DataFolderFailure(
      `There is no database in ${dataDir}: name the data folder of the server (--data-dir)`,
    )
}

const databaseOf = (dataDir: string) => join(dataDir, 'threadmill.db')

/** To put something in: makes the database where there is none, as a server does. */
export async function openToWrite(place: Place): Promise<DataFolder & { blobs: BlobStore }> {
  const { dataDir } = place
  refuseUnusable(dataDir)
  makePrivate(dataDir)
  const blobs = await openBlobs(place)
  migrate(databaseOf(dataDir))
  const db = openDatabase(databaseOf(dataDir))
  return {
    db,
    blobs,
    workFolder: join(dataDir, 'files', 'unfinished'),
    async [Symbol.asyncDispose]() {
      await db.close()
      await blobs[Symbol.asyncDispose]()
    },
  }
}

/** To look only: nothing of it changes. Where there is no database yet, an empty one is looked at. */
export function openToRead(dataDir: string): DataFolder {
  refuseUnusable(dataDir)
  const file = databaseOf(dataDir)
  const exists = hasDatabase(dataDir)
  if (exists && !isMigrated(file))
    throw new DataFolderFailure(`${file} is of an older version of Threadmill: start this one's server once`)
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
export async function openToExport(place: Place): Promise<DataFolder & { blobs: BlobStore }> {
  refuseMissing(place.dataDir)
  const folder = openToRead(place.dataDir)
  const blobs = await openBlobs(place)
  return {
    ...folder,
    blobs,
    async [Symbol.asyncDispose]() {
      await blobs[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
