import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { executeSql, moveStoreInTime, until } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const upload = async (text: string, name = 'notes.txt') =>
  (await server.client.files.create({ file: new File([text], name), purpose: 'assistants' })).id

const fileSearch = [{ type: 'file_search' as const }]
const searchIn = (vector_store_ids: string[]) => ({ file_search: { vector_store_ids } })

/** The one store that an object names. */
const storeOf = (object: { tool_resources?: unknown }): string => {
  const resources = object.tool_resources as { file_search?: { vector_store_ids?: string[] } } | null
  const ids = resources?.file_search?.vector_store_ids ?? []
  assert.equal(ids.length, 1)
  return ids[0] ?? ''
}

const filesOf = async (storeId: string) =>
  (await server.client.vectorStores.files.list(storeId, { order: 'asc' })).data.map(({ id }) => id)

test('an assistant is given a store, and shows nothing where there is none', async () => {
  const { client } = server
  const { assistants } = client.beta
  const store = await client.vectorStores.create({})
  const made = await assistants.create({
    model: 'demo',
    tools: fileSearch,
    tool_resources: searchIn([store.id]),
  })
  assert.deepEqual(made.tool_resources, searchIn([store.id]))
  assert.deepEqual((await assistants.update(made.id, { name: 'x' })).tool_resources, searchIn([store.id]))
  assert.deepEqual((await assistants.update(made.id, { tool_resources: searchIn([]) })).tool_resources, {})
})

test('each tool has its own resources: setting one leaves the other', async () => {
  const { client } = server
  const [store, file] = [await client.vectorStores.create({}), await upload('a')]
  const code = { code_interpreter: { file_ids: [file] } }
  const thread = await client.beta.threads.create({ tool_resources: code })
  const changed = await client.beta.threads.update(thread.id, { tool_resources: searchIn([store.id]) })
  assert.deepEqual(changed.tool_resources, { ...code, ...searchIn([store.id]) })
})

test('a store that was deleted leaves the assistant', async () => {
  const { client } = server
  const store = await client.vectorStores.create({})
  const made = await client.beta.assistants.create({ model: 'demo', tool_resources: searchIn([store.id]) })
  await client.vectorStores.delete(store.id)
  assert.deepEqual((await client.beta.assistants.retrieve(made.id)).tool_resources, {})
})

test("an assistant's helper makes a store that stays; a thread's lives for seven days", async () => {
  const { client } = server
  const file = await upload('Helped')
  const chunking_strategy = {
    type: 'static' as const,
    static: { max_chunk_size_tokens: 300, chunk_overlap_tokens: 30 },
  }
  const helper = {
    file_search: { vector_stores: [{ file_ids: [file], metadata: { by: 'helper' }, chunking_strategy }] },
  }
  const assistant = await client.beta.assistants.create({ model: 'demo', tool_resources: helper })
  const thread = await client.beta.threads.create({ tool_resources: helper })
  const [lasting, passing] = [storeOf(assistant), storeOf(thread)]
  assert.equal((await client.vectorStores.retrieve(lasting)).expires_after, null)
  const store = await client.vectorStores.retrieve(passing)
  assert.deepEqual(store.expires_after, { anchor: 'last_active_at', days: 7 })
  assert.equal(store.expires_at, (store.last_active_at ?? 0) + 7 * 86_400)
  for (const id of [lasting, passing]) {
    assert.deepEqual((await client.vectorStores.retrieve(id)).metadata, { by: 'helper' })
    const [listed] = (await client.vectorStores.files.list(id)).data
    assert.deepEqual([listed?.id, listed?.chunking_strategy], [file, chunking_strategy])
  }
})

test("attachments make the thread's store of seven days, and fill it without doubles", async () => {
  const { client } = server
  const { threads } = client.beta
  const [first, second] = [await upload('First'), await upload('Second')]
  const attach = (file_id: string) => [{ file_id, tools: fileSearch }]
  const thread = await threads.create({
    messages: [{ role: 'user', content: 'Read this', attachments: attach(first) }],
  })
  const storeId = storeOf(thread)
  const store = await client.vectorStores.retrieve(storeId)
  assert.deepEqual(store.expires_after, { anchor: 'last_active_at', days: 7 })
  await threads.messages.create(thread.id, {
    role: 'user',
    content: 'And this',
    attachments: [
      ...attach(second),
      { file_id: first, tools: [...fileSearch, { type: 'code_interpreter' }] },
    ],
  })
  const read = await threads.retrieve(thread.id)
  assert.deepEqual(read.tool_resources, {
    code_interpreter: { file_ids: [first] },
    ...searchIn([storeId]),
  })
  assert.deepEqual(await filesOf(storeId), [first, second])
  await until(async () => (await client.vectorStores.retrieve(storeId)).status === 'completed')
})

test('attachments go into the store that the thread has, and into a new one where that is expired', async () => {
  const { client } = server
  const { threads } = client.beta
  const store = await client.vectorStores.create({ expires_after: { anchor: 'last_active_at', days: 1 } })
  const thread = await threads.create({ tool_resources: searchIn([store.id]) })
  const say = async (file_id: string) =>
    threads.messages.create(thread.id, {
      role: 'user',
      content: 'See attached',
      attachments: [{ file_id, tools: fileSearch }],
    })
  const [first, second] = [await upload('First'), await upload('Second')]
  await say(first)
  assert.deepEqual(await filesOf(store.id), [first])
  await executeSql(server, 'update vector_stores set expires_at = 1 where id = ?', store.id)
  await say(second)
  const renewed = storeOf(await threads.retrieve(thread.id))
  assert.notEqual(renewed, store.id)
  assert.deepEqual(await filesOf(renewed), [second])
})

test('a run with an expired store is refused, and one with a live store keeps it alive', async () => {
  const { client } = server
  const day = { expires_after: { anchor: 'last_active_at' as const, days: 1 } }
  const [expired, live] = [await client.vectorStores.create(day), await client.vectorStores.create(day)]
  const assistant = await client.beta.assistants.create({
    model: 'demo',
    tools: fileSearch,
    tool_resources: searchIn([expired.id]),
  })
  const thread = await client.beta.threads.create({
    messages: [{ role: 'user', content: 'Hello' }],
    tool_resources: searchIn([live.id]),
  })
  await executeSql(server, 'update vector_stores set expires_at = 1 where id = ?', expired.id)
  const run = (body: object = {}) =>
    raw(server, 'POST', `/v1/threads/${thread.id}/runs`, { assistant_id: assistant.id, ...body })
  refused(await run(), 400, `Vector store ${expired.id} is expired.`)
  await client.beta.assistants.update(assistant.id, { tool_resources: null })
  await moveStoreInTime(server, live.id, -1_000)
  await executeSql(server, 'update vector_stores set expires_at = 4000000000 where id = ?', live.id)
  assert.equal((await run()).status, 200)
  const used = await client.vectorStores.retrieve(live.id)
  assert.ok(Math.abs((used.last_active_at ?? 0) - Date.now() / 1000) < 60)
  assert.equal(used.expires_at, (used.last_active_at ?? 0) + 86_400)
})

test('resources that are not there or too many are refused', async () => {
  const create = (file_search: object) =>
    raw(server, 'POST', '/v1/assistants', { model: 'demo', tool_resources: { file_search } })
  const at = 'tool_resources.file_search'
  refused(await create({ vector_store_ids: ['vs_1'] }), 404, "No vector store found with id 'vs_1'.", {
    param: `${at}.vector_store_ids`,
  })
  refused(
    await create({ vector_store_ids: ['vs_1', 'vs_2'] }),
    400,
    `Invalid '${at}.vector_store_ids': array too long. Expected an array with maximum length 1, but got an array with length 2 instead.`,
    { param: `${at}.vector_store_ids`, code: 'array_above_max_length' },
  )
  refused(
    await create({ vector_stores: [{}, {}] }),
    400,
    `Invalid '${at}.vector_stores': array too long. Expected an array with maximum length 1, but got an array with length 2 instead.`,
    { param: `${at}.vector_stores`, code: 'array_above_max_length' },
  )
  refused(
    await create({ vector_store_ids: ['vs_1'], vector_stores: [{}] }),
    400,
    `Invalid '${at}': 'vector_store_ids' and 'vector_stores' cannot both be given.`,
    { param: at, code: 'invalid_value' },
  )
  refused(await create({ vector_stores: [{ file_ids: ['file-1'] }] }), 404, 'No such File object: file-1', {
    param: `${at}.vector_stores[0].file_ids`,
  })
  const { json } = await raw(server, 'POST', '/v1/assistants', { model: 'demo' })
  refused(
    await raw(server, 'POST', `/v1/assistants/${json.id}`, {
      tool_resources: { file_search: { vector_stores: [{}] } },
    }),
    400,
    `Unknown parameter: '${at}.vector_stores'.`,
    { param: `${at}.vector_stores`, code: 'unknown_parameter' },
  )
})
