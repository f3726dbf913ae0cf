import { existsSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { CannotStart } from '../errors.ts'
import type { Log } from '../log.ts'
import { openCheckpoint, type Checkpoint } from './checkpoint.ts'
import type { Database } from './database.ts'
import { migratePostgres } from './migrate-postgres.ts'
import { migrateSqlite } from './migrate-sqlite.ts'
import { openPostgres } from './postgres.ts'
import type { PostgresSettings } from './postgres-settings.ts'
import { makePrivate } from './private-files.ts'
import { openServerLock, type ServerLock } from './server-lock.ts'
import { openSqlite } from './sqlite.ts'
import { findObstacle } from './unusable-database.ts'

/** Where a database is, in a form that a thread can be given. */
export type DatabaseAt = { file: string } | { postgres: PostgresSettings }

/** Another connection to a database that is open already, for a thread. */
export const openAgain = (at: DatabaseAt): Database =>
  'file' in at ? openSqlite(at.file) : openPostgres({ ...at.postgres, poolSize: 1 })

/** What a server opens of a database beside the rows. */
export interface ServerDatabase {
  db: Database
  at: DatabaseAt
  /** Names this server, and tells which others live. */
  lock: ServerLock
  checkpoint: Checkpoint
}

/**
 * The database of a server with its current tables: in PostgreSQL, or in a file of the data folder. Throws CannotStart.
 * `onBroken` is called when nothing can be written any more.
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
  migrateSqlite(file)
  const db = openSqlite(file, { onBroken })
  return { db, at: { file }, lock: openServerLock(dataDir), checkpoint: openCheckpoint(file) }
}

async function openShared(dataDir: string, settings: PostgresSettings, log: Log): Promise<ServerDatabase> {
  if (existsSync(join(dataDir, 'threadmill.db')))
    log('warn', 'the database in the data folder is not used: "threadmill move" brings what is in it', {
      dataDir,
    })
  makePrivate(dataDir, { withDatabase: false })
  await preparePostgres(settings)
  return {
    db: openPostgres(settings, log),
    at: { postgres: settings },
    lock: withoutLock(),
    // PostgreSQL sees to it by itself.
    checkpoint: { run: () => Promise.resolve(), close: () => Promise.resolve() },
  }
}

/** Makes the tables. Throws CannotStart with a sentence for the operator. */
async function preparePostgres(settings: PostgresSettings): Promise<void> {
  try {
    await migratePostgres(settings)
  } catch (error) {
    if (error instanceof CannotStart) throw error
    throw new CannotStart(
      `the database cannot be used: ${(error as Error).message}; see THREADMILL_DATABASE_URL`,
      {
        cause: error,
      },
    )
  }
}

/**
 * Of a server that others know only by its leases: of processes on other machines nothing is known. All others count as
 * alive until they have renewed nothing for the length of a lease, by the clock of whoever looks.
 */
const withoutLock = (): ServerLock => ({
  id: randomUUID(),
  lives: () => true,
  forEachDead: () => Promise.resolve(),
  close: () => {},
})
