import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Client } from 'pg'
import { scripted } from '../../src/models/scripted.ts'
import { DatabaseUnavailable } from '../../src/errors/unavailable.ts'
import type { Transaction } from '../../src/store/database.ts'
import { connectAlone } from '../../src/store/postgres/connection.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { testPostgres } from '../postgres.ts'
import { freePort } from '../ports.ts'
import { findProgram } from '../programs.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { apiKey } from './replicas.ts'
import { startTcpProxy } from './tcp-proxy.ts'

test('two servers behind PgBouncer in transaction mode: runs, streams, a cancel through the other', async (t) => {
  const program = findProgram('pgbouncer')
  if (program === undefined) return t.skip('there is no pgbouncer on this machine')
  await using postgres = await testPostgres()
  const schema = 'pooled'
  const admin = new Client({ connectionString: postgres.url })
  await admin.connect()
  await admin.query(`alter role current_user set search_path = ${schema}`)
  await admin.end()
  const url = await startPgBouncer(t, program, postgres.url)
  await assert.rejects(
    connectAlone({ url, schema, poolSize: 8, statementTimeoutMs: 30_000 }),
    /it is a PgBouncer: name PostgreSQL itself in THREADMILL_DATABASE_LISTEN_URL as well/,
  )
  const database = { url, listenUrl: postgres.url, schema, poolSize: 8, statementTimeoutMs: 30_000 }
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  t.after(() => rmSync(dataDir, { recursive: true, force: true }))
  const slow = scripted(() => ({ hang: true }))
  const models = {
    m: scripted(() => ({ text: Array.from({ length: 40 }, (_, at) => `word${at} `) })),
    slow,
  }
  const start = () => startTestServer({ dataDir, models, database, env: { THREADMILL_API_KEY: apiKey } })
  await using one = await start()
  await using other = await start()

  const assistant = await one.client.beta.assistants.create({ model: 'm' })
  // More clients at once than the pooler has sessions: transactions of different clients take turns in each of them.
  const answers = Array.from({ length: 16 }, async (_, at) => {
    const { client } = at % 2 === 0 ? one : other
    const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
    const stream = client.beta.threads.runs.stream(thread.id, { assistant_id: assistant.id })
    return stream.finalRun()
  })
  assert.deepEqual(new Set((await Promise.all(answers)).map(({ status }) => status)), new Set(['completed']))

  const thread = await one.client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  const run = await one.client.beta.threads.runs.create(thread.id, {
    assistant_id: assistant.id,
    model: 'slow',
  })
  await until(async () => slow.calls.length === 1)
  await other.client.beta.threads.runs.cancel(run.id, { thread_id: thread.id })
  await until(async () => slow.aborted === 1)
  const ended = await other.client.beta.threads.runs.poll(run.id, { thread_id: thread.id })
  assert.equal(ended.status, 'cancelled')
})

test('a PgBouncer in transaction mode is recognized where it ignores our parameters, one in session mode serves', async (t) => {
  const program = findProgram('pgbouncer')
  if (program === undefined) return t.skip('there is no pgbouncer on this machine')
  await using postgres = await testPostgres()
  const schema = 'ignored'
  const admin = new Client({ connectionString: postgres.url })
  await admin.connect()
  await admin.query(`alter role current_user set search_path = ${schema}`)
  await admin.end()
  const ignore =
    'ignore_startup_parameters = options, statement_timeout, idle_in_transaction_session_timeout\ndefault_pool_size = 30'
  const connect = (url: string) => connectAlone({ url, schema, poolSize: 8, statementTimeoutMs: 30_000 })
  const transactions = await startPgBouncer(t, program, postgres.url, ignore)
  for (let times = 0; times < 3; times++)
    await assert.rejects(
      connect(transactions),
      /a pooler is in between that gives each transaction another session: name PostgreSQL itself in THREADMILL_DATABASE_LISTEN_URL/,
    )
  const sessions = await startPgBouncer(t, program, postgres.url, `${ignore}\npool_mode = session`)
  const database = { url: sessions, schema, poolSize: 8, statementTimeoutMs: 30_000 }
  await using one = await startTestServer({ database, models: { m: scripted(() => ({ text: 'Hello' })) } })
  const assistant = await one.client.beta.assistants.create({ model: 'm' })
  const thread = await one.client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  const run = await one.client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
  assert.equal(run.status, 'completed')
})

test('what PgBouncer lost the answer to may have been committed, and is not begun again', async (t) => {
  const program = findProgram('pgbouncer')
  if (program === undefined) return t.skip('there is no pgbouncer on this machine')
  await using postgres = await testPostgres()
  const admin = new Client({ connectionString: postgres.url })
  await admin.connect()
  // Its database is dropped before it.
  admin.on('error', () => {})
  t.after(() => admin.end())
  await admin.query('create table written (id text)')
  const way = new URL(postgres.url)
  using network = await startTcpProxy(Number(way.port))
  Object.assign(way, { hostname: '127.0.0.1', port: String(network.port) })
  const url = await startPgBouncer(t, program, way.href)
  const settings = { url, listenUrl: postgres.url, schema: 'public', poolSize: 8, statementTimeoutMs: 30_000 }
  const db = openPostgres(settings)
  const bodies: Record<string, (tx: Transaction) => Promise<void> | void> = {
    'at once'(tx) {
      tx.send("insert into written values ('at once')")
      tx.send('select pg_sleep(0.5)')
    },
    async 'after an answer'(tx) {
      await tx.run("insert into written values ('after an answer')")
      tx.send('select pg_sleep(0.5)')
    },
  }
  for (const [id, body] of Object.entries(bodies)) {
    const told = db.write(body).catch((error: unknown) => error)
    const has = async (sql: string) => (await admin.query(sql)).rows.length > 0
    await until(() => has("select 1 from pg_stat_activity where wait_event = 'PgSleep'"))
    network.silence()
    await until(() => has(`select 1 from written where id = '${id}'`))
    network.cut()
    const error = await told
    assert.ok(error instanceof DatabaseUnavailable && error.whileCommitting, String(error))
    network.mend()
    await until(async () => (await db.get('select 1 as one').catch(() => undefined)) !== undefined)
  }
  await db.close()
})

/** Starts it with three sessions for everybody, unless `more` says otherwise. Returns the address that leads through it. */
async function startPgBouncer(t: TestContext, program: string, server: string, more = ''): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-pgbouncer-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const { hostname, port, username, password, pathname } = new URL(server)
  const own = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  writeFileSync(
    file,
    `[databases]
d = host=${hostname} port=${port} dbname=${pathname.slice(1)} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
${more}
`,
  )
  // It does not run as root, and then has to read its file as somebody else.
  const asRoot = process.getuid?.() === 0
  chmodSync(folder, 0o755)
  const child = spawn(program, [...(asRoot ? ['-u', 'nobody'] : []), file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let said = ''
  const up = new Promise<void>((resolve) => {
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (/process up/.test(said)) resolve()
    })
  })
  await Promise.race([up, ended.then(() => assert.fail(`pgbouncer ended: ${said}`))])
  return `postgres://${username}@127.0.0.1:${own}/d`
}
