import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { readConfig } from '../../src/config/config.ts'
import type { PostgresSettings } from '../../src/store/postgres/settings.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { testPostgres } from '../postgres.ts'
import { startPostgres } from '../postgres/server.ts'
import { startTestServer } from '../server.ts'
import { threadmill } from '../transfer.ts'

const settingsOf = (url: string, schema = 'threadmill'): PostgresSettings => ({
  url,
  schema,
  poolSize: 4,
  statementTimeoutMs: 30_000,
})

async function tablesOf(url: string, schema: string): Promise<string[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(
    'select tablename as name from pg_tables where schemaname = $1',
    [schema],
  )
  await client.end()
  return rows.map(({ name }) => name)
}

test('a server whose database is empty does not start on files of another one, which it would clear away', async () => {
  await using postgres = await testPostgres()
  await using one = await startTestServer({ database: settingsOf(postgres.url) })
  const file = await one.client.files.create({
    file: new File(['Hello'], 'hello.txt'),
    purpose: 'assistants',
  })
  await assert.rejects(
    startTestServer({ dataDir: one.dataDir, database: settingsOf(postgres.url, 'mistyped') }),
    /There are files in .* already, but the database of THREADMILL_DATABASE_URL is empty/,
  )
  const { code, out } = await threadmill(one.dataDir, ['doctor'], {
    THREADMILL_DATABASE_URL: postgres.url,
    THREADMILL_DATABASE_SCHEMA: 'mistyped',
    THREADMILL_CODE_INTERPRETER: 'off',
  })
  assert.equal(code, 1)
  assert.match(out, /fail +Files +There are files in .* already, but the database/)
  assert.equal(await (await one.client.files.content(file.id)).text(), 'Hello')
})

test('parameters of the address for the session leave the tables in their schema', async () => {
  await using postgres = await testPostgres()
  const url = `${postgres.url}?options=-c%20geqo%3Don`
  await using server = await startTestServer({ database: settingsOf(url) })
  await server.client.beta.threads.create()
  assert.deepEqual(await tablesOf(postgres.url, 'public'), [])
  assert.ok((await tablesOf(postgres.url, 'threadmill')).includes('threads'))
})

test('a role uses a schema that was created for it, and is told when it may create none', async () => {
  await using postgres = await testPostgres()
  const { username, pathname } = new URL(postgres.url)
  const owner = new Client({ connectionString: postgres.url })
  await owner.connect()
  await owner.query('create schema given')
  await owner.query(`revoke create on database ${pathname.slice(1)} from ${username}`)
  await owner.end()
  await using server = await startTestServer({ database: settingsOf(postgres.url, 'given') })
  assert.match((await server.client.beta.threads.create()).id, /^thread_/)
  await assert.rejects(
    startTestServer({ database: settingsOf(postgres.url, 'another') }),
    /may not create the schema another: say "create schema another authorization/,
  )
})

test('a way of encryption that is none is refused, and so is more than one server', () => {
  const configOf = (url: string) => () => readConfig({ THREADMILL_DATABASE_URL: url })
  assert.throws(
    configOf('postgres://a@b/c?sslmode=prefer'),
    /THREADMILL_DATABASE_URL has sslmode=prefer, which must be one of disable/,
  )
  assert.throws(configOf('postgres://a@b:1,c:2/d'), /must be an address of one server/)
  assert.doesNotThrow(configOf('postgres://a@b/c?sslmode=verify-full'))
})

test('a database whose encoding has no place for most characters is refused at the start and by doctor', async () => {
  await using postgres = await startPostgres()
  const admin = new Client({ connectionString: postgres.url })
  await admin.connect()
  await admin.query("create database latin encoding 'LATIN1' lc_collate 'C' lc_ctype 'C' template template0")
  await admin.end()
  const url = postgres.url.replace(/postgres$/, 'latin')
  await assert.rejects(
    startTestServer({ database: settingsOf(url) }),
    /its encoding is LATIN1, .*: make a database with "encoding 'UTF8' template template0"/,
  )
  using folder = temporaryFolder()
  const { code, out } = await threadmill(folder.path, ['doctor'], {
    THREADMILL_DATABASE_URL: url,
    THREADMILL_CODE_INTERPRETER: 'off',
  })
  assert.equal(code, 1)
  assert.match(out, /fail +Database .*its encoding is LATIN1/)
})
