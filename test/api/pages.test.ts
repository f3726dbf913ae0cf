import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
let threadId: string
/** Of messages that were all created within a second or two, oldest first. */
let ids: string[]
before(async () => {
  server = await startTestServer()
  const { threads } = server.client.beta
  const messages = Array.from({ length: 25 }, (_, n) => ({ role: 'user' as const, content: `${n}` }))
  threadId = (await threads.create({ messages })).id
  const page = await threads.messages.list(threadId, { order: 'asc', limit: 100 })
  ids = page.data.map(({ id }) => id)
})
after(() => server[Symbol.asyncDispose]())

const list = async (query: string) => {
  const { json } = await raw(server, 'GET', `/v1/threads/${threadId}/messages?${query}`)
  return { ...json, ids: json.data.map(({ id }: { id: string }) => id) as string[] }
}

test('a page is 20 of the newest, with its ends and whether there is more', async () => {
  const page = await list('')
  assert.deepEqual(Object.keys(page).slice(0, 5), ['object', 'data', 'first_id', 'last_id', 'has_more'])
  assert.deepEqual(page.ids, ids.toReversed().slice(0, 20))
  assert.deepEqual([page.first_id, page.last_id, page.has_more], [ids[24], ids[5], true])
})

test('an empty list has no ends', async () => {
  const thread = await server.client.beta.threads.create()
  const { json } = await raw(server, 'GET', `/v1/threads/${thread.id}/messages`)
  assert.deepEqual(json, { object: 'list', data: [], first_id: null, last_id: null, has_more: false })
})

test('after goes on and before goes back, in either order, without the cursor itself', async () => {
  const down = ids.toReversed()
  assert.deepEqual((await list(`order=asc&limit=3&after=${ids[9]}`)).ids, ids.slice(10, 13))
  assert.deepEqual((await list(`order=desc&limit=3&after=${down[9]}`)).ids, down.slice(10, 13))
  assert.deepEqual((await list(`order=asc&limit=3&before=${ids[9]}`)).ids, ids.slice(6, 9), 'the nearest')
  assert.deepEqual((await list(`order=desc&limit=3&before=${down[9]}`)).ids, down.slice(6, 9))
  const between = await list(`order=asc&after=${ids[3]}&before=${ids[7]}`)
  assert.deepEqual([between.ids, between.has_more], [ids.slice(4, 7), false])
  const last = await list(`order=asc&limit=5&after=${ids[19]}`)
  assert.deepEqual([last.ids, last.has_more], [ids.slice(20), false])
  assert.equal((await list(`order=asc&limit=6&before=${ids[6]}`)).has_more, false)
  assert.equal((await list(`order=asc&limit=5&before=${ids[6]}`)).has_more, true)
})

test('the official client walks through all pages and meets everything once', async () => {
  const met = []
  for await (const message of server.client.beta.threads.messages.list(threadId, {
    limit: 4,
    order: 'asc',
  })) {
    met.push(message.id)
  }
  assert.deepEqual(met, ids)
})

test('a list can be paged while what was met is deleted', async () => {
  const { threads } = server.client.beta
  const messages = Array.from({ length: 7 }, (_, n) => ({ role: 'user' as const, content: `${n}` }))
  const thread = await threads.create({ messages })
  let met = 0
  for await (const message of threads.messages.list(thread.id, { limit: 2 })) {
    met++
    await threads.messages.delete(message.id, { thread_id: thread.id })
  }
  assert.equal(met, 7)
  assert.deepEqual((await threads.messages.list(thread.id)).data, [])
})

test('a cursor that never was is refused like an id that is not there', async () => {
  for (const [path, message] of [
    ['/v1/assistants', "No assistant found with id 'x'."],
    ['/v1/threads', "No thread found with id 'x'."],
    [`/v1/threads/${threadId}/messages`, "No message found with id 'x'."],
    [`/v1/threads/${threadId}/runs`, "No run found with id 'x'."],
    ['/v1/files', 'No such File object: x'],
  ] as const) {
    refused(await raw(server, 'GET', `${path}?after=x`), 400, message, { param: 'after' })
  }
  refused(await raw(server, 'GET', '/v1/assistants?before=x'), 400, "No assistant found with id 'x'.", {
    param: 'before',
  })
})

test('what a list is asked must make sense', async () => {
  const get = (query: string) => raw(server, 'GET', `/v1/assistants?${query}`)
  refused(
    await get('limit=101'),
    400,
    "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.",
    { param: 'limit', code: 'integer_above_max_value' },
  )
  refused(
    await get('limit=0'),
    400,
    "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
    { param: 'limit', code: 'integer_below_min_value' },
  )
  refused(
    await get('limit=ten'),
    400,
    "Invalid type for 'limit': expected an integer, but got a string instead.",
    {
      param: 'limit',
      code: 'invalid_type',
    },
  )
  refused(await get('order=up'), 400, "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.", {
    param: 'order',
    code: 'invalid_value',
  })
  assert.equal(
    (await get('after=&before=&limit=&order=&api-version=1')).status,
    200,
    'what is empty is left out',
  )
})

test('include[] is known in all its spellings, and only with its one value', async () => {
  const value = 'step_details.tool_calls[*].file_search.results[*].content'
  const { assistants, threads } = server.client.beta
  const assistant = await assistants.create({ model: 'demo', instructions: 'x' })
  const run = await threads.createAndRunPoll({ assistant_id: assistant.id })
  const get = (query: string) =>
    raw(server, 'GET', `/v1/threads/${run.thread_id}/runs/${run.id}/steps?${query}`)
  for (const query of [
    `include[]=${value}`,
    `include%5B%5D=${encodeURIComponent(value)}`,
    `include=${value}`,
    `include[0]=${value}`,
  ]) {
    const { status, json } = await get(query)
    assert.equal(status, 200)
    assert.ok(json.data.length > 0)
  }
  refused(
    await get('include[]=everything'),
    400,
    `Invalid value: 'everything'. Supported values are: '${value}'.`,
    {
      param: 'include',
      code: 'invalid_value',
    },
  )
})

test('a page of large messages ends before its limit, and says that there are more', async () => {
  await using own = await startTestServer()
  const { threads } = own.client.beta
  const thread = await threads.create()
  const url = (n: number) => `data:image/png;base64,${'QUJD'.repeat(750_000)}${n}`
  for (let n = 0; n < 7; n++) {
    await raw(own, 'POST', `/v1/threads/${thread.id}/messages`, {
      role: 'user',
      content: [{ type: 'image_url', image_url: { url: url(n) } }],
      metadata: { n: String(n) },
    })
  }
  for (const order of ['asc', 'desc'] as const) {
    const first = await threads.messages.list(thread.id, { order, limit: 100 })
    assert.ok(first.data.length >= 1 && first.data.length < 7, `${first.data.length} messages`)
    assert.equal(first.has_more, true)
    const seen: string[] = []
    for await (const message of first) seen.push((message.metadata as { n: string }).n)
    const all = ['0', '1', '2', '3', '4', '5', '6']
    assert.deepEqual(seen, order === 'asc' ? all : all.toReversed())
  }
})

test('a single object may be larger than a page', async () => {
  await using own = await startTestServer()
  const { threads } = own.client.beta
  const thread = await threads.create()
  const url = `data:image/png;base64,${'QUJD'.repeat(2_500_000)}`
  const content = [{ type: 'image_url', image_url: { url } }]
  for (let n = 0; n < 2; n++)
    await raw(own, 'POST', `/v1/threads/${thread.id}/messages`, { role: 'user', content })
  const page = await threads.messages.list(thread.id)
  assert.deepEqual([page.data.length, page.has_more], [1, true])
})
