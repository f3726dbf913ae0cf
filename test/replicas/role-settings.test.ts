import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from 'pg'
import { toFile } from 'openai'
import { openMove } from '../../src/store/move/move.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { patient } from '../../src/store/patient.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { silent } from '../move/places.ts'
import { createHeldModel } from '../held-model.ts'
import { testPostgres } from '../postgres.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'

/** A database of its own, for whose role these settings hold in every session that begins from now on. */
async function postgresWith(settings: Record<string, string>) {
  const postgres = await testPostgres()
  const admin = new Client({ connectionString: postgres.url })
  // Its database is dropped before it.
  admin.on('error', () => {})
  await admin.connect()
  for (const [name, value] of Object.entries(settings))
    await admin.query(`alter role current_user set ${name} = '${value}'`)
  return {
    admin,
    database: { url: postgres.url, schema: 'threadmill', poolSize: 4, statementTimeoutMs: 30_000 },
    async [Symbol.asyncDispose]() {
      await admin.end()
      await postgres[Symbol.asyncDispose]()
    },
  }
}

test('bytes are read as they were written, whatever form the role has for them', async () => {
  await using postgres = await postgresWith({ bytea_output: 'escape' })
  await using server = await startTestServer({ database: postgres.database })
  const { files, vectorStores } = server.client
  const file = await files.create({
    purpose: 'assistants',
    file: await toFile(Buffer.from('Otters swim.'), 'a.txt'),
  })
  const store = await vectorStores.create({ name: 'animals' })
  await vectorStores.files.createAndPoll(store.id, { file_id: file.id }, { pollIntervalMs: 20 })
  const { data } = await vectorStores.search(store.id, { query: 'otters' })
  assert.equal(data[0]?.filename, 'a.txt')
  const { rows } = await postgres.admin.query<{ bytes: Buffer }>(
    `select decode(string_agg(lpad(to_hex(n), 2, '0'), ''), 'hex') as bytes from generate_series(0, 255) as n`,
  )
  const db = openPostgres(postgres.database)
  const [found] = await db.all<{ bytes: Buffer }>(
    `select decode(string_agg(lpad(to_hex(n), 2, '0'), ''), 'hex') as bytes from generate_series(0, 255) as n`,
  )
  await db.close()
  assert.deepEqual(found?.bytes, rows[0]?.bytes)
})

test('migrations and moves are not ended by the times that the role gives to its statements and sessions', async () => {
  await using postgres = await postgresWith({
    statement_timeout: '1ms',
    idle_in_transaction_session_timeout: '50ms',
    idle_session_timeout: '50ms',
  })
  using folder = temporaryFolder()
  const at = { dataDir: join(folder.path, 'first'), filesUrl: '', database: postgres.database }
  {
    await using server = await startTestServer({ database: postgres.database, dataDir: at.dataDir })
    await server.client.beta.threads.create()
  }
  const to = { dataDir: join(folder.path, 'last') }
  await using move = await openMove(at, to, '')
  await new Promise((resolve) => setTimeout(resolve, 200))
  const { tables } = await move.run(silent)
  assert.equal(tables.find(({ name }) => name === 'threads')?.rows, 1)
})

test('where the role waits for no lock, a request is answered with 503 and work waits', async () => {
  await using postgres = await postgresWith({ lock_timeout: '10ms' })
  await using server = await startTestServer({ database: postgres.database })
  const { beta } = server.client.withOptions({ maxRetries: 0 })
  await beta.threads.create()
  await postgres.admin.query('begin; lock table threadmill.threads in share mode')
  const refused = await beta.threads.create().catch((error: unknown) => error)
  assert.equal((refused as { status?: number }).status, 503)
  const db = openPostgres(postgres.database)
  let tries = 0
  const written = patient(db, new AbortController().signal).write(async (tx) => {
    tries++
    return await tx.run('update threads set active_at = 7')
  })
  // More often than a statement is tried that takes too long.
  await until(async () => tries > 5)
  await postgres.admin.query('rollback')
  assert.equal(await written, 1)
  await db.close()
})

test('while the role is refused requests are answered with 503, and afterwards a run has gone on', async () => {
  await using postgres = await postgresWith({})
  const held = createHeldModel()
  await using server = await startTestServer({ database: postgres.database, models: { m: held.model } })
  const { responses } = server.client.withOptions({ maxRetries: 0 })
  const { id } = await responses.create({ model: 'm', input: 'Hello', background: true })
  await until(async () => held.working === 1)
  const { password } = new URL(postgres.database.url)
  const setPassword = (to: string) => postgres.admin.query(`alter role current_user password '${to}'`)
  await setPassword('another one')
  await postgres.admin.query(
    'select pg_terminate_backend(pid, 10000) from pg_stat_activity where usename = current_user and pid <> pg_backend_pid()',
  )
  held.release()
  for (let times = 0; times < 3; times++) {
    const refused = await responses.retrieve(id).catch((error: unknown) => error)
    assert.equal((refused as { status?: number }).status, 503)
  }
  await setPassword(password)
  const ended = await until(async () => {
    const now = await responses.retrieve(id).catch(() => undefined)
    return now && now.status !== 'in_progress' && now
  })
  assert.deepEqual([ended.status, ended.output_text, held.most], ['completed', 'Here.', 1])
})
