import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolders } from '../../make-folders.ts'
import { DataFolderFailure, prepared } from '../data-folder.ts'
import { migratePostgres } from '../migrate-postgres.ts'
import { migrateSqlite } from '../migrate-sqlite.ts'
import type { PostgresSettings } from '../postgres-settings.ts'
import { makePrivate } from '../private-files.ts'
import { migrations, moveMark } from '../schema-check.ts'
import { hasServer, openServerLock, type ServerLock } from '../server-lock.ts'
import { hasDatabase } from '../unusable-database.ts'
import { closingOnFailure, holdAlone } from './open-source.ts'
import { openPostgresSession } from './session-postgres.ts'
import { openSqliteSession } from './session-sqlite.ts'
import { inTransaction, type Session } from './session.ts'
import { listTables } from './tables.ts'

/** Where to move to: a data folder, or a schema of PostgreSQL. */
export type MoveTo = { dataDir: string } | { postgres: PostgresSettings }

export interface Target {
  session: Session
  /** Whether an earlier try was broken off. */
  resumed: boolean
}

/** Names the source in the target. Passwords and parameters of an address are not in it. */
export function nameOfSource(at: { dataDir: string; database: PostgresSettings | undefined }): string {
  const { database, dataDir } = at
  const where = database ? describePostgres(database) : dataDir
  return createHash('sha256').update(where).digest('hex')
}

/** For people. Contains no secret. */
export function describePostgres({ url, schema }: PostgresSettings): string {
  const { host, pathname } = new URL(url)
  return `postgres://${host}${pathname} (schema ${schema})`
}

/**
 * Opens an empty database to move to, or one to which an earlier try of this move has written, and marks it as not
 * complete. Throws DataFolderFailure when the target is something else, or is used.
 */
export const openTarget = (to: MoveTo, source: string, checks: TargetChecks): Promise<Target> =>
  'postgres' in to ? openShared(to.postgres, source, checks) : openFolder(to.dataDir, source, checks)

interface TargetChecks {
  /** Whether this is the data folder of the source, which may have everything but a database. */
  isHome: boolean
  /** Called when no move to this target was begun. Throws DataFolderFailure when there are contents of files already. */
  refuseContents: () => Promise<void>
}

async function openFolder(dataDir: string, source: string, checks: TargetChecks): Promise<Target> {
  const file = join(dataDir, 'threadmill.db')
  try {
    makeFolders(dataDir)
  } catch (error) {
    throw new DataFolderFailure(`${dataDir} cannot be a folder: ${(error as Error).message}`, {
      cause: error,
    })
  }
  const [found] = readdirSync(dataDir)
  if (!hasDatabase(dataDir) && !checks.isHome && found !== undefined)
    throw new DataFolderFailure(
      `${dataDir} is not empty: ${found} is in it. Name a folder that does not exist yet`,
    )
  const session = lockedSession(dataDir)
  return closingOnFailure(session, async () => {
    await refuseUnlessEmpty(session, source, dataDir)
    return beginMove(session, source, { ...checks, migrate: () => migrateSqlite(file) })
  })
}

/** Nobody else can move to this folder until the session is closed. Throws DataFolderFailure when somebody uses it. */
function lockedSession(dataDir: string): Session {
  const lock = openServerLock(dataDir)
  try {
    if (hasServer(dataDir, lock.id))
      throw new DataFolderFailure(`${dataDir} is used by a server or by another move`)
    makePrivate(dataDir)
    return withLock(openSqliteSession(join(dataDir, 'threadmill.db')), lock)
  } catch (error) {
    lock.close()
    throw error
  }
}

const withLock = (session: Session, lock: ServerLock): Session => ({
  ...session,
  async [Symbol.asyncDispose]() {
    await session[Symbol.asyncDispose]()
    lock.close()
  },
})

async function openShared(settings: PostgresSettings, source: string, checks: TargetChecks): Promise<Target> {
  const { schema } = settings
  const session = await prepared(openPostgresSession(settings))
  return closingOnFailure(session, async () => {
    await refuseUnlessEmpty(session, source, describePostgres(settings))
    if (!(await findMark(session))) await prepared(migratePostgres(settings))
    if (!(await holdAlone(session, schema)))
      throw new DataFolderFailure(`The schema ${schema} is used by a server or by another move`)
    await session.query('set synchronous_commit = off')
    return beginMove(session, source, { ...checks, migrate: () => {} })
  })
}

/** The name of the source of a move that was broken off. */
async function findMark(session: Session): Promise<string | undefined> {
  if (!(await session.tableNames()).includes('migrations')) return undefined
  const [[source] = []] = await session.query('select sha256 from migrations where name = ?', moveMark)
  return source === undefined ? undefined : String(source)
}

async function refuseUnlessEmpty(session: Session, source: string, where: string): Promise<void> {
  const mark = await findMark(session)
  if (mark !== undefined) {
    if (mark !== source)
      throw new DataFolderFailure(
        `${where} has a part of what was moved from another place: go on with that move, or remove what is there`,
      )
    const [[applied] = []] = await session.query('select count(*) from migrations')
    if (Number(applied) === migrations(session.kind).length + 1) return
    throw new DataFolderFailure(
      `${where} has a part of a move that another version of Threadmill has begun: remove it`,
    )
  }
  const there = await session.tableNames()
  const ours = listTables().map(({ name }) => name)
  const foreign = there.find((name) => !ours.includes(name) && name !== 'migrations')
  if (foreign !== undefined)
    throw new DataFolderFailure(`${where} is not empty: there is a table ${foreign}, which is not ours`)
  for (const name of ours) {
    // The check of a server that was started there once leaves a row.
    if (name === 'health_checks' || !there.includes(name)) continue
    if ((await session.query(`select 1 from ${name} limit 1`)).length > 0)
      throw new DataFolderFailure(
        `${where} is not empty: there are rows in ${name}. A move needs an empty one, because ids stay as they are`,
      )
  }
}

/** Makes the tables, and the mark with which no server starts. */
async function beginMove(
  session: Session,
  source: string,
  { refuseContents, migrate }: TargetChecks & { migrate: () => void },
): Promise<Target> {
  if ((await findMark(session)) !== undefined) return { session, resumed: true }
  await refuseContents()
  migrate()
  await session.clear(listTables())
  await inTransaction(session, async () => {
    await session.query('insert into migrations (name, sha256) values (?, ?)', moveMark, source)
    await session.query(
      'create table move_progress (table_name text primary key, moved_rows bigint not null, hash text not null)',
    )
  })
  return { session, resumed: false }
}

/** The database is whole: a server may start on it. */
export async function finishMove(session: Session): Promise<void> {
  await session.settle()
  await inTransaction(session, async () => {
    await session.query('drop table move_progress')
    await session.query('delete from migrations where name = ?', moveMark)
  })
}
