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
  migrateSqlite(file)
  const db = openSqlite(file, { onBroken })
  return { db, at: { file }, lock: openServerLock(dataDir), checkpoint: openCheckpoint(file) }
}

async function openShared(dataDir: string, settings: PostgresSettings, log: Log): Promise<ServerDatabase> {
  if (existsSync(join(dataDir, 'threadmill.db')))
    log('warn', 'the database in the data folder is not used, since THREADMILL_DATABASE_URL is set', {
      dataDir,
    })
  makePrivate(dataDir, { withDatabase: false })
  await preparePostgres(settings)
  return {
    db: openPostgres(settings, { log, hears: true }),
    at: { postgres: settings },
    lock: withoutLock(),
    // PostgreSQL does this by itself.
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
