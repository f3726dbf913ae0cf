import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { raw } from '../raw.ts'
import { executeSql, querySql } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { adminOf, newProject } from '../team.ts'

let server: TestServer

/** A model that answers with the instructions that it was given. */
const echo = () =>
  scripted(([first]) => ({ text: first?.role === 'system' ? first.content : 'No instructions.' }))

before(async () => {
  server = await startTestServer({ models: { first: echo(), second: echo() } })
})
after(() => server[Symbol.asyncDispose]())

/** What the assistant of a new run in the thread answers. A server keeps assistants that runs had before in memory. */
async function ask(
  { beta }: OpenAI,
  thread: string,
  body: Omit<OpenAI.Beta.Threads.RunCreateParamsNonStreaming, 'stream'>,
) {
  const run = await beta.threads.runs.createAndPoll(thread, body)
  assert.equal(run.status, 'completed')
  const { data } = await beta.threads.messages.list(thread, { run_id: run.id })
  const [part] = data[0]?.content ?? []
  return { model: run.model, text: part?.type === 'text' ? part.text.value : undefined }
}

async function newConversation(client: OpenAI, instructions: string | null = 'Say one.') {
  const assistant = await client.beta.assistants.create({ model: 'first', instructions })
  const messages = [{ role: 'user' as const, content: 'Hello.' }]
  const { id: thread } = await client.beta.threads.create({ messages })
  return { assistant_id: assistant.id, thread }
}

/** Changes an assistant as another server does, of which this one is not told. */
async function changeElsewhere(id: string, change: object): Promise<void> {
  const [row] = await querySql<{ body: string }>(server, 'select body from assistants where id = ?', id)
  const body = JSON.stringify({ ...JSON.parse(row?.body ?? '{}'), ...change })
  await executeSql(server, 'update assistants set body = ? where id = ?', body, id)
}

const deleteElsewhere = (id: string) => executeSql(server, 'delete from assistants where id = ?', id)

for (const adds of [false, true]) {
  const more = adds ? { additional_messages: [{ role: 'user' as const, content: 'More.' }] } : {}
  const which = adds ? 'a run with messages' : 'a run'
  test(`${which} after a change of its assistant is of the assistant as it is now`, async () => {
    const { client } = server
    const { assistant_id, thread } = await newConversation(client)
    const said = () => ask(client, thread, { assistant_id, ...more })
    assert.deepEqual(await said(), { model: 'first', text: 'Say one.' })
    assert.deepEqual(await said(), { model: 'first', text: 'Say one.' })
    await changeElsewhere(assistant_id, { instructions: 'Say two.' })
    assert.deepEqual(await said(), { model: 'first', text: 'Say two.' })
    await changeElsewhere(assistant_id, { model: 'second', instructions: 'Say three.' })
    assert.deepEqual(await said(), { model: 'second', text: 'Say three.' })
    assert.deepEqual(await said(), { model: 'second', text: 'Say three.' })
    const { data } = await client.beta.threads.messages.list(thread, { limit: 100 })
    assert.equal(data.filter(({ role }) => role === 'user').length, adds ? 6 : 1)
  })
}

test('a new thread with its run is of the assistant as it is now, or not there', async () => {
  const { client } = server
  const { assistant_id } = await newConversation(client)
  const start = async () => {
    const thread = { messages: [{ role: 'user' as const, content: 'Hello.' }] }
    const run = await client.beta.threads.createAndRunPoll({ assistant_id, thread })
    const { data } = await client.beta.threads.messages.list(run.thread_id, { run_id: run.id })
    const [part] = data[0]?.content ?? []
    return part?.type === 'text' && part.text.value
  }
  assert.equal(await start(), 'Say one.')
  await changeElsewhere(assistant_id, { instructions: 'Say two.' })
  assert.equal(await start(), 'Say two.')
  await deleteElsewhere(assistant_id)
  const { data: before } = await raw(server, 'GET', '/v1/threads').then(({ json }) => json)
  await assert.rejects(start(), { status: 404 })
  const { data: after } = await raw(server, 'GET', '/v1/threads').then(({ json }) => json)
  assert.deepEqual(after, before)
})

test('a run in a thread that is not there is refused, whether or not its assistant has changed', async () => {
  const { client } = server
  const { assistant_id, thread } = await newConversation(client)
  await ask(client, thread, { assistant_id })
  const nowhere = () => client.beta.threads.runs.create('thread_none', { assistant_id })
  const refused = { status: 404, message: "404 No thread found with id 'thread_none'." }
  await assert.rejects(nowhere(), refused)
  await changeElsewhere(assistant_id, { instructions: 'Say two.' })
  await assert.rejects(nowhere(), refused)
})

test('a deleted assistant has no more runs, and the thread stays free for others', async () => {
  const { client } = server
  const { assistant_id, thread } = await newConversation(client)
  const other = await newConversation(client, 'Say other.')
  await ask(client, thread, { assistant_id })
  await deleteElsewhere(assistant_id)
  const gone = { status: 404, message: `404 No assistant found with id '${assistant_id}'.` }
  await assert.rejects(client.beta.threads.runs.create(thread, { assistant_id }), gone)
  await assert.rejects(client.beta.threads.runs.create('thread_none', { assistant_id }), gone)
  const said = await ask(client, thread, { assistant_id: other.assistant_id })
  assert.equal(said.text, 'Say other.')
})

test('a run whose assistant has changed counts once against the limits per minute', async () => {
  const { client, project } = await newProject(server)
  const { projects } = adminOf(server).admin.organization
  for (const model of ['first', 'second'])
    await projects.rateLimits.updateRateLimit(`rl-${model}`, {
      project_id: project.id,
      max_requests_per_1_minute: 2,
    })
  const { assistant_id, thread } = await newConversation(client)
  await ask(client, thread, { assistant_id })
  await changeElsewhere(assistant_id, { instructions: 'Say two.' })
  assert.equal((await ask(client, thread, { assistant_id })).text, 'Say two.')
  await assert.rejects(client.beta.threads.runs.create(thread, { assistant_id }), { status: 429 })
  // The limit of the model that it had is not that of the model that it has now.
  await changeElsewhere(assistant_id, { model: 'second' })
  assert.equal((await ask(client, thread, { assistant_id })).model, 'second')
})
