import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const sqliteBusy = 5
const sqliteFull = 13
const incremental = 2
const folder = new URL('migrations/', import.meta.url)

/** Applies, in order and each in one transaction, the numbered files that this database has not seen. */
export function migrate(file: string): void {
  using database = new DatabaseSync(file, { timeout: 30_000 })
  // Of a new database only; one of before is turned at the end.
  database.exec('pragma auto_vacuum = incremental')
  keepWriteAheadLog(database)
  database.exec('create table if not exists migrations (name text primary key)')
  for (const name of migrations()) {
    database.exec('begin immediate')
    try {
      if (!database.prepare('select 1 from migrations where name = ?').get(name)) {
        database.exec(readFileSync(new URL(name, folder), 'utf8'))
        database.prepare('insert into migrations (name) values (?)').run(name)
      }
      database.exec('commit')
    } catch (error) {
      database.exec('rollback')
      throw error
    }
  }
  makeSpaceReturnable(database)
}

const migrations = () =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()

/** Whether a database is as this program has it, which is asked before something only looks at it. */
export function isMigrated(file: string): boolean {
  using database = new DatabaseSync(file, { readOnly: true, timeout: 30_000 })
  try {
    const seen = database.prepare('select name from migrations').all()
    return migrations().every((name) => seen.some((row) => row['name'] === name))
  } catch {
    return false
  }
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
  const patience = Date.now() + 30_000
  for (;;) {
    try {
      return database.exec('pragma journal_mode = wal')
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== sqliteBusy || Date.now() > patience) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
    }
  }
}
