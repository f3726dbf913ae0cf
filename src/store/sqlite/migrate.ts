import { DatabaseSync } from 'node:sqlite'
import { CannotStart } from '../../errors/errors.ts'
import { isBusy } from './busy.ts'
import { createProgressTable, findForeignSchema, migrations, moveMark } from '../schema-check.ts'

const sqliteFull = 13
const incremental = 2

/**
 * Applies the numbered files that this database has not seen, in order and each in one transaction. Returns their names,
 * none for a database that is new. Throws CannotStart when it has seen files that this version does not have. With the
 * name of a move nobody else uses the database from before its first table until that move has ended.
 */
export function migrateSqlite(file: string, { moveName }: { moveName?: string } = {}): string[] {
  using database = new DatabaseSync(file, { timeout: 30_000 })
  // This has an effect on a new database only. An older one is converted at the end.
  database.exec('pragma auto_vacuum = incremental')
  keepWriteAheadLog(database)
  inTransaction(database, () => {
    const foreign = findForeignSchema(database, { moveName })
    if (foreign !== undefined) throw new CannotStart(`${foreign}. It is ${file}.`)
    rememberHashes(database)
    if (moveName !== undefined) markAsMoving(database, moveName)
  })
  const isNew = database.prepare('select 1 from migrations').get() === undefined
  const applied: string[] = []
  for (const { name, sql, sha256 } of migrations()) {
    inTransaction(database, () => {
      if (database.prepare('select 1 from migrations where name = ?').get(name)) return
      database.exec(sql)
      database.prepare('insert into migrations (name, sha256) values (?, ?)').run(name, sha256)
      applied.push(name)
    })
  }
  makeSpaceReturnable(database)
  return isNew ? [] : applied
}

/** Whether a database has the tables of this version, for programs that only read it. */
export function isMigrated(file: string): boolean {
  using database = new DatabaseSync(file, { readOnly: true, timeout: 30_000 })
  try {
    const seen = database.prepare('select name from migrations').all()
    return migrations().every(({ name }) => seen.some((row) => row['name'] === name))
  } catch {
    return false
  }
}

function inTransaction(database: DatabaseSync, body: () => void): void {
  database.exec('begin immediate')
  try {
    body()
    database.exec('commit')
  } catch (error) {
    database.exec('rollback')
    throw error
  }
}

function markAsMoving(database: DatabaseSync, moveName: string): void {
  database.exec(createProgressTable)
  database
    .prepare('insert into migrations (name, sha256) values (?, ?) on conflict do nothing')
    .run(moveMark, moveName)
}

/** For a database to which exactly the files of this version were applied, whether or not their hashes were stored. */
function rememberHashes(database: DatabaseSync): void {
  database.exec('create table if not exists migrations (name text primary key, sha256 text)')
  const columns = database.prepare("select name from pragma_table_info('migrations')").all()
  if (!columns.some(({ name }) => name === 'sha256'))
    database.exec('alter table migrations add column sha256 text')
  for (const { name, sha256 } of migrations())
    database.prepare('update migrations set sha256 = ? where name = ? and sha256 is null').run(sha256, name)
}

/**
 * An older database cannot return space until it was rewritten once. When another process uses it, or the disk is too
 * full, the next start tries again.
 */
function makeSpaceReturnable(database: DatabaseSync): void {
  const { auto_vacuum: kind } = database.prepare('pragma auto_vacuum').get() as { auto_vacuum: number }
  if (kind === incremental) return
  try {
    database.exec('pragma auto_vacuum = incremental; vacuum')
  } catch (error) {
    const { errcode } = error as { errcode?: number }
    if (!isBusy(error) && errcode !== sqliteFull) throw error
  }
}

/**
 * Two processes that switch a new database to WAL at the same time do not wait for each other, whatever the timeout is.
 */
function keepWriteAheadLog(database: DatabaseSync): void {
  const deadline = Date.now() + 30_000
  for (;;) {
    try {
      return database.exec('pragma journal_mode = wal')
    } catch (error) {
      if (!isBusy(error) || Date.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}
