import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BlobStore } from './blobs/blobs.ts'
import { findOtherBlobs, joinBlobs } from './blobs/store-id.ts'
import { openBlobs, refuseContentsOfOthers, type Place } from './blobs/open-blobs.ts'
import { openSqlite } from './sqlite/sqlite.ts'
import type { Database } from './database.ts'
import { migratePostgres, stateOfPostgres } from './postgres/migrate.ts'
import { isMigrated, migrateSqlite } from './sqlite/migrate.ts'
import { openPostgres } from './postgres/postgres.ts'
import type { PostgresSettings } from './postgres/settings.ts'
import { CannotStart } from '../errors/errors.ts'
import { DatabaseUnavailable } from '../errors/unavailable.ts'
import { temporaryName } from '../common/temporary-folder.ts'
import { makePrivate } from './blobs/private-files.ts'
import { findObstacle, hasDatabase } from './unusable-database.ts'

/** Why a data folder cannot be opened, as a sentence for the person who asked. */
export class DataFolderFailure extends Error {
  override name = 'DataFolderFailure'
}

/** A data folder that a command uses, perhaps while its server is running. */
export interface DataFolder extends AsyncDisposable {
  db: Database
  /** Undefined when the folder is only read. */
  blobs: BlobStore | undefined
  /** For incoming data. After a crash, the next start of the server removes what is left in it. */
  workFolder: string
}

/** Throws DataFolderFailure when no program can work with the database. */
function refuseUnusable(dataDir: string): void {
  const obstacle = findObstacle(dataDir)
  if (obstacle !== undefined) throw new DataFolderFailure(obstacle)
}

/** Throws DataFolderFailure when there is no database to read, or no program can work with it. */
export function refuseMissing(dataDir: string): void {
  refuseUnusable(dataDir)
  if (!hasDatabase(dataDir))
    throw new DataFolderFailure(
      `There is no database in ${dataDir}: name the data folder of the server (--data-dir)`,
    )
}

const fileOf = (dataDir: string) => join(dataDir, 'threadmill.db')

/** Where a server stores its data, according to its settings. */
export interface StoreAt extends Place {
  database: PostgresSettings | undefined
}

/** Throws DataFolderFailure when PostgreSQL cannot be used. */
export async function prepared<T>(preparing: Promise<T>): Promise<T> {
  try {
    return await preparing
  } catch (error) {
    if (error instanceof CannotStart || error instanceof DatabaseUnavailable)
      throw new DataFolderFailure(`The database cannot be used: ${error.message}`, { cause: error })
    throw error
  }
}

/** Opens the folder for writing. Makes the database when it does not exist, as a server does. */
export async function openToWrite(at: StoreAt): Promise<DataFolder & { blobs: BlobStore }> {
  const { dataDir, database } = at
  if (database) await prepared(migratePostgres(database))
  else refuseUnusable(dataDir)
  makePrivate(dataDir, { withDatabase: !database })
  const blobs = await openBlobs(at)
  const workFolder = join(dataDir, 'files', 'unfinished')
  mkdirSync(workFolder, { recursive: true, mode: 0o700 })
  if (!database) migrateSqlite(fileOf(dataDir))
  const db = database ? openPostgres(database) : openSqlite(fileOf(dataDir))
  try {
    if (database) await refuseContentsOfOthers(db, blobs)
    await joinBlobs(db, blobs, at)
  } catch (error) {
    await db.close()
    await blobs[Symbol.asyncDispose]()
    throw error
  }
  return {
    db,
    blobs,
    workFolder,
    async [Symbol.asyncDispose]() {
      await db.close()
      await blobs[Symbol.asyncDispose]()
    },
  }
}

/** Opens the folder for reading, and changes nothing. When there is no database yet, an empty one is read. */
export async function openToRead({ dataDir, database }: StoreAt): Promise<DataFolder> {
  const workFolder = mkdtempSync(join(tmpdir(), temporaryName('reading')))
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

/** Why a database cannot be read without being changed. */
export const olderVersion = (what: string) =>
  `${what} is of an older version of Threadmill: start this one's server once`

/** Opens the folder for reading, with the contents. */
export async function openToExport(at: StoreAt): Promise<DataFolder & { blobs: BlobStore }> {
  if (!at.database) refuseMissing(at.dataDir)
  else if ((await prepared(stateOfPostgres(at.database))) === 'empty')
    throw new DataFolderFailure(
      `There is no database in the schema ${at.database.schema} yet: no server was started on it`,
    )
  const folder = await openToRead(at)
  const blobs = await openBlobs(at, 'read')
  const problem = await findOtherBlobs(folder.db, blobs, at)
  if (problem !== undefined) {
    await blobs[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
    throw new DataFolderFailure(problem)
  }
  return {
    ...folder,
    blobs,
    async [Symbol.asyncDispose]() {
      await blobs[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}
