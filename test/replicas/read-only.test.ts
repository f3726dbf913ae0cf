import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { Client } from 'pg'
import { temporaryFolder } from '../acceptance/child.ts'
import { testPostgres } from '../postgres.ts'
import { startTestServer } from '../server.ts'
import { threadmill } from '../transfer.ts'

/** For every session that begins from now on; those that are open are ended, as at a failover. */
async function setReadOnly(url: string, to: 'on' | 'off'): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('set default_transaction_read_only = off')
  await client.query(
    `alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = ${to}`,
  )
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await client.end()
}

test('a PostgreSQL that can only be read is refused at the start and by doctor, and makes a server that runs not ready', async () => {
  using folder = temporaryFolder()
  await using postgres = await testPostgres()
  const database = { url: postgres.url, schema: 'threadmill', poolSize: 4, statementTimeoutMs: 30_000 }
  const start = () => startTestServer({ database, dataDir: join(folder.path, 'data') })
  await using server = await start()
  const statusOf = async () => (await fetch(`${server.url}/health?ready`)).status
  assert.equal(await statusOf(), 200)
  await setReadOnly(postgres.url, 'on')
  // Answers of the check are reused for a second.
  for (let status = 200; status !== 503;) status = await statusOf()
  const created = await server.client.beta.threads.create().catch((error: unknown) => error)
  assert.equal((created as { status?: number }).status, 503)
  await assert.rejects(start(), /can only be read: look at default_transaction_read_only/)
  const { code, out } = await threadmill(join(folder.path, 'data'), ['doctor'], {
    THREADMILL_DATABASE_URL: postgres.url,
    THREADMILL_CODE_INTERPRETER: 'off',
  })
  assert.equal(code, 1)
  assert.match(out, /fail +Database .*can only be read/)
  await setReadOnly(postgres.url, 'off')
  for (let status = 503; status !== 200;) status = await statusOf()
  assert.match((await server.client.beta.threads.create()).id, /^thread_/)
})
