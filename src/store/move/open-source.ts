import { join } from 'node:path'
import { DataFolderFailure, olderVersion, prepared, refuseMissing, type StoreAt } from '../data-folder.ts'
import { isMigrated } from '../sqlite/migrate.ts'
import { isLockedOut } from '../postgres/errors.ts'
import { stateOfPostgres } from '../postgres/migrate.ts'
import { presenceLock } from '../postgres/presence.ts'
import type { PostgresSettings } from '../postgres/settings.ts'
import { hasServer } from '../sqlite/server-lock.ts'
import { openPostgresSession } from './session-postgres.ts'
import { openSqliteSession } from './session-sqlite.ts'
import type { Session } from './session.ts'
import { listTables } from './tables.ts'

/**
 * Opens the database that is moved, as it is at this moment. Nobody can write to it until it is closed. Throws
 * DataFolderFailure when there is none, or a server is running.
 */
export const openSource = ({ dataDir, database }: StoreAt): Promise<Session> =>
  database ? openShared(database) : openFile(dataDir)

async function openFile(dataDir: string): Promise<Session> {
  refuseMissing(dataDir)
  const file = join(dataDir, 'threadmill.db')
  if (!isMigrated(file)) throw new DataFolderFailure(olderVersion(file))
  const session = openSqliteSession(file)
  return closingOnFailure(session, async () => {
    try {
      // The lock of a writer, so that nobody else can write.
      await session.query('begin immediate')
    } catch (error) {
      throw new DataFolderFailure(`${(error as Error).message}: stop the server`, { cause: error })
    }
    if (hasServer(dataDir))
      throw new DataFolderFailure(`A server is running on ${dataDir}: stop it, and then move what it has`)
    return session
  })
}

async function openShared(settings: PostgresSettings): Promise<Session> {
  const { schema } = settings
  const session = await openCurrent(settings)
  return closingOnFailure(session, async () => {
    if (!(await holdAlone(session, schema)))
      throw new DataFolderFailure(
        `A server or another move uses the schema ${schema}: stop them all, and then move what is in it`,
      )
    await session.query('begin isolation level repeatable read')
    await refuseWriters(session, schema)
    return session
  })
}

/** Throws DataFolderFailure when there are no tables, or those of another version. */
async function openCurrent(settings: PostgresSettings): Promise<Session> {
  const state = await prepared(stateOfPostgres(settings))
  if (state === 'empty')
    throw new DataFolderFailure(`There is no database in the schema ${settings.schema} yet: nothing is in it`)
  if (state === 'older') throw new DataFolderFailure(olderVersion('the database'))
  return prepared(openPostgresSession(settings))
}

/**
 * Opens the database as it is at this moment, while servers go on with it. A migration by a newer server waits until the
 * session is closed. Throws DataFolderFailure when there is no database.
 */
export async function openSnapshot(settings: PostgresSettings): Promise<Session> {
  const session = await openCurrent(settings)
  return closingOnFailure(session, async () => {
    await session.query('begin isolation level repeatable read read only')
    await session.query(`lock table ${tableNames()} in access share mode`)
    return session
  })
}

const tableNames = () =>
  listTables()
    .map(({ name }) => name)
    .join(', ')

/** Reading goes on, and whoever writes waits until the source is closed. Throws DataFolderFailure when somebody writes. */
async function refuseWriters(session: Session, schema: string): Promise<void> {
  await session.query("set local lock_timeout = '5s'")
  try {
    await session.query(`lock table ${tableNames()} in share mode`)
  } catch (error) {
    if (!isLockedOut((error as Error).cause)) throw error
    throw new DataFolderFailure(`A program writes to the schema ${schema}: wait until it has ended`, {
      cause: error,
    })
  }
}

/** Whether no server and no move uses the schema. From now on none can begin to. */
export async function holdAlone(session: Session, schema: string): Promise<boolean> {
  const [[held] = []] = await session.query(
    'select case when pg_try_advisory_lock(hashtext(?)) then 1 else 0 end',
    presenceLock(schema),
  )
  return Number(held) === 1
}

/** Closes the session when `body` throws. */
export async function closingOnFailure<T>(session: Session, body: () => Promise<T>): Promise<T> {
  try {
    return await body()
  } catch (error) {
    await session[Symbol.asyncDispose]()
    throw error
  }
}
