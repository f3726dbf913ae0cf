import { DatabaseSync } from 'node:sqlite'
import { CannotStart } from '../errors.ts'
import { findForeignSchema, migrations } from './schema-check.ts'

const sqliteBusy = 5
const sqliteFull = 13
const incremental = 2

/**
 * Applies, in order and each in one transaction, the numbered files that this database has not seen. Throws CannotStart
 * where it has seen others than this version has.
 */
export function migrateSqlite(file: string): void {
  using database = new DatabaseSync(file, { timeout: 30_000 })
  // Of a new database only; one of before is turned at the end.
  database.exec('pragma auto_vacuum = incremental')
  keepWriteAheadLog(database)
  inTransaction(database, () => {
    const foreign = findForeignSchema(database)
    if (foreign !== undefined) throw new CannotStart(`${foreign}. It is ${file}.`)
    rememberHashes(database)
  })
  for (const { name, sql, sha256 } of migrations()) {
    inTransaction(database, () => {
      if (database.prepare('select 1 from migrations where name = ?').get(name)) return
      database.exec(sql)
      database.prepare('insert into migrations (name, sha256) values (?, ?)').run(name, sha256)
    })
  }
  makeSpaceReturnable(database)
}

/** Whether a database is as this program has it, which is asked before something only looks at it. */
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

/** Of a database that has been through the very files of this version, whether or not it knew their hashes. */
function rememberHashes(database: DatabaseSync): void {
  database.exec('create table if not exists migrations (name text primary key, sha256 text)')
  const columns = database.prepare("select name from pragma_table_info('migrations')").all()
  if (!columns.some(({ name }) => name === 'sha256'))
    database.exec('alter table migrations add column sha256 text')
  for (const { name, sha256 } of migrations())
    database.prepare('update migrations set sha256 = ? where name = ? and sha256 is null').run(sha256, name)
}

/**
 * A database of before cannot give space back until it is written anew, once. Where another process uses it, or the
 * disk is too full, the next start tries again.
 */
function makeSpaceReturnable(database: DatabaseSync): void {
  const { auto_vacuum: kind } = database.prepare('pragma auto_vacuum').get() as { auto_vacuum: number }
  if (kind === incremental) return
  try {
    database.exec('pragma auto_vacuum = incremental; vacuum')
  } catch (error) {
    const { errcode } = error as { errcode?: number }
    if (errcode !== sqliteBusy && errcode !== sqliteFull) throw error
  }
}

/** Two processes that turn a new database to WAL at once do not wait for each other, whatever the timeout. */
function keepWriteAheadLog(database: DatabaseSync): void {
  const deadline = Date.now() + 30_000
  for (;;) {
    try {
      return database.exec('pragma journal_mode = wal')
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== sqliteBusy || Date.now() > deadline) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}
