import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BlobStore } from './blobs.ts'
import { openBlobs, type Place } from './open-blobs.ts'
import { openSqlite } from './sqlite.ts'
import { DatabaseUnavailable, type Database } from './database.ts'
import { migratePostgres, stateOfPostgres } from './migrate-postgres.ts'
import { isMigrated, migrateSqlite } from './migrate-sqlite.ts'
import { openPostgres } from './postgres.ts'
import type { PostgresSettings } from './postgres-settings.ts'
import { CannotStart } from '../errors.ts'
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

const fileOf = (dataDir: string) => join(dataDir, 'threadmill.db')

/** Where a server keeps what it has, as its settings say. */
export interface StoreAt extends Place {
  database: PostgresSettings | undefined
}

/** Throws DataFolderFailure where PostgreSQL cannot be used. */
async function prepared<T>(preparing: Promise<T>): Promise<T> {
  try {
    return await preparing
  } catch (error) {
    if (error instanceof CannotStart || error instanceof DatabaseUnavailable)
      throw new DataFolderFailure(`The database cannot be used: ${error.message}`, { cause: error })
    throw error
  }
}

/** To put something in: makes the database where there is none, as a server does. */
export async function openToWrite(at: StoreAt): Promise<DataFolder & { blobs: BlobStore }> {
  const { dataDir, database } = at
  if (database) await prepared(migratePostgres(database))
  else refuseUnusable(dataDir)
  makePrivate(dataDir, { withDatabase: !database })
  const blobs = await openBlobs(at)
  if (!database) migrateSqlite(fileOf(dataDir))
  const db = database ? openPostgres(database) : openSqlite(fileOf(dataDir))
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
export async function openToRead({ dataDir, database }: StoreAt): Promise<DataFolder> {
  const workFolder = mkdtempSync(join(tmpdir(), 'threadmill-'))
  const removeFolder = () => rmSync(workFolder, { recursive: true, force: true })
  try {
    const db = database ? await openShared(database, workFolder) : openFile(dataDir, workFolder)
    return {
      db,
      blobs: undefined,
      workFolder,
      async [Symbol.asyncDispose]() {
        await db.close()
        removeFolder()
      },
    }
  } catch (error) {
    removeFolder()
    throw error
  }
}

function openFile(dataDir: string, workFolder: string): Database {
  refuseUnusable(dataDir)
  const file = fileOf(dataDir)
  if (!hasDatabase(dataDir)) return openEmpty(workFolder)
  if (!isMigrated(file)) throw new DataFolderFailure(olderVersion(file))
  return openSqlite(file)
}

async function openShared(database: PostgresSettings, workFolder: string): Promise<Database> {
  const state = await prepared(stateOfPostgres(database))
  if (state === 'empty') return openEmpty(workFolder)
  if (state === 'older') throw new DataFolderFailure(olderVersion('the database'))
  return openPostgres(database)
}

function openEmpty(workFolder: string): Database {
  const file = join(workFolder, 'empty.db')
  migrateSqlite(file)
  return openSqlite(file)
}

const olderVersion = (what: string) =>
  `${what} is of an older version of Threadmill: start this one's server once`

/** To read what is there, with the contents. */
export async function openToExport(at: StoreAt): Promise<DataFolder & { blobs: BlobStore }> {
  if (!at.database) refuseMissing(at.dataDir)
  else if ((await prepared(stateOfPostgres(at.database))) === 'empty')
    throw new DataFolderFailure(
      `There is no database in the schema ${at.database.schema} yet: no server was started on it`,
    )
  const folder = await openToRead(at)
  const blobs = await openBlobs(at)
  return {
    ...folder,
    blobs,
    async [Symbol.asyncDispose]() {
      await blobs[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
