import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Database } from '../src/store/database.ts'
import { connectAlone } from '../src/store/postgres-connection.ts'
import { openPostgres } from '../src/store/postgres.ts'
import type { PostgresSettings } from '../src/store/postgres-settings.ts'
import { openSqlite } from '../src/store/sqlite.ts'
import { testPostgres } from './postgres.ts'

/** The tests of the store and of the API run on both: `THREADMILL_TEST_DATABASE=postgres` is the second time. */
export const onPostgres = process.env['THREADMILL_TEST_DATABASE'] === 'postgres'
/** Why a test of SQLite's own affairs is not run the second time. */
export const sqliteOnly = { skip: onPostgres && 'it is about the file of SQLite' }

let server: ReturnType<typeof testPostgres> | undefined

/** Where a server with this data folder has its rows: undefined where that is a file in it. */
export const databaseOf = async (dataDir: string): Promise<PostgresSettings | undefined> =>
  onPostgres ? postgresOf(dataDir) : undefined

/** A schema of its own for a data folder. */
export async function postgresOf(dataDir: string): Promise<PostgresSettings> {
  const { url } = await (server ??= testPostgres())
  const schema = `t_${createHash('sha256').update(dataDir).digest('hex').slice(0, 20)}`
  return { url, schema, poolSize: 8, statementTimeoutMs: 30_000 }
}

/** The same for a server that is started as a program. */
export async function environmentOf(dataDir: string): Promise<Record<string, string>> {
  const database = await databaseOf(dataDir)
  if (!database) return {}
  return { THREADMILL_DATABASE_URL: database.url, THREADMILL_DATABASE_SCHEMA: database.schema }
}

/** A connection of a test's own to what a server with this data folder has written. */
export async function openDatabaseOf(dataDir: string): Promise<Database> {
  const database = await databaseOf(dataDir)
  return database ? openPostgres(database) : openSqlite(join(dataDir, 'threadmill.db'))
}

/** Takes the rows away, where they do not go with the folder. */
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
  /** `before insert on messages` */
  on: string
  /** A condition on `new`. */
  when?: string
  /** Refuses the row with this text, leaves it as it was, or does something besides. */
  does: { refuse: string } | 'ignore' | { run: string }
}

/** Makes the database do something by itself, to bring about what only a crash or time brings about. */
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

/** From now on the database refuses to write that a run has ended, as where its disk is full. */
export const refuseEnds = (db: Database) =>
  createTrigger(db, {
    name: 'refuse_ends',
    on: 'before update on runs',
    when: 'new.finished_at is not null',
    does: { refuse: 'the disk is full' },
  })

/** It does so no more. */
export const dropTrigger = (db: Database, name: string) =>
  db.write((tx) => tx.run(db.kind === 'sqlite' ? `drop trigger ${name}` : `drop function ${name} cascade`))
