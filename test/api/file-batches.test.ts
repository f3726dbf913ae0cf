import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const upload = async (text: string, name = 'notes.txt') =>
  (await server.client.files.create({ file: new File([text], name), purpose: 'assistants' })).id

const newStore = async () => (await server.client.vectorStores.create({})).id

const noFiles = { in_progress: 0, completed: 0, failed: 0, cancelled: 0, total: 0 }

test('a batch has every field in the recorded order, and is over when its files are', async () => {
  const [storeId, first, second] = [await newStore(), await upload('One'), await upload('Two')]
  const made = await raw(server, 'POST', `/v1/vector_stores/${storeId}/file_batches`, {
    file_ids: [first, second, first],
  })
  assert.match(made.json.id, /^vsfb_[0-9a-f]{32}$/)
  const expected = {
    id: made.json.id,
    object: 'vector_store.file_batch',
    created_at: made.json.created_at,
    status: 'in_progress',
    vector_store_id: storeId,
    file_counts: { ...noFiles, in_progress: 2, total: 2 },
  }
  assert.equal(JSON.stringify(made.json), JSON.stringify(expected))
  const done = await server.client.vectorStores.fileBatches.poll(storeId, made.json.id)
  assert.deepEqual(done, {
    ...expected,
    status: 'completed',
    file_counts: { ...noFiles, completed: 2, total: 2 },
  })
})

test('files of a batch are listed whole, in pages and by status', async () => {
  const { fileBatches } = server.client.vectorStores
  const [storeId, other, good, bad] = [
    await newStore(),
    await upload('Of no batch'),
    [await upload('A'), await upload('B'), await upload('C')],
    await upload('no PDF', 'bad.pdf'),
  ]
  await server.client.vectorStores.files.createAndPoll(storeId, { file_id: other })
  const picture = await upload('PNG', 'picture.png')
  const batch = await fileBatches.createAndPoll(storeId, { file_ids: [picture, ...good, bad] })
  assert.deepEqual(
    [batch.status, batch.file_counts],
    ['completed', { ...noFiles, completed: 3, failed: 2, total: 5 }],
    'a file that fails does not hold up its batch',
  )
  const path = `/v1/vector_stores/${storeId}/file_batches/${batch.id}/files`
  const [newest] = (await raw(server, 'GET', path)).json.data
  const whole = await raw(server, 'GET', `/v1/vector_stores/${storeId}/files/${bad}`)
  assert.equal(JSON.stringify(newest), JSON.stringify(whole.json))
  assert.deepEqual(
    [newest.id, newest.usage_bytes, newest.chunking_strategy.type, newest.attributes],
    [bad, 0, 'static', {}],
  )
  assert.equal(newest.last_error.code, 'invalid_file')
  const failed = await fileBatches.listFiles(batch.id, { vector_store_id: storeId, filter: 'failed' })
  assert.deepEqual(
    failed.data.map(({ id, last_error }) => [id, last_error?.code]),
    [
      [bad, 'invalid_file'],
      [picture, 'unsupported_file'],
    ],
  )
  const met: string[] = []
  const query = { vector_store_id: storeId, limit: 2, order: 'asc', filter: 'completed' } as const
  for await (const file of fileBatches.listFiles(batch.id, query)) met.push(file.id)
  assert.deepEqual(met, good)
})

test('the helper of the official client uploads many and waits', async () => {
  const storeId = await newStore()
  const names = Array.from({ length: 12 }, (_, at) => `file-${at}.txt`)
  const batch = await server.client.vectorStores.fileBatches.uploadAndPoll(storeId, {
    files: names.map((name) => new File([`This is ${name}.`], name)),
    fileIds: [await upload('One more')],
  })
  assert.deepEqual(batch.file_counts, { ...noFiles, completed: 13, total: 13 })
})

test('attributes and strategy are for all files, or for each', async () => {
  const { vectorStores } = server.client
  const [storeId, first, second] = [await newStore(), await upload('First'), await upload('Second')]
  const strategy = (size: number) => ({
    type: 'static' as const,
    static: { max_chunk_size_tokens: size, chunk_overlap_tokens: 0 },
  })
  const look = async (id: string) => {
    const { attributes, chunking_strategy } = await vectorStores.files.retrieve(id, {
      vector_store_id: storeId,
    })
    return [attributes, chunking_strategy]
  }
  await vectorStores.fileBatches.createAndPoll(storeId, {
    file_ids: [first, second],
    attributes: { of: 'all' },
    chunking_strategy: strategy(200),
  })
  assert.deepEqual(await look(first), [{ of: 'all' }, strategy(200)])
  await vectorStores.fileBatches.createAndPoll(storeId, {
    files: [
      { file_id: first, attributes: { of: 'one' }, chunking_strategy: strategy(300) },
      { file_id: second },
    ],
    attributes: { of: 'all' },
    chunking_strategy: strategy(200),
  })
  assert.deepEqual(await look(first), [{ of: 'one' }, strategy(300)])
  const auto = { type: 'static', static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 } }
  assert.deepEqual(await look(second), [{}, auto], 'recorded: what is for all is left out of account')
})

test('cancelling stops what is not done, and leaves what is over as it is', async () => {
  const { fileBatches, files } = server.client.vectorStores
  const storeId = await newStore()
  const long = 'Some words that take a while to be counted. '.repeat(4_000)
  const ids = []
  for (let number = 0; number < 12; number++) ids.push(await upload(`${number} ${long}`))
  const made = await fileBatches.create(storeId, { file_ids: ids })
  const cancelled = await fileBatches.cancel(made.id, { vector_store_id: storeId })
  assert.equal(cancelled.status, 'cancelled')
  assert.equal(cancelled.file_counts.in_progress, 0)
  assert.ok(cancelled.file_counts.cancelled > 0)
  assert.deepEqual(await fileBatches.retrieve(made.id, { vector_store_id: storeId }), cancelled)
  const listed = await fileBatches.listFiles(made.id, { vector_store_id: storeId, filter: 'cancelled' })
  assert.equal(listed.data.length, cancelled.file_counts.cancelled)
  const again = await files.createAndPoll(storeId, { file_id: listed.data[0]?.id ?? '' })
  assert.equal(again.status, 'completed', 'a cancelled file can be put in again')

  const over = await fileBatches.createAndPoll(storeId, { file_ids: [await upload('Quick')] })
  const { status, json } = await raw(
    server,
    'POST',
    `/v1/vector_stores/${storeId}/file_batches/${over.id}/cancel`,
  )
  assert.deepEqual([status, json.status], [200, 'completed'])
})

test('what a batch is given must make sense', async () => {
  const storeId = await newStore()
  const path = `/v1/vector_stores/${storeId}/file_batches`
  const create = (body: object) => raw(server, 'POST', path, body)
  refused(await create({}), 400, "Missing required parameter: 'file_ids'.", {
    param: 'file_ids',
    code: 'missing_required_parameter',
  })
  refused(
    await create({ file_ids: ['file-1'], files: [{ file_id: 'file-1' }] }),
    400,
    "Invalid 'files': 'file_ids' and 'files' cannot both be given.",
    { param: 'files', code: 'invalid_value' },
  )
  refused(
    await create({ file_ids: [] }),
    400,
    "Invalid 'file_ids': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    { param: 'file_ids', code: 'empty_array' },
  )
  refused(
    await create({ file_ids: Array.from({ length: 2_001 }, () => 'file-1') }),
    400,
    "Invalid 'file_ids': array too long. Expected an array with maximum length 2000, but got an array with length 2001 instead.",
    { param: 'file_ids', code: 'array_above_max_length' },
  )
  refused(await create({ file_ids: ['file-1'] }), 404, 'No such File object: file-1', { param: 'file_ids' })
  refused(
    await raw(server, 'GET', `${path}/vsfb_1`),
    404,
    "No vector store file batch found with id 'vsfb_1'.",
  )
  const other = await newStore()
  const made = await server.client.vectorStores.fileBatches.create(other, { file_ids: [await upload('x')] })
  refused(
    await raw(server, 'GET', `${path}/${made.id}`),
    404,
    `No vector store file batch found with id '${made.id}'.`,
  )
})
