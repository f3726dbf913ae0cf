import type { Client } from 'pg'
import { CannotStart } from '../../errors/errors.ts'
import { asDatabaseError, connectAlone } from './connection.ts'
import { presenceLock } from './presence.ts'
import type { PostgresSettings } from './settings.ts'
import { createProgressTable, findForeignMigrations, migrations, moveMark } from '../schema-check.ts'
import { commandLine } from '../../common/called-as.ts'

/**
 * Applies the numbered files that this database has not seen, in order and each in one transaction, and returns their
 * names, none for a database that is new. Servers that start at the same time wait for each other. Throws CannotStart when a newer version has changed the database, and
 * DatabaseUnavailable when it cannot be reached. With the name of a move, which holds the schema alone, nobody else uses it
 * from before its first table until that move has ended.
 */
export async function migratePostgres(
  settings: PostgresSettings,
  { moveName }: { moveName?: string } = {},
): Promise<string[]> {
  // This avoids a pooler, which would give each statement another session.
  const client = await connectAlone(
    { ...settings, statementTimeoutMs: 0 },
    settings.listenUrl ?? settings.url,
  )
  let applied
  try {
    await asDatabaseError(refuseUnusable(client))
    if (moveName === undefined) await asDatabaseError(refuseWhileMoving(client, settings))
    applied = await asDatabaseError(applyAll(client, settings, moveName))
  } finally {
    await client.end()
  }
  await refuseOtherSchema(settings)
  return applied
}

/** Nobody may write to a database that is being moved, or moved to. */
async function refuseWhileMoving(client: Client, { schema }: PostgresSettings): Promise<void> {
  const { rows } = await client.query<{ free: string }>(
    'select pg_try_advisory_xact_lock_shared(hashtext($1)) as free',
    [presenceLock(schema)],
  )
  if (rows[0]?.free !== 't')
    throw new CannotStart(
      `the schema ${schema} is being moved: wait until "${commandLine('move')}" has ended`,
    )
}

/** It would work for a while, or for some of what is asked. */
async function refuseUnusable(client: Client): Promise<void> {
  const problem = await whyUnusable(client)
  if (problem !== undefined) throw new CannotStart(problem)
}

/** A standby, a database or role whose transactions may only read, or a database without most characters. */
async function whyUnusable(client: Client): Promise<string | undefined> {
  const { rows } = await client.query<{ read_only: string; standby: string; encoding: string }>(
    `select current_setting('transaction_read_only') as read_only, pg_is_in_recovery() as standby,
       current_setting('server_encoding') as encoding`,
  )
  const [found] = rows
  if (found?.standby === 't')
    return 'it is a standby, which can only be read: name the primary server in THREADMILL_DATABASE_URL'
  if (found?.read_only === 'on')
    return 'it can only be read: look at default_transaction_read_only of the server, of the database and of the role'
  // SQL_ASCII keeps bytes as they are.
  if (!['UTF8', 'SQL_ASCII'].includes(found?.encoding ?? ''))
    return (
      `its encoding is ${found?.encoding}, in which most characters cannot be written: make a database with ` +
      `"encoding 'UTF8' template template0", and name that one`
    )
  return undefined
}

/** Why it cannot be used, as a sentence. Undefined when it can. Throws DatabaseUnavailable. */
export async function findUnusable(settings: PostgresSettings): Promise<string | undefined> {
  for (const url of new Set([settings.url, settings.listenUrl ?? settings.url])) {
    const client = await connectAlone(settings, url)
    try {
      const reason = await asDatabaseError(whyUnusable(client))
      if (reason !== undefined) return reason
    } finally {
      await client.end()
    }
  }
  return undefined
}

/** A pooler may open its sessions with another schema, which we cannot change. */
async function refuseOtherSchema(settings: PostgresSettings): Promise<void> {
  if (settings.listenUrl === undefined) return
  const client = await connectAlone(settings)
  try {
    await asDatabaseError(refuseUnusable(client))
    const found = await asDatabaseError(
      client.query<{ schema: string | null }>('select current_schema() as schema'),
    )
    if (found.rows[0]?.schema === settings.schema) return
    throw new CannotStart(
      `through the pooler of THREADMILL_DATABASE_URL tables are looked for in the schema ${found.rows[0]?.schema}, not in ` +
        `${settings.schema}: say "alter role ... set search_path = ${settings.schema}" for its user, or name the other one ` +
        'in THREADMILL_DATABASE_SCHEMA',
    )
  } finally {
    await client.end()
  }
}

/** The state of a database, for programs that only read it. Throws the same errors as `migratePostgres`. */
export async function stateOfPostgres(settings: PostgresSettings): Promise<'empty' | 'older' | 'current'> {
  const client = await connectAlone(settings, settings.listenUrl ?? settings.url)
  try {
    const found = await asDatabaseError(
      client.query<{ there: string | null }>("select to_regclass('migrations') as there"),
    )
    if (found.rows[0]?.there == null) return 'empty'
    const applied = await asDatabaseError(client.query<Applied>(listOfApplied))
    refuseForeign(applied.rows)
    return applied.rows.length < migrations('postgres').length ? 'older' : 'current'
  } finally {
    await client.end()
  }
}

interface Applied {
  name: string
  sha256: string
}

const listOfApplied = 'select name, sha256 from migrations order by name'

function refuseForeign(applied: Applied[], moveName?: string): void {
  const foreign = findForeignMigrations(applied, migrations('postgres'), moveName)
  if (foreign !== undefined) throw new CannotStart(foreign)
}

/** A role that may not create schemas can use one that somebody has created for it. */
async function makeSchema(client: Client, schema: string): Promise<void> {
  const { rows } = await client.query('select 1 from pg_namespace where nspname = $1', [schema])
  if (rows.length === 0)
    await client.query(`create schema "${schema}"`).catch((error: unknown) => {
      if ((error as { code?: string }).code !== '42501') throw error
      throw new CannotStart(
        `the role of THREADMILL_DATABASE_URL may not create the schema ${schema}: say "create schema ${schema} ` +
          'authorization ..." for it, or "grant create on database ..."',
        { cause: error },
      )
    })
  const found = await client.query<{ schema: string | null }>('select current_schema() as schema')
  if (found.rows[0]?.schema !== schema)
    throw new CannotStart(
      `the role of THREADMILL_DATABASE_URL may not use the schema ${schema}: say "grant usage, create on schema ${schema} to ..."`,
    )
}

async function markAsMoving(client: Client, moveName: string): Promise<void> {
  await client.query(createProgressTable)
  await client.query('insert into migrations (name, sha256) values ($1, $2) on conflict do nothing', [
    moveMark,
    moveName,
  ])
}

async function applyAll(
  client: Client,
  { schema }: PostgresSettings,
  moveName: string | undefined,
): Promise<string[]> {
  await client.query("select pg_advisory_lock(hashtext('threadmill migrations'))")
  await makeSchema(client, schema)
  await client.query('begin')
  await client.query('create table if not exists migrations (name text primary key, sha256 text not null)')
  if (moveName !== undefined) await markAsMoving(client, moveName)
  await client.query('commit')
  const applied = await client.query<Applied>(listOfApplied)
  refuseForeign(applied.rows, moveName)
  const seen = new Set(applied.rows.map(({ name }) => name))
  const missing = migrations('postgres').filter(({ name }) => !seen.has(name))
  for (const { name, sql, sha256 } of missing) {
    await client.query('begin')
    await client.query(sql)
    await client.query('insert into migrations (name, sha256) values ($1, $2)', [name, sha256])
    await client.query('commit')
  }
  return seen.size === 0 ? [] : missing.map(({ name }) => name)
}
