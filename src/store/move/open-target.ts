import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolders } from '../../common/make-folders.ts'
import { DataFolderFailure, prepared } from '../data-folder.ts'
import { migratePostgres } from '../postgres/migrate.ts'
import { migrateSqlite } from '../sqlite/migrate.ts'
import type { PostgresSettings } from '../postgres/settings.ts'
import { makePrivate } from '../blobs/private-files.ts'
import { migrations, moveMark, progressTable } from '../schema-check.ts'
import { hasServer, openServerLock, type ServerLock } from '../sqlite/server-lock.ts'
import { hasDatabase } from '../unusable-database.ts'
import { closingOnFailure, holdAlone } from './open-source.ts'
import { describePostgres, type MoveTo } from './places.ts'
import { openPostgresSession } from './session-postgres.ts'
import { openSqliteSession } from './session-sqlite.ts'
import { inTransaction, type Session } from './session.ts'
import { findStoreId } from './store-id.ts'
import { listTables } from './tables.ts'

export interface Target {
  session: Session
  /** Whether an earlier try was broken off. */
  resumed: boolean
}

interface Begin {
  /** Names this move, so that only the same one goes on with it. */
  name: string
  /**
   * Called when no move to this target was begun, with the id of the place of contents that it belongs to. Throws
   * DataFolderFailure when there are contents of files already.
   */
  refuseContents: (storeId: string | undefined) => Promise<void>
}

interface BeginAnywhere extends Begin {
  /** Whether this is the data folder of the source, which may have everything but a database. */
  isHome: boolean
}

/**
 * Opens an empty database to move to, or one to which an earlier try of this move has written, and marks it as not
 * complete. Throws DataFolderFailure when the target is something else, or is used.
 */
export const openTarget = (to: MoveTo, begin: BeginAnywhere): Promise<Target> =>
  'postgres' in to ? openShared(to.postgres, begin) : openFolder(to.dataDir, begin)

async function openFolder(dataDir: string, begin: BeginAnywhere): Promise<Target> {
  if (!begin.isHome) prepareFolder(dataDir)
  const session = openLocked(dataDir)
  return closingOnFailure(session, async () => {
    await refuseUnlessEmpty(session, begin.name, dataDir)
    return beginMove(session, begin, (moveName) => migrateSqlite(fileOf(dataDir), { moveName }))
  })
}

const fileOf = (dataDir: string) => join(dataDir, 'threadmill.db')

/** What is in a folder where a move was broken off before it had made the tables. */
const ofEarlyMove = [
  'servers',
  'threadmill.db',
  'threadmill.db-journal',
  'threadmill.db-shm',
  'threadmill.db-wal',
]

/** Makes the folder. Throws DataFolderFailure when it has something else in it than a database. */
function prepareFolder(dataDir: string): void {
  let names: string[]
  try {
    makeFolders(dataDir)
    names = readdirSync(dataDir)
  } catch (error) {
    throw new DataFolderFailure(`${dataDir} cannot be a folder: ${(error as Error).message}`, {
      cause: error,
    })
  }
  const foreign = names.find((name) => !ofEarlyMove.includes(name))
  if (foreign !== undefined && !hasDatabase(dataDir))
    throw new DataFolderFailure(
      `${dataDir} is not empty: ${foreign} is in it. Name a folder that does not exist yet`,
    )
}

/** Nobody else can move to this folder until the session is closed. Throws DataFolderFailure when somebody uses it. */
function openLocked(dataDir: string): Session {
  const lock = openServerLock(dataDir)
  try {
    if (hasServer(dataDir, lock.id))
      throw new DataFolderFailure(`${dataDir} is used by a server or by another move`)
    makePrivate(dataDir)
    return withLock(openSqliteSession(fileOf(dataDir)), lock)
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

async function openShared(settings: PostgresSettings, begin: Begin): Promise<Target> {
  const { schema } = settings
  const session = await prepared(openPostgresSession(settings))
  return closingOnFailure(session, async () => {
    if (!(await holdAlone(session, schema)))
      throw new DataFolderFailure(`The schema ${schema} is used by a server or by another move`)
    await refuseUnlessEmpty(session, begin.name, describePostgres(settings))
    const target = await beginMove(session, begin, (moveName) =>
      prepared(migratePostgres(settings, { moveName })),
    )
    await session.query('set synchronous_commit = off')
    return target
  })
}

/** The name of a move that was broken off. */
async function findMark(session: Session): Promise<string | undefined> {
  if (!(await session.tableNames()).includes(progressTable)) return undefined
  const [[name] = []] = await session.query('select sha256 from migrations where name = ?', moveMark)
  return name === undefined ? undefined : String(name)
}

async function refuseUnlessEmpty(session: Session, name: string, where: string): Promise<void> {
  const mark = await findMark(session)
  if (mark !== undefined) {
    if (mark !== name)
      throw new DataFolderFailure(
        `${where} has a part of another move, which came from another place or had other --files: go on with that one, ` +
          'or remove what is there',
      )
    if (!(await hasProgress(session))) return refuseNewer(session, where)
    const [[applied] = []] = await session.query('select count(*) from migrations')
    if (Number(applied) === migrations(session.kind).length + 1) return
    throw new DataFolderFailure(
      `${where} has a part of a move that another version of Threadmill has begun: remove it`,
    )
  }
  const there = await session.tableNames()
  if (there.includes('migrations')) await refuseNewer(session, where)
  const ours = listTables().map((table) => table.name)
  const foreign = there.find((table) => !ours.includes(table) && table !== 'migrations')
  if (foreign !== undefined)
    throw new DataFolderFailure(`${where} is not empty: there is a table ${foreign}, which is not ours`)
  for (const table of ours) {
    // The check of a server that was started there once leaves rows.
    if (table === 'health_checks' || table === 'blob_stores' || !there.includes(table)) continue
    if ((await session.query(`select 1 from ${table} limit 1`)).length > 0)
      throw new DataFolderFailure(
        `${where} is not empty: there are rows in ${table}. It has to be empty, because ids stay as they are`,
      )
  }
}

async function refuseNewer(session: Session, where: string): Promise<void> {
  const known = [moveMark, ...migrations(session.kind).map(({ name }) => name)]
  const applied = (await session.query('select name from migrations')).map(([name]) => String(name))
  if (applied.every((name) => known.includes(name))) return
  throw new DataFolderFailure(
    `A newer version of Threadmill has made the tables in ${where}: move with that one`,
  )
}

/** Whether any row was moved. */
const hasProgress = async (session: Session): Promise<boolean> =>
  (await session.query(`select 1 from ${progressTable} limit 1`)).length > 0

/** Has `migrate` make the mark with which no server starts, and then the tables. They are empty. */
export async function beginMove(
  session: Session,
  begin: Begin,
  migrate: (moveName: string) => unknown,
): Promise<Target> {
  const resumed = (await findMark(session)) !== undefined
  if (!resumed) await begin.refuseContents(await findStoreId(session))
  if (resumed && (await hasProgress(session))) return { session, resumed }
  await migrate(begin.name)
  await session.clear(listTables())
  return { session, resumed }
}

/**
 * The database is whole: a server may start on it. `storeId` is that of the place where its contents are now; without it
 * they are where they were.
 */
export async function finishMove(session: Session, storeId?: string): Promise<void> {
  await session.settle(listTables())
  await inTransaction(session, async () => {
    if (storeId !== undefined)
      await session.query("update blob_stores set store_id = ?, bound = 1 where id = 'files'", storeId)
    await session.query(`drop table ${progressTable}`)
    await session.query('delete from migrations where name = ?', moveMark)
  })
}
