import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { toFile } from 'openai'
import type { PostgresSettings } from '../../src/store/postgres/settings.ts'
import { testPostgres } from '../postgres.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { threadmill } from '../transfer.ts'
import { temporaryFolder } from './child.ts'

/** Something of most kinds. */
async function fill({ client: { beta, files, vectorStores } }: TestServer) {
  const assistant = await beta.assistants.create({ model: 'demo', metadata: { kind: 'moved' } })
  const thread = await beta.threads.create({ metadata: { kind: 'moved' } })
  await beta.threads.messages.create(thread.id, { role: 'user', content: 'What swims?' })
  const store = await vectorStores.create({ name: 'animals' })
  for (const [name, text] of Object.entries({
    'otter.txt': 'Otters swim in rivers and eat fish.',
    'mole.txt': 'Moles dig tunnels and eat worms.',
    'heron.txt': 'Herons stand in rivers and wait for fish.',
  })) {
    const file = await files.create({ purpose: 'assistants', file: await toFile(Buffer.from(text), name) })
    await vectorStores.files.createAndPoll(store.id, { file_id: file.id }, { pollIntervalMs: 20 })
  }
  const run = await beta.threads.runs.createAndPoll(
    thread.id,
    { assistant_id: assistant.id },
    { pollIntervalMs: 20 },
  )
  return { assistant, thread, store, run, found: await search({ client: { vectorStores } }, store.id) }
}

const search = async ({ client }: { client: Pick<TestServer['client'], 'vectorStores'> }, store: string) =>
  (await client.vectorStores.search(store, { query: 'fish in rivers' })).data

/** The thread goes on, and its new message is the last. */
async function goOn({ client: { beta } }: TestServer, thread: string, assistant: string): Promise<void> {
  const added = await beta.threads.messages.create(thread, { role: 'user', content: 'And now?' })
  const next = await beta.threads.runs.createAndPoll(
    thread,
    { assistant_id: assistant },
    { pollIntervalMs: 20 },
  )
  assert.equal(next.status, 'completed')
  const { data } = await beta.threads.messages.list(thread, { limit: 2 })
  assert.equal(data[1]?.id, added.id)
}

test('what was moved to PostgreSQL and back is the same, and is gone on with', async () => {
  using folder = temporaryFolder()
  await using postgres = await testPostgres()
  const at = (name: string) => join(folder.path, name)
  const database: PostgresSettings = {
    url: postgres.url,
    schema: 'moved_here',
    poolSize: 4,
    statementTimeoutMs: 30_000,
  }
  const schema = { THREADMILL_DATABASE_SCHEMA: database.schema }
  const shared = { ...schema, THREADMILL_DATABASE_URL: postgres.url }
  let exports = 0
  const exported = async (dataDir: string, env: Record<string, string> = {}) => {
    const target = at(`export-${++exports}`)
    const { code, errors } = await threadmill(dataDir, ['export', target], env)
    assert.equal(code, 0, errors)
    const names = readdirSync(target).filter((name) => name.endsWith('.jsonl'))
    assert.ok(names.includes('threads.jsonl'), names.join())
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(target, name), 'utf8')]))
  }
  const serve = (dataDir: string, of?: PostgresSettings) =>
    startTestServer({ dataDir, ...(of && { database: of }) })

  let made: Awaited<ReturnType<typeof fill>>
  {
    await using server = await serve(at('first'))
    made = await fill(server)
  }
  const { assistant, thread, store, run, found } = made
  const before = await exported(at('first'))
  const there = await threadmill(at('first'), ['move', '--to', postgres.url, '--json'], schema)
  assert.equal(there.code, 0, there.errors)
  const report = JSON.parse(there.out)
  assert.match(report.to, /\(schema moved_here\)$/, 'the schema is that of the settings')
  assert.equal(report.nul_replaced, 0)
  assert.ok(!`${there.out}${there.errors}`.includes(new URL(postgres.url).password))
  assert.deepEqual(await exported(at('first'), shared), before)
  {
    await using server = await serve(at('first'), database)
    assert.deepEqual(await search(server, store.id), found)
    const { status } = await server.client.beta.threads.runs.retrieve(run.id, { thread_id: thread.id })
    assert.equal(status, 'completed')
    await goOn(server, thread.id, assistant.id)
  }

  const middle = await exported(at('first'), shared)
  const back = await threadmill(at('first'), ['move', '--to', at('last')], shared)
  assert.equal(back.code, 0, back.errors)
  assert.match(
    back.out,
    new RegExp(
      `Start the server with --data-dir ${at('last')} and the same key, without THREADMILL_DATABASE_URL`,
    ),
  )
  assert.deepEqual(await exported(at('last')), middle)
  await using server = await serve(at('last'))
  assert.deepEqual(await search(server, store.id), found)
  await goOn(server, thread.id, assistant.id)
})

test('a server on an empty PostgreSQL says how the objects of its data folder come there', async () => {
  using folder = temporaryFolder()
  await using postgres = await testPostgres()
  const database = { url: postgres.url, schema: 'threadmill', poolSize: 4, statementTimeoutMs: 30_000 }
  const said: string[] = []
  const log = (_level: string, message: string) => void said.push(message)
  for (const settings of [{}, { database }, { database }]) {
    await using server = await startTestServer({ dataDir: folder.path, log, ...settings })
    if ('database' in settings) await server.client.beta.threads.create()
  }
  const hints = said.filter((message) => message.startsWith('the database in the data folder is not used'))
  assert.deepEqual(
    hints.map((message) =>
      message.endsWith('which is empty: "threadmill move" brings what is in the data folder'),
    ),
    [true, false],
  )
})
