import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectAlone } from '../../src/store/postgres/connection.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { dropSchema, postgresOf } from '../database.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'

test('a statement that nobody waits for, and that the database ends, is answered as a database that is away', async () => {
  const folder = temporaryFolder()
  const database = await postgresOf(folder.path)
  const server = await startTestServer({ dataDir: folder.path, database })
  const { beta } = server.client.withOptions({ maxRetries: 0 })
  const holder = await connectAlone(database)
  try {
    const thread = await beta.threads.create()
    await holder.query('begin')
    await holder.query('select 1 from threads where id = $1 for update', [thread.id])
    const adding = assert.rejects(beta.threads.messages.create(thread.id, { role: 'user', content: 'Hi' }), {
      status: 503,
      code: 'database_unreachable',
    })
    // What the server does when it shuts down: each session is ended with the same error.
    const end = `select pg_terminate_backend(pid) as ended from pg_stat_activity, unnest(pg_blocking_pids(pid)) blocker
      where blocker = pg_backend_pid()`
    await until(async () => (await holder.query(end)).rows.length > 0)
    await adding
    await holder.query('rollback')
    await beta.threads.messages.create(thread.id, { role: 'user', content: 'Hi again' })
    const { data } = await beta.threads.messages.list(thread.id)
    assert.equal(data.length, 1)
  } finally {
    await holder.end()
    await server[Symbol.asyncDispose]()
    await dropSchema(database)
    folder[Symbol.dispose]()
  }
})
