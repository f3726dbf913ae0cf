import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Database } from '../src/store/database.ts'
import { connectAlone } from '../src/store/postgres/connection.ts'
import { openPostgres } from '../src/store/postgres/postgres.ts'
import type { PostgresSettings } from '../src/store/postgres/settings.ts'
import { openSqlite } from '../src/store/sqlite/sqlite.ts'
import { testPostgres } from './postgres.ts'

/**
 * The tests of the store and of the API run on both databases. With `THREADMILL_TEST_DATABASE=postgres` they use
 * PostgreSQL.
 */
export const onPostgres = process.env['THREADMILL_TEST_DATABASE'] === 'postgres'
/** The reason to skip a test about SQLite alone on PostgreSQL. */
export const sqliteOnly = { skip: onPostgres && 'it is about the file of SQLite' }

let server: ReturnType<typeof testPostgres> | undefined

/**
 * The settings of the database for a server with this data folder. Undefined when the rows are in a file of the folder.
 */
export const databaseOf = async (dataDir: string): Promise<PostgresSettings | undefined> =>
  onPostgres ? postgresOf(dataDir) : undefined

/** The settings of a schema that only this data folder uses. */
export async function postgresOf(dataDir: string): Promise<PostgresSettings> {
  const { url } = await (server ??= testPostgres())
  const schema = `t_${createHash('sha256').update(dataDir).digest('hex').slice(0, 20)}`
  return { url, schema, poolSize: 8, statementTimeoutMs: 30_000 }
}

/** The same as environment variables, for a server that is started as a program. */
export async function environmentOf(dataDir: string): Promise<Record<string, string>> {
  const database = await databaseOf(dataDir)
  if (!database) return {}
  return { THREADMILL_DATABASE_URL: database.url, THREADMILL_DATABASE_SCHEMA: database.schema }
}

/** Opens another connection to the database of a server with this data folder. */
export async function openDatabaseOf(dataDir: string): Promise<Database> {
  const database = await databaseOf(dataDir)
  return database ? openPostgres(database) : openSqlite(join(dataDir, 'threadmill.db'))
}

/** Deletes the rows when they are not deleted together with the folder. */
export async function removeDatabaseOf(dataDir: string): Promise<void> {
  const database = await databaseOf(dataDir)
  if (database) await dropSchema(database)
}

export async function dropSchema(database: PostgresSettings): Promise<void> {
  const client = await connectAlone(database)
  await client.query(`set client_min_messages = warning; drop schema if exists ${database.schema} cascade`)
  await client.end()
}

export interface Trigger {
  name: string
  /** An example: `before insert on messages`. */
  on: string
  /** A condition on `new`. */
  when?: string
  /** Refuses the row with this text, leaves the row as it was, or runs another statement. */
  does: { refuse: string } | 'ignore' | { run: string }
}

/** Makes the database do something by itself, to produce what otherwise needs a crash or a long time. */
export async function createTrigger(db: Database, { name, on, when = 'true', does }: Trigger): Promise<void> {
  const body = (refuse: (text: string) => string, ignore: string) =>
    does === 'ignore' ? ignore : 'refuse' in does ? refuse(does.refuse) : does.run
  const statements =
    db.kind === 'sqlite'
      ? [
          `create trigger ${name} ${on} when ${when}
           begin ${body((text) => `select raise(abort, '${text}')`, 'select raise(ignore)')}; end`,
        ]
      : [
          `create function ${name}() returns trigger language plpgsql as $$
           begin
             if ${when} then ${body((text) => `raise exception '${text}' using errcode = '53100'`, 'return null')}; end if;
             return new;
           end $$`,
          `create trigger ${name} ${on} for each row execute function ${name}()`,
        ]
  for (const sql of statements) await db.write((tx) => tx.run(sql))
}

/** Makes the database refuse the end of every run, as when its disk is full. */
export const refuseEnds = (db: Database) =>
  createTrigger(db, {
    name: 'refuse_ends',
    on: 'before update on runs',
    when: 'new.finished_at is not null',
    does: { refuse: 'the disk is full' },
  })

/** Removes a trigger, so that the database works normally again. */
export const dropTrigger = (db: Database, name: string) =>
  db.write((tx) => tx.run(db.kind === 'sqlite' ? `drop trigger ${name}` : `drop function ${name} cascade`))
