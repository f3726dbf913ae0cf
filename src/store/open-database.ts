import { existsSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { CannotStart } from '../errors/errors.ts'
import type { Log } from '../common/log.ts'
import { openCheckpoint, type Checkpoint } from './sqlite/checkpoint.ts'
import type { Database } from './database.ts'
import { migratePostgres } from './postgres/migrate.ts'
import { migrateSqlite } from './sqlite/migrate.ts'
import { openPostgres } from './postgres/postgres.ts'
import type { PostgresSettings } from './postgres/settings.ts'
import { makePrivate } from './blobs/private-files.ts'
import { openServerLock, type ServerLock } from './sqlite/server-lock.ts'
import { openSqlite } from './sqlite/sqlite.ts'
import { findObstacle } from './unusable-database.ts'
import { commandLine } from '../common/called-as.ts'

/** The place of a database, in a form that can be passed to a thread. */
export type DatabaseAt = { file: string } | { postgres: PostgresSettings }

/** Opens another connection to a database that is already open, for a thread. */
export const openAgain = (at: DatabaseAt): Database =>
  'file' in at ? openSqlite(at.file) : openPostgres({ ...at.postgres, poolSize: 1 })

/** What a server opens together with the database. */
export interface ServerDatabase {
  db: Database
  at: DatabaseAt
  /** Gives this server its name, and tells which other servers are running. */
  lock: ServerLock
  checkpoint: Checkpoint
}

/**
 * Opens the database of a server with its current tables, in PostgreSQL or in a file of the data folder. Throws
 * CannotStart. `onBroken` is called when nothing can be written any more.
 */
export async function openServerDatabase(
  { dataDir, database }: { dataDir: string; database: PostgresSettings | undefined },
  { log, onBroken }: { log: Log; onBroken: (error: unknown) => void },
): Promise<ServerDatabase> {
  if (database) return openShared(dataDir, database, log)
  const file = join(dataDir, 'threadmill.db')
  const obstacle = findObstacle(dataDir)
  if (obstacle !== undefined) throw new CannotStart(obstacle)
  makePrivate(dataDir)
  noteMigrations(migrateSqlite(file), log)
  const db = openSqlite(file, { onBroken })
  return { db, at: { file }, lock: openServerLock(dataDir), checkpoint: openCheckpoint(file) }
}

async function openShared(dataDir: string, settings: PostgresSettings, log: Log): Promise<ServerDatabase> {
  makePrivate(dataDir, { withDatabase: false })
  noteMigrations(await preparePostgres(settings), log)
  const db = openPostgres(settings, { log, hears: true })
  if (existsSync(join(dataDir, 'threadmill.db'))) await warnOfUnusedDatabase(db, dataDir, log)
  return {
    db,
    at: { postgres: settings },
    lock: withoutLock(),
    // PostgreSQL does this by itself.
    checkpoint: { run: () => Promise.resolve(), close: () => Promise.resolve() },
  }
}

/** Who has changed to PostgreSQL finds none of the old objects, unless they were moved there. */
async function warnOfUnusedDatabase(db: Database, dataDir: string, log: Log): Promise<void> {
  // Without an answer the warning has no hint, and the server starts.
  const isEmpty = await db
    .get(
      `select 1 as is_empty where not exists (select 1 from assistants) and not exists (select 1 from threads)
       and not exists (select 1 from files) and not exists (select 1 from vector_stores)`,
    )
    .catch(() => undefined)
  const hint = isEmpty ? `, which is empty: "${commandLine('move')}" brings what is in the data folder` : ''
  log('warn', `the database in the data folder is not used, but that of THREADMILL_DATABASE_URL${hint}`, {
    dataDir,
  })
}

/** From then on an older version refuses this database: the operator should find in the log when that was. */
function noteMigrations(names: string[], log: Log): void {
  if (names.length > 0) log('info', 'the database was brought up to date', { migrations: names })
}

/** Makes the tables, and returns the names of the migrations that it took. Throws CannotStart with a sentence for the operator. */
async function preparePostgres(settings: PostgresSettings): Promise<string[]> {
  try {
    return await migratePostgres(settings)
  } catch (error) {
    if (error instanceof CannotStart) throw error
    const { message } = error as Error
    const setting =
      settings.listenUrl === undefined
        ? 'THREADMILL_DATABASE_URL'
        : 'THREADMILL_DATABASE_URL and THREADMILL_DATABASE_LISTEN_URL'
    throw new CannotStart(`the database cannot be used: ${message}; see ${setting}`, { cause: error })
  }
}

/**
 * For servers that know each other only by their leases, because nothing is known about processes on other machines.
 * Another server counts as running until it has renewed nothing for the length of a lease, measured by this server's
 * clock.
 */
const withoutLock = (): ServerLock => ({
  id: randomUUID(),
  lives: () => true,
  forEachDead: () => Promise.resolve(),
  close: () => {},
})
