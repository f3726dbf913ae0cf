import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { moveStoreInTime, querySql, until } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const create = (body: Record<string, unknown> = {}) => raw(server, 'POST', '/v1/vector_stores', body)

const upload = (text: string, name = 'notes.txt') =>
  server.client.files.create({ file: new File([text], name), purpose: 'assistants' })

const noFiles = { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: 0 }

test('an empty store is completed at once and has every field in the recorded order', async () => {
  const { json } = await create()
  assert.match(json.id, /^vs_[0-9a-f]{32}$/)
  assert.ok(Math.abs(Number.parseInt(json.id.slice(3, 11), 16) - json.created_at) <= 1)
  assert.equal(
    JSON.stringify(json),
    JSON.stringify({
      id: json.id,
      object: 'vector_store',
      created_at: json.created_at,
      name: null,
      description: null,
      usage_bytes: 0,
      file_counts: noFiles,
      status: 'completed',
      expires_after: null,
      expires_at: null,
      last_active_at: json.created_at,
      metadata: {},
    }),
  )
  assert.deepEqual((await raw(server, 'GET', `/v1/vector_stores/${json.id}`)).json, json)
})

test('the body may be missing, and null says the same as leaving a field out', async () => {
  assert.equal((await raw(server, 'POST', '/v1/vector_stores')).status, 200)
  const { status, json } = await create({
    name: null,
    description: null,
    file_ids: null,
    expires_after: null,
    chunking_strategy: null,
    metadata: null,
  })
  assert.deepEqual([status, json.name, json.metadata], [200, null, {}])
})

test('the same stores are there under every address, with and without the header of the beta', async () => {
  const { json } = await create({ name: 'Everywhere' })
  for (const mount of ['/v1', '/openai', '/openai/v1']) {
    for (const headers of [{}, { 'openai-beta': 'assistants=v2' }]) {
      const seen = await raw(server, 'GET', `${mount}/vector_stores/${json.id}`, undefined, headers)
      assert.deepEqual(seen.json, json)
    }
  }
})

test('a store counts its files and what they take, and is in progress until they are done', async () => {
  const { client } = server
  const [first, second] = [await upload('Ham and eggs'), await upload('x'.repeat(9))]
  const made = await client.vectorStores.create({ file_ids: [first.id, second.id, first.id] })
  assert.equal(made.status, 'in_progress')
  assert.deepEqual(made.file_counts, { ...noFiles, in_progress: 2, total: 2 })
  const done = await until(async () => {
    const store = await client.vectorStores.retrieve(made.id)
    return store.status === 'completed' && store
  })
  assert.deepEqual(done.file_counts, { ...noFiles, completed: 2, total: 2 })
  assert.equal(
    done.usage_bytes,
    12 + 1024 + 9 + 1024,
    'recorded: the bytes of the text and 1024 for each chunk',
  )
  const listed = (await client.vectorStores.list()).data.find(({ id }) => id === made.id)
  assert.deepEqual(listed, done)
})

test('the polling helpers are told how long to wait', async () => {
  const file = await upload('Poll me')
  const made = await create({ file_ids: [file.id] })
  assert.equal(made.headers.get('openai-poll-after-ms'), '100')
})

test('modifying changes what is given; null sets back', async () => {
  const { json } = await create({
    name: 'Before',
    metadata: { a: '1' },
    expires_after: { anchor: 'last_active_at', days: 3 },
  })
  assert.equal(json.expires_at, json.last_active_at + 3 * 86_400)
  const modify = (body: object) => raw(server, 'POST', `/v1/vector_stores/${json.id}`, body)
  assert.deepEqual((await modify({})).json, json)
  const longer = (await modify({ expires_after: { anchor: 'last_active_at', days: 5 } })).json
  assert.equal(longer.expires_at, json.last_active_at + 5 * 86_400)
  const changed = (await modify({ name: null, expires_after: null, metadata: { b: '2' } })).json
  assert.deepEqual(
    [changed.name, changed.expires_after, changed.expires_at, changed.metadata],
    [null, null, null, { b: '2' }],
  )
  assert.deepEqual((await modify({ metadata: null })).json.metadata, {})
})

test('a deleted store is gone, and its files are not', async () => {
  const { client } = server
  const file = await upload('Kept')
  const store = await client.vectorStores.create({})
  await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id })
  const { json } = await raw(server, 'DELETE', `/v1/vector_stores/${store.id}`)
  assert.equal(
    JSON.stringify(json),
    JSON.stringify({ id: store.id, object: 'vector_store.deleted', deleted: true }),
  )
  const gone = `No vector store found with id '${store.id}'.`
  for (const [method, path] of [
    ['GET', ''],
    ['POST', ''],
    ['DELETE', ''],
    ['GET', '/files'],
    ['GET', `/files/${file.id}`],
  ] as const) {
    refused(await raw(server, method, `/v1/vector_stores/${store.id}${path}`), 404, gone)
  }
  assert.equal((await client.files.retrieve(file.id)).id, file.id)
})

test('the rows of a deleted store go by and by', async () => {
  const { vectorStores } = server.client
  const file = await upload('Cleared away')
  const store = await vectorStores.create({})
  await vectorStores.files.createAndPoll(store.id, { file_id: file.id })
  await vectorStores.delete(store.id)
  const count = async (of: string) =>
    (await querySql<{ n: number }>(server, `select count(*) as n from ${of} = ?`, store.id))[0]?.n
  for (const table of ['vector_stores where id', 'vector_store_files where vector_store_id']) {
    await until(async () => (await count(table)) === 0)
  }
  assert.equal(await count('chunks where vector_store_id'), 0)
})

test('stores are listed in pages, newest first, also while they are deleted', async () => {
  const { vectorStores } = server.client
  const made: string[] = []
  for (let number = 0; number < 5; number++) made.push((await vectorStores.create({})).id)
  const newest = await vectorStores.list({ limit: 5 })
  assert.deepEqual(
    newest.data.map(({ id }) => id),
    made.toReversed(),
  )
  assert.equal(newest.has_more, true)
  const met: string[] = []
  for await (const store of vectorStores.list({ limit: 2 })) {
    if (!made.includes(store.id)) break
    met.push(store.id)
    await vectorStores.delete(store.id)
  }
  assert.deepEqual(met, made.toReversed())
  refused(await raw(server, 'GET', '/v1/vector_stores?after=x'), 400, "No vector store found with id 'x'.", {
    param: 'after',
  })
})

test('an expired store says so, takes nothing more, and still shows its files', async () => {
  const { client } = server
  const file = await upload('Recover me')
  const store = await client.vectorStores.create({ expires_after: { anchor: 'last_active_at', days: 1 } })
  await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id })
  await moveStoreInTime(server, store.id, -100_000)
  const expired = await client.vectorStores.retrieve(store.id)
  assert.equal(expired.status, 'expired')
  assert.equal(expired.expires_at, (expired.last_active_at ?? 0) + 86_400)
  refused(
    await raw(server, 'POST', `/v1/vector_stores/${store.id}/files`, { file_id: file.id }),
    400,
    `Vector store ${store.id} is expired.`,
  )
  const again = await client.vectorStores.create({})
  for await (const { id } of client.vectorStores.files.list(store.id)) {
    await client.vectorStores.files.createAndPoll(again.id, { file_id: id })
  }
  assert.equal((await client.vectorStores.retrieve(again.id)).file_counts.completed, 1)
})

test('what a store is given must make sense', async () => {
  const expires = (expires_after: object) => create({ expires_after })
  refused(
    await expires({ anchor: 'last_active_at', days: 366 }),
    400,
    "Invalid 'expires_after.days': integer above maximum value. Expected a value <= 365, but got 366 instead.",
    { param: 'expires_after.days', code: 'integer_above_max_value' },
  )
  refused(
    await expires({ anchor: 'created_at', days: 1 }),
    400,
    "Invalid value: 'created_at'. Supported values are: 'last_active_at'.",
    { param: 'expires_after.anchor', code: 'invalid_value' },
  )
  refused(
    await create({ file_ids: Array.from({ length: 501 }, () => 'file-1') }),
    400,
    "Invalid 'file_ids': array too long. Expected an array with maximum length 500, but got an array with length 501 instead.",
    { param: 'file_ids', code: 'array_above_max_length' },
  )
  refused(await create({ file_ids: ['file-1'] }), 404, 'No such File object: file-1', { param: 'file_ids' })
  const chunking = (size: number, overlap: number) =>
    create({
      chunking_strategy: {
        type: 'static',
        static: { max_chunk_size_tokens: size, chunk_overlap_tokens: overlap },
      },
    })
  const at = 'chunking_strategy.static'
  refused(
    await chunking(99, 0),
    400,
    `Invalid '${at}.max_chunk_size_tokens': integer below minimum value. Expected a value >= 100, but got 99 instead.`,
    { param: `${at}.max_chunk_size_tokens`, code: 'integer_below_min_value' },
  )
  refused(
    await chunking(200, 101),
    400,
    `Invalid '${at}.chunk_overlap_tokens': integer above maximum value. Expected a value <= 100 (half of 'max_chunk_size_tokens'), but got 101 instead.`,
    { param: `${at}.chunk_overlap_tokens`, code: 'integer_above_max_value' },
  )
  refused(
    await raw(server, 'GET', '/v1/vector_stores/undefined'),
    400,
    "Invalid 'vector_store_id': 'undefined'. Expected an ID that begins with 'vs'.",
    { param: 'vector_store_id', code: 'invalid_value' },
  )
})
