import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { executeSql, querySql } from '../runs.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const upload = (text: string | Uint8Array<ArrayBuffer>, name = 'notes.txt') =>
  server.client.files.create({ file: new File([text], name), purpose: 'assistants' })

const newStore = async () => (await server.client.vectorStores.create({})).id

const count = async (sql: string, ...values: string[]) =>
  (await querySql<{ n: number }>(server, sql, ...values))[0]?.n

test('a file is in progress when it is put in, and shown with every field in the recorded order', async () => {
  const [storeId, file] = [await newStore(), await upload('Recorded: 21 bytes of')]
  const made = await raw(server, 'POST', `/v1/vector_stores/${storeId}/files`, { file_id: file.id })
  assert.equal(made.headers.get('openai-poll-after-ms'), '100')
  const expected = {
    id: file.id,
    object: 'vector_store.file',
    usage_bytes: 0,
    created_at: made.json.created_at,
    vector_store_id: storeId,
    status: 'in_progress',
    last_error: null,
    chunking_strategy: {
      type: 'static',
      static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 },
    },
    attributes: {},
  }
  const waiting = { stage: 'waiting', chunks: null, embedded: null, reason: null, tries: 0, retry_at: null }
  assert.equal(JSON.stringify(made.json), JSON.stringify({ ...expected, progress: waiting }))
  await server.client.vectorStores.files.poll(storeId, file.id)
  const done = await raw(server, 'GET', `/v1/vector_stores/${storeId}/files/${file.id}`)
  assert.equal(
    JSON.stringify(done.json),
    JSON.stringify({ ...expected, usage_bytes: 1045, status: 'completed' }),
  )
})

test('a static strategy is honoured and reported back', async () => {
  const text = Array.from({ length: 400 }, (_, at) => `Sentence number ${at} says a little.`).join(' ')
  const [storeId, file] = [await newStore(), await upload(text)]
  const strategy = {
    type: 'static' as const,
    static: { max_chunk_size_tokens: 100, chunk_overlap_tokens: 10 },
  }
  const done = await server.client.vectorStores.files.createAndPoll(storeId, {
    file_id: file.id,
    chunking_strategy: strategy,
  })
  assert.deepEqual(done.chunking_strategy, strategy)
  const chunks = Number(await count('select count(*) as n from chunks where file_id = ?', file.id))
  assert.ok(chunks > 20)
  assert.ok(done.usage_bytes > text.length + chunks * 1024)
})

test('the helpers of the official client upload, attach and wait', async () => {
  const storeId = await newStore()
  const { files } = server.client.vectorStores
  const done = await files.uploadAndPoll(storeId, new File(['# Title\n\nText'], 'readme.md'))
  assert.equal(done.status, 'completed')
  const content = await files.content(done.id, { vector_store_id: storeId })
  assert.deepEqual(
    content.data.map(({ type, text }) => [type, text?.includes('Text')]),
    [['text', true]],
  )
})

test('the content is the whole text in the recorded page', async () => {
  const [storeId, file] = [await newStore(), await upload('All of it.')]
  await server.client.vectorStores.files.createAndPoll(storeId, { file_id: file.id })
  const { json } = await raw(server, 'GET', `/v1/vector_stores/${storeId}/files/${file.id}/content`)
  assert.equal(
    JSON.stringify(json),
    JSON.stringify({
      object: 'vector_store.file_content.page',
      data: [{ type: 'text', text: 'All of it.' }],
      has_more: false,
      next_page: null,
    }),
  )
})

test('attributes are set with the file, replaced whole, and taken away', async () => {
  const [storeId, file] = [await newStore(), await upload('Attributed')]
  const path = `/v1/vector_stores/${storeId}/files`
  const attributes = { author: 'Ada', year: 1843, draft: false }
  const made = await raw(server, 'POST', path, { file_id: file.id, attributes })
  assert.deepEqual(made.json.attributes, attributes)
  const update = (body: object) => raw(server, 'POST', `${path}/${file.id}`, body)
  assert.deepEqual((await update({ attributes: { year: 1844 } })).json.attributes, { year: 1844 })
  assert.deepEqual((await update({ attributes: null })).json.attributes, {})
  refused(await update({}), 400, "Missing required parameter: 'attributes'.", {
    param: 'attributes',
    code: 'missing_required_parameter',
  })
  refused(
    await update({ attributes: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, at])) }),
    400,
    "Invalid 'attributes': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
    { param: 'attributes', code: 'object_above_max_properties' },
  )
  refused(
    await update({ attributes: { k: 'x'.repeat(513) } }),
    400,
    "Invalid 'attributes.k': string too long. Expected a string with maximum length 512, but got a string with length 513 instead.",
    { param: 'attributes.k', code: 'string_above_max_length' },
  )
})

test('a file that cannot be read fails with the reason, and has no content', async () => {
  const storeId = await newStore()
  const cases = [
    ['broken.pdf', 'not a PDF at all', 'invalid_file', /^The file could not be parsed\./],
    ['empty.txt', '   ', 'invalid_file', /./],
    ['noise.txt', new Uint8Array(2_000).map((_, at) => (at * 7) % 32), 'invalid_file', /./],
  ] as const
  for (const [name, bytes, code, message] of cases) {
    const file = await upload(bytes, name)
    const done = await server.client.vectorStores.files.createAndPoll(storeId, { file_id: file.id })
    assert.equal(done.status, 'failed', name)
    assert.equal(done.last_error?.code, code, name)
    assert.match(done.last_error?.message ?? '', message)
    assert.equal(done.usage_bytes, 0)
    refused(
      await raw(server, 'GET', `/v1/vector_stores/${storeId}/files/${file.id}/content`),
      400,
      `The content of file '${file.id}' cannot be shown: its status is 'failed'.`,
    )
  }
  const { file_counts, status } = await server.client.vectorStores.retrieve(storeId)
  assert.deepEqual([file_counts.failed, file_counts.total, status], [3, 3, 'completed'])
})

test('a file leaves a store without leaving the others, and can come back', async () => {
  const { vectorStores, files } = server.client
  const file = await upload('Here and there')
  const [here, there] = [await newStore(), await newStore()]
  for (const id of [here, there]) await vectorStores.files.createAndPoll(id, { file_id: file.id })
  const { json } = await raw(server, 'DELETE', `/v1/vector_stores/${here}/files/${file.id}`)
  assert.equal(
    JSON.stringify(json),
    JSON.stringify({ id: file.id, object: 'vector_store.file.deleted', deleted: true }),
  )
  const gone = `No file found with id '${file.id}' in vector store '${here}'.`
  for (const method of ['GET', 'DELETE'])
    refused(await raw(server, method, `/v1/vector_stores/${here}/files/${file.id}`), 404, gone)
  assert.equal(await count('select count(*) as n from chunks where vector_store_id = ?', here), 0)
  assert.equal((await vectorStores.files.retrieve(file.id, { vector_store_id: there })).status, 'completed')
  assert.equal((await files.retrieve(file.id)).id, file.id)
  assert.equal((await vectorStores.files.createAndPoll(here, { file_id: file.id })).status, 'completed')
  await vectorStores.files.delete(file.id, { vector_store_id: here })
})

test('a file that is deleted leaves every store, and its text goes with it', async () => {
  const { vectorStores, files } = server.client
  const [file, copy] = [await upload('Secret of two files'), await upload('Secret of two files')]
  const [here, there] = [await newStore(), await newStore()]
  for (const id of [here, there]) await vectorStores.files.createAndPoll(id, { file_id: file.id })
  const texts = () => count("select count(*) as n from extractions where parts like '%Secret of two files%'")
  await files.delete(file.id)
  for (const id of [here, there]) {
    assert.deepEqual((await vectorStores.files.list(id)).data, [])
    const { file_counts, usage_bytes } = await vectorStores.retrieve(id)
    assert.deepEqual([file_counts.total, usage_bytes], [0, 0])
  }
  assert.equal(await count('select count(*) as n from chunks where file_id = ?', file.id), 0)
  assert.equal(await texts(), 1, 'another file has the same bytes')
  await files.delete(copy.id)
  assert.equal(await texts(), 0)
})

test('the same bytes are read once', async () => {
  const text = 'Once is enough'
  const [first, second] = [await upload(text), await upload(text)]
  const { vectorStores } = server.client
  for (const file of [first, second]) {
    await vectorStores.files.createAndPoll(await newStore(), { file_id: file.id })
  }
  const change = "update extractions set parts = replace(parts, 'Once', 'Still once') where parts like ?"
  assert.equal(await executeSql(server, change, `%${text}%`), 1)
  const third = await upload(text)
  const storeId = await newStore()
  await vectorStores.files.createAndPoll(storeId, { file_id: third.id })
  const chunks = await querySql(server, 'select text from chunks where file_id = ?', third.id)
  assert.deepEqual(
    chunks.map(({ text }) => text),
    ['Still once is enough'],
  )
})

test('putting a file in again indexes it anew, and it is there once', async () => {
  const { files } = server.client.vectorStores
  const [storeId, file] = [await newStore(), await upload('Again')]
  await files.createAndPoll(storeId, { file_id: file.id, attributes: { round: 1 } })
  await files.createAndPoll(storeId, { file_id: file.id, attributes: { round: 2 } })
  const { data } = await files.list(storeId)
  assert.deepEqual(
    data.map(({ id, attributes }) => [id, attributes]),
    [[file.id, { round: 2 }]],
  )
  assert.equal(await count('select count(*) as n from chunks where file_id = ?', file.id), 1)
})

test('a list says the names of its files when that is asked for', async () => {
  const storeId = await newStore()
  const { files } = server.client.vectorStores
  for (const name of ['one.txt', 'two.txt'])
    await files.createAndPoll(storeId, { file_id: (await upload(name, name)).id })
  const path = `/v1/vector_stores/${storeId}/files`
  const { data } = (await raw(server, 'GET', `${path}?include[]=filename&limit=1`)).json
  assert.deepEqual(
    data.map(({ filename }: { filename: string }) => filename),
    ['two.txt'],
  )
  assert.ok(!('filename' in (await files.list(storeId)).data[0]!))
  refused(
    await raw(server, 'GET', `${path}?include[]=bytes`),
    400,
    "Invalid value: 'bytes'. Supported values are: 'filename'.",
    {
      param: 'include',
      code: 'invalid_value',
    },
  )
})

test('files are listed in pages and by status; a cursor is looked for in its own store', async () => {
  const { files } = server.client.vectorStores
  const [here, there] = [await newStore(), await newStore()]
  const made = []
  for (let number = 0; number < 5; number++) made.push((await upload(`File ${number}`)).id)
  const bad = (await upload('x', 'bad.pdf')).id
  for (const id of made.toReversed()) await files.createAndPoll(there, { file_id: id })
  for (const id of [...made, bad]) await files.createAndPoll(here, { file_id: id })
  const met: string[] = []
  for await (const file of files.list(here, { limit: 2, filter: 'completed', order: 'asc' }))
    met.push(file.id)
  assert.deepEqual(met, made)
  const deleted: string[] = []
  for await (const file of files.list(there, { limit: 2 })) {
    deleted.push(file.id)
    await files.delete(file.id, { vector_store_id: there })
  }
  assert.deepEqual(deleted, made, 'the other store has the same ids in another order')
  assert.deepEqual(
    (await files.list(here, { filter: 'failed' })).data.map(({ id }) => id),
    [bad],
  )
  const path = `/v1/vector_stores/${here}/files`
  refused(
    await raw(server, 'GET', `${path}?after=x`),
    400,
    `No file found with id 'x' in vector store '${here}'.`,
    { param: 'after' },
  )
  refused(
    await raw(server, 'GET', `${path}?filter=done`),
    400,
    "Invalid value: 'done'. Supported values are: 'in_progress', 'completed', 'failed', and 'cancelled'.",
    { param: 'filter', code: 'invalid_value' },
  )
})

test('a file of any name is taken, and text is read whatever it is called', async () => {
  const storeId = await newStore()
  const add = async (content: string | Uint8Array<ArrayBuffer>, name: string) => {
    const { id } = await upload(content, name)
    return server.client.vectorStores.files.createAndPoll(storeId, { file_id: id }, { pollIntervalMs: 20 })
  }
  for (const name of ['app.log', 'Makefile', 'lib.rs', 'q.sql', 'mail.eml', 'x']) {
    assert.equal((await add(`What is in ${name}: a word or two.`, name)).status, 'completed', name)
  }
  const { status, last_error } = await add(new Uint8Array([7, 0, 1, 2, 0, 0, 250, 3]), 'weights.bin')
  assert.equal(status, 'failed')
  assert.equal(last_error?.code, 'unsupported_file')
  assert.match(last_error?.message ?? '', /^The file type is not supported\. Read here are text .*PDF, Word/)
})

test('what cannot be put in is refused', async () => {
  const storeId = await newStore()
  const attach = (body: object) => raw(server, 'POST', `/v1/vector_stores/${storeId}/files`, body)
  refused(await attach({}), 400, "Missing required parameter: 'file_id'.", {
    param: 'file_id',
    code: 'missing_required_parameter',
  })
  refused(await attach({ file_id: 'file-1' }), 404, 'No such File object: file-1', { param: 'file_id' })
  const archive = await upload('x', 'a.tar')
  refused(
    await attach({ file_id: archive.id, chunking_strategy: { type: 'semantic' } }),
    400,
    "Invalid value: 'semantic'. Supported values are: 'auto' and 'static'.",
    { param: 'chunking_strategy.type', code: 'invalid_value' },
  )
})
