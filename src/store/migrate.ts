import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

const folder = new URL('migrations/', import.meta.url)

/** Applies, in order and each in one transaction, the numbered files that this database has not seen. */
export function migrate(file: string): void {
  using database = new DatabaseSync(file, { timeout: 30_000 })
  database.exec('pragma journal_mode = wal')
  database.exec('create table if not exists migrations (name text primary key)')
  for (const name of readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .toSorted()) {
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
}
