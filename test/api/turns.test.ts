import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'

test('a provider that never answers keeps no run of another one waiting, and what waits for it says so', async () => {
  const logged: { fact: string; more: unknown }[] = []
  await using server = await startTestServer({
    models: { hung: scripted(() => ({ hang: true })), quick: scripted(() => ({ text: 'Here.' })) },
    log: (_level, fact, more) => logged.push({ fact, more }),
  })
  const { beta } = server.client
  const assistant = await beta.assistants.create({ model: 'hung' })
  const ask = (model: string) =>
    beta.threads.createAndRun({
      assistant_id: assistant.id,
      model,
      thread: { messages: [{ role: 'user', content: 'Hello' }] },
    })
  const runs: { id: string; thread_id: string }[] = []
  for (let part = 0; part < 13; part++) {
    runs.push(...(await Promise.all(Array.from({ length: 20 }, () => ask('hung')))))
  }
  const read = async (id: string, thread_id: string) => {
    const { json } = await raw(server, 'GET', `/v1/threads/${thread_id}/runs/${id}`)
    return json
  }
  const waits = await until(async () => {
    const last = await Promise.all(runs.slice(-10).map(({ id, thread_id }) => read(id, thread_id)))
    return last.find(({ status_details }) => status_details)
  })
  assert.equal(waits.status, 'queued')
  assert.deepEqual(waits.status_details, {
    type: 'queued',
    reason: 'provider_busy',
    message: "The run waits for a place: all places for runs on the provider 'hung' are taken.",
  })

  const run = await ask('quick')
  await until(async () => (await read(run.id, run.thread_id)).status === 'completed')
  assert.ok(!('status_details' in (await read(run.id, run.thread_id))))

  const { json: health } = await raw(server, 'GET', '/health')
  const full = { taken: 256, waits: true }
  const { active_runs, oldest_queued_at } = health.database
  assert.deepEqual(active_runs, { in_progress: 256, queued: 4 })
  assert.ok(oldest_queued_at > Date.now() / 1_000 - 120)
  assert.deepEqual(health.runs, {
    places: 768,
    taken: 256,
    lanes: { hung: full },
    projects: { default: full },
  })
  const told = logged.filter(({ fact }) => fact.includes('wait'))
  assert.deepEqual(told, [{ fact: 'runs wait for a place', more: { provider: 'hung', project: 'default' } }])

  // What waits can be cancelled as ever, and when none waits any more, that is told as well.
  for (const { id, thread_id } of runs) {
    if ((await read(id, thread_id)).status === 'queued') await beta.threads.runs.cancel(id, { thread_id })
  }
  await until(async () => logged.some(({ fact }) => fact === 'no run waits for a place any more'))
})

test('a file that a run waits for is read before hundreds that others have put in before', async () => {
  const seen: string[] = []
  await using server = await startTestServer({
    models: {
      m: scripted((prompt) => {
        seen.push(JSON.stringify(prompt))
        return { text: 'Read.' }
      }),
    },
  })
  const { client } = server
  const upload = async (name: string, text: string) => {
    const file = await client.files.create({
      file: await toFile(Buffer.from(text), name),
      purpose: 'assistants',
    })
    return file.id
  }
  const book = 'A long sentence of a long book about nothing at all. '.repeat(4_000)
  const books = []
  for (let number = 0; number < 60; number++) books.push(await upload(`${number}.txt`, `${number} ${book}`))
  const note = await upload('note.txt', 'The door code is 4711.')
  const store = await client.vectorStores.create({})
  await client.vectorStores.fileBatches.create(store.id, { file_ids: books })

  const assistant = await client.beta.assistants.create({ model: 'm', tools: [{ type: 'file_search' }] })
  const run = await client.beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: {
      messages: [
        {
          role: 'user',
          content: 'What is the door code?',
          attachments: [{ file_id: note, tools: [{ type: 'file_search' }] }],
        },
      ],
    },
  })
  assert.equal(run.status, 'completed')
  assert.match(seen[0] ?? '', /file_search reads it/)
  const { file_counts } = await client.vectorStores.retrieve(store.id)
  assert.ok(file_counts.in_progress > 20, `${file_counts.in_progress} books were still to be read`)
})

test('a project that sends many runs does not make those of another wait', async () => {
  await using server = await startTestServer({
    models: {
      m: scripted((prompt) => (JSON.stringify(prompt).includes('long') ? { hang: true } : { text: 'Done.' })),
    },
  })
  const admin = new OpenAI({
    baseURL: `${server.url}/v1`,
    adminAPIKey: server.server.adminKey,
    maxRetries: 0,
  })
  const { projects } = admin.admin.organization
  const calm = await projects.create({ name: 'Calm' })
  const account = await projects.serviceAccounts.create(calm.id, { name: 'app' })
  const theirs = new OpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: account.api_key?.value ?? '',
    maxRetries: 0,
  })
  const run = async ({ beta }: OpenAI, content: string) => {
    const assistant = await beta.assistants.create({ model: 'm' })
    const thread = { messages: [{ role: 'user' as const, content }] }
    return beta.threads.createAndRun({ assistant_id: assistant.id, thread })
  }
  for (let part = 0; part < 13; part++)
    await Promise.all(Array.from({ length: 20 }, () => run(server.client, 'long')))
  const quick = await run(theirs, 'quick')
  const { status } = await theirs.beta.threads.runs.poll(quick.id, { thread_id: quick.thread_id })
  assert.equal(status, 'completed')
  const { json } = await raw(server, 'GET', '/health')
  assert.deepEqual(json.runs.projects['default'], { taken: 256, waits: true })
})
