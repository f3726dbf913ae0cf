import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scripted, type Script } from '../../src/models/scripted.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { createTrigger, dropSchema, dropTrigger, postgresOf } from '../database.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'

/** A server whose statements may take a second, and a database in which those on `table` take longer. */
async function startSlow(
  on: string,
  { when, script = () => ({ text: 'Hi.' }) }: { when?: string; script?: Script } = {},
) {
  const folder = temporaryFolder()
  const database = { ...(await postgresOf(folder.path)), statementTimeoutMs: 1_000 }
  const server = await startTestServer({
    dataDir: folder.path,
    database,
    models: { m: scripted(script) },
  })
  const db = openPostgres(database)
  const name = 'takes_long'
  await createTrigger(db, {
    name,
    on,
    ...(when !== undefined && { when }),
    does: { run: 'perform pg_sleep(60)' },
  })
  return {
    ...server,
    mend: () => dropTrigger(db, name),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await db.close()
      await dropSchema(database)
      folder[Symbol.dispose]()
    },
  }
}

test('a run whose statement always takes too long fails with that reason, and the next one works', async () => {
  await using slow = await startSlow('before insert on run_steps')
  const { beta } = slow.client
  const assistant = await beta.assistants.create({ model: 'm' })
  const thread = await beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  const run = () =>
    beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id }, { pollIntervalMs: 50 })
  const failed = await run()
  assert.equal(failed.status, 'failed')
  assert.deepEqual(failed.last_error, {
    code: 'server_error',
    message:
      'The database of this server did not carry out a statement of this work in time, in each of several tries.',
  })
  await slow.mend()
  assert.equal((await run()).status, 'completed')
})

test('a message that can never be written ends its run while the model still speaks', async () => {
  const said: string[] = []
  await using slow = await startSlow('before insert on run_steps', {
    script: () => ({ text: Array.from({ length: 600 }, () => 'word '), delayMs: 100 }),
  })
  const { assistants, threads } = slow.client.beta
  const { id: assistant_id } = await assistants.create({ model: 'm' })
  const { id } = await threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  const began = performance.now()
  for await (const { event } of await threads.runs.create(id, { assistant_id, stream: true }))
    said.push(event)
  assert.ok(performance.now() - began < 55_000, 'the whole answer was read')
  assert.deepEqual(said.slice(3), ['thread.run.failed'])
  assert.deepEqual((await threads.messages.list(id)).data.length, 1)
})

test('a response whose message can never be written fails with that reason', async () => {
  await using slow = await startSlow('before insert on items', { when: "new.part = 'output'" })
  const { responses } = slow.client
  let response = await responses.create({ model: 'm', input: 'Hello', background: true })
  await until(async () => {
    response = await responses.retrieve(response.id)
    return response.status !== 'queued' && response.status !== 'in_progress'
  })
  assert.deepEqual([response.status, response.output], ['failed', []])
  assert.match(response.error?.message ?? '', /did not carry out a statement of this work in time/)
})

test('a file whose chunks always take too long fails with that reason, and another one is indexed', async () => {
  await using slow = await startSlow('before insert on chunks', { when: "new.text like '%slow%'" })
  const { client } = slow
  const store = await client.vectorStores.create({})
  const add = async (text: string) => {
    const file = await client.files.create({ file: new File([text], 'a.txt'), purpose: 'assistants' })
    return client.vectorStores.files.createAndPoll(store.id, { file_id: file.id }, { pollIntervalMs: 50 })
  }
  const [slowly, quickly] = await Promise.all([add('A slow text.'), add('A quick text.')])
  assert.equal(quickly.status, 'completed')
  assert.equal(slowly.status, 'failed')
  assert.match(slowly.last_error?.message ?? '', /did not carry out a statement of this work in time/)
})
