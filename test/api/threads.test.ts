import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

test('a thread has every field in the recorded order, and shows its resources as the original did', async () => {
  const { json } = await raw(server, 'POST', '/v1/threads', { metadata: { user: 'u1' } })
  assert.match(json.id, /^thread_[A-Za-z0-9]{24}$/)
  const shown = (resources: unknown) =>
    JSON.stringify({
      id: json.id,
      object: 'thread',
      created_at: json.created_at,
      metadata: { user: 'u1' },
      tool_resources: resources,
    })
  assert.equal(JSON.stringify(json), shown({}))
  const read = await raw(server, 'GET', `/v1/threads/${json.id}`)
  assert.equal(JSON.stringify(read.json), shown({ code_interpreter: { file_ids: [] } }))
  const written = await raw(server, 'POST', `/v1/threads/${json.id}`, {})
  assert.equal(JSON.stringify(written.json), shown({}))
})

test('a thread can be made of nothing at all', async () => {
  assert.equal((await raw(server, 'POST', '/v1/threads')).status, 200)
  assert.equal((await raw(server, 'POST', '/v1/threads', '')).status, 200)
  assert.equal((await raw(server, 'POST', '/v1/threads', 'null')).status, 200)
  assert.equal((await raw(server, 'POST', '/v1/threads', { messages: [], metadata: null })).status, 200)
})

test('the first messages of a thread are listed in the order sent, and backwards by default', async () => {
  const { threads } = server.client.beta
  const texts = ['first', 'second', 'third']
  const thread = await threads.create({
    messages: texts.map((content) => ({ role: 'user' as const, content })),
  })
  const list = async (order?: 'asc' | 'desc') => {
    const page = await threads.messages.list(thread.id, order ? { order } : {})
    return page.data.map(({ content: [part] }) => (part?.type === 'text' ? part.text.value : ''))
  }
  assert.deepEqual(await list('asc'), texts)
  assert.deepEqual(await list('desc'), texts.toReversed())
  assert.deepEqual(await list(), texts.toReversed())
})

test('what is wrong with a first message is said with its place', async () => {
  refused(
    await raw(server, 'POST', '/v1/threads', { messages: [{ role: 'user', content: 'x', id: 'm' }] }),
    400,
    "Unknown parameter: 'messages[0].id'.",
    { param: 'messages[0].id', code: 'unknown_parameter' },
  )
  refused(
    await raw(server, 'POST', '/v1/threads', {
      messages: [
        { role: 'user', content: 'x' },
        {
          role: 'user',
          content: 'x',
          attachments: [{ file_id: 'file-1', tools: [{ type: 'code_interpreter' }] }],
        },
      ],
    }),
    404,
    'No such File object: file-1',
    { param: 'messages[1].attachments' },
  )
})

test('metadata is replaced, cleared by null, and left alone when it is left out', async () => {
  const { threads } = server.client.beta
  const thread = await threads.create({ metadata: { a: '1' } })
  assert.deepEqual((await threads.update(thread.id, { metadata: { b: '2' } })).metadata, { b: '2' })
  assert.deepEqual((await threads.update(thread.id, {})).metadata, { b: '2' })
  assert.deepEqual((await threads.update(thread.id, { metadata: null })).metadata, {})
  assert.deepEqual((await threads.retrieve(thread.id)).metadata, {})
})

test('resources that were set are shown everywhere, and those of other tools stay when one is set', async () => {
  const { client } = server
  const file = await client.files.create({ file: new File(['1'], 'a.txt'), purpose: 'assistants' })
  const resources = { code_interpreter: { file_ids: [file.id] } }
  const thread = await client.beta.threads.create({ tool_resources: resources })
  assert.deepEqual(thread.tool_resources, resources)
  assert.deepEqual((await client.beta.threads.retrieve(thread.id)).tool_resources, resources)
  assert.deepEqual(
    (await client.beta.threads.update(thread.id, { tool_resources: {} })).tool_resources,
    resources,
  )
  assert.deepEqual((await client.beta.threads.update(thread.id, { tool_resources: null })).tool_resources, {})
})

test('a deleted thread is gone with all that was in it', async () => {
  const { threads } = server.client.beta
  const thread = await threads.create({ messages: [{ role: 'user', content: 'x' }] })
  const [message] = (await threads.messages.list(thread.id)).data
  const deleted = await raw(server, 'DELETE', `/v1/threads/${thread.id}`)
  assert.equal(
    JSON.stringify(deleted.json),
    JSON.stringify({ id: thread.id, object: 'thread.deleted', deleted: true }),
  )
  const gone = `No thread found with id '${thread.id}'.`
  for (const path of ['', '/messages', `/messages/${message?.id}`, '/runs', '/runs/run_x']) {
    refused(await raw(server, 'GET', `/v1/threads/${thread.id}${path}`), 404, gone)
  }
  refused(
    await raw(server, 'POST', `/v1/threads/${thread.id}/messages`, { role: 'user', content: 'x' }),
    404,
    gone,
  )
  refused(await raw(server, 'DELETE', `/v1/threads/${thread.id}`), 404, gone)
})

test('threads are listed, which the original did not do, and found by their metadata', async () => {
  const { threads } = server.client.beta
  const mine = []
  for (const number of ['1', '2', '3']) {
    mine.push((await threads.create({ metadata: { owner: 'Ünal & co', number } })).id)
  }
  await threads.create({ metadata: { owner: 'somebody' } })
  const find = async (query: string) => {
    const { json } = await raw(server, 'GET', `/v1/threads?${query}`)
    return json.data.map((thread: { id: string }) => thread.id)
  }
  const owner = `metadata[owner]=${encodeURIComponent('Ünal & co')}`
  assert.deepEqual(await find(owner), mine.toReversed())
  assert.deepEqual(await find(`${owner}&order=asc&limit=2`), mine.slice(0, 2))
  assert.deepEqual(await find(`${owner}&order=asc&limit=2&after=${mine[1]}`), mine.slice(2))
  assert.deepEqual(await find(`${owner}&metadata[number]=2`), [mine[1]])
  assert.deepEqual(await find('metadata[owner]=nobody'), [])
  await threads.update(mine[0] ?? '', { metadata: { owner: 'nobody' } })
  assert.deepEqual(await find('metadata[owner]=nobody'), [mine[0]])
  assert.deepEqual(await find(owner), [mine[2], mine[1]])
})

test('threads are not looked for by more pairs than one can have', async () => {
  const query = Array.from({ length: 1_001 }, (_, n) => `metadata[${n}]=v`).join('&')
  refused(
    await raw(server, 'GET', `/v1/threads?${query}`),
    400,
    "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 1001 properties instead.",
    { param: 'metadata', code: 'object_above_max_properties' },
  )
})

test('metadata is kept whatever its characters: keys that UTF-8 cannot tell apart are two', async () => {
  const halves = '{"\\ud83d":"a","\\ud83e":"b","a\\u0001b":"c","":"d"}'
  const { status, json } = await raw(server, 'POST', '/v1/threads', `{"metadata":${halves}}`)
  assert.equal(status, 200)
  const thread = await raw(server, 'GET', `/v1/threads/${json.id}`)
  assert.deepEqual(thread.json.metadata, JSON.parse(halves))
})
