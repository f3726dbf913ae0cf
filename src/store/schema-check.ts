import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Database } from './database.ts'
import { commandLine } from '../common/called-as.ts'

const folderOf = (kind: Database['kind']) => new URL(`migrations/${kind}/`, import.meta.url)

export interface Migration {
  name: string
  sql: string
  sha256: string
}

/** The numbered files, in order. After a release they never change, because databases store their hashes. */
export const migrations = (kind: Database['kind'] = 'sqlite'): Migration[] =>
  readdirSync(folderOf(kind))
    .filter((name) => name.endsWith('.sql'))
    .toSorted()
    .map((name) => {
      const sql = readFileSync(new URL(name, folderOf(kind)), 'utf8')
      return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
    })

/** Stands in the list of applied files of a database to which a move has not come to its end. Its hash is the move's name. */
export const moveMark = 'moving'

/** How far a move has come with each table. Is there, with the mark, until it has ended. */
export const progressTable = 'move_progress'

export const createProgressTable = `create table if not exists ${progressTable} (table_name text primary key, moved_rows bigint not null, hash text not null)`

interface Applied {
  name: string
  /** Null in databases from before hashes were stored. */
  sha256: string | null
}

/**
 * The files that were applied to a database, in order. Empty for a new database. Undefined when the list is not ours.
 */
function appliedTo(database: DatabaseSync): Applied[] | undefined {
  const columns = database.prepare("select name from pragma_table_info('migrations')").all()
  if (columns.length === 0) return []
  if (!columns.some(({ name }) => name === 'name')) return undefined
  const hash = columns.some(({ name }) => name === 'sha256') ? 'sha256' : 'null as sha256'
  return database.prepare(`select name, ${hash} from migrations order by name`).all() as unknown as Applied[]
}

/**
 * Why this version cannot work with a database, as a sentence. Undefined when it can. A newer version has changed it,
 * or a version between two releases with other files. With `thorough` every table is compared, even when all hashes are
 * known. A move may work with what it has begun.
 */
export function findForeignSchema(
  database: DatabaseSync,
  { thorough = false, moveName }: { thorough?: boolean; moveName?: string | undefined } = {},
): string | undefined {
  const applied = appliedTo(database)
  if (!applied || (applied.length === 0 && hasTables(database)))
    return 'the database is that of another program: name another data folder (--data-dir)'
  const files = migrations()
  const newer = findForeignMigrations(applied, files, moveName)
  if (newer !== undefined) return newer
  const known = new Map(files.map((one) => [one.name, one]))
  if (!thorough && applied.every(({ sha256 }) => sha256 !== null)) return undefined
  const parts = differences(
    database,
    applied.flatMap(({ name }) => known.get(name) ?? []),
  )
  return parts.length === 0 ? undefined : madeBetweenReleases(parts)
}

/** The same, as far as the list of applied files shows it. */
export function findForeignMigrations(
  listed: Applied[],
  files: Migration[],
  moveName?: string,
): string | undefined {
  const mark = listed.find(({ name }) => name === moveMark)
  if (mark && mark.sha256 !== moveName)
    return (
      `the database is not whole, because a move to it was broken off or is still running: run the same "${commandLine('move')}" ` +
      'again, which goes on with it'
    )
  const applied = listed.filter((one) => one !== mark)
  const known = new Map(files.map((one) => [one.name, one]))
  const newer = applied.filter(({ name }) => !known.has(name)).map(({ name }) => name)
  if (newer.length > 0) {
    return (
      `a newer version of Threadmill has written the database (it has ${newer.join(', ')}): ` +
      'start that version or a later one, or restore a backup that this version has made'
    )
  }
  const changed = applied.filter(({ name, sha256 }) => sha256 !== null && sha256 !== known.get(name)?.sha256)
  return changed.length === 0 ? undefined : madeBetweenReleases(changed.map(({ name }) => name))
}

const madeBetweenReleases = (parts: string[]) =>
  `the database was made by a version between releases, and this one cannot read it (${parts.join(', ')} differ): ` +
  'start the version that made it, or move the data folder away and begin anew'

/** Ignores the list of applied files, which is made before the first of them. */
const hasTables = (database: DatabaseSync) =>
  database.prepare("select 1 from sqlite_master where type = 'table' and name <> 'migrations'").get() !==
  undefined

interface Part {
  name: string
  sql: string
}

/** Tables, indexes and triggers that differ from what the files make. */
function differences(database: DatabaseSync, files: Migration[]): string[] {
  using made = new DatabaseSync(':memory:')
  for (const { sql } of files) made.exec(sql)
  const partsOf = (one: DatabaseSync) =>
    one.prepare('select name, sql from sqlite_master where sql is not null').all() as unknown as Part[]
  const there = new Map(partsOf(database).map(({ name, sql }) => [name, sql]))
  return partsOf(made).flatMap(({ name, sql }) => (there.get(name) === sql ? [] : [name]))
}
