import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { toFile } from 'openai'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

interface Named {
  id: string
  name?: string | null
  filename?: string
}

const list = (path: string, query: Record<string, unknown>) =>
  server.client.get<{ data: Named[]; has_more: boolean }>(path, { query: { order: 'asc', ...query } })
const found = async (path: string, query: Record<string, unknown>) =>
  (await list(path, query)).data.map(({ name, filename }) => name ?? filename).join(', ')

const create = {
  '/assistants': (name: string) =>
    server.client.beta.assistants.create({
      model: 'demo',
      name,
      description: `About ${name.length} letters`,
    }),
  '/vector_stores': (name: string) => server.client.vectorStores.create({ name }),
  '/files': async (name: string) =>
    server.client.files.create({ purpose: 'assistants', file: await toFile(Buffer.from('x'), name) }),
}

for (const [path, make] of Object.entries(create)) {
  test(`${path} is narrowed by words of names and by ids`, async () => {
    const names = ['Math tutor', 'Müller GmbH report.pdf', '東京の報告', 'math Report']
    const made: Named[] = []
    for (const name of names) made.push(await make(name))
    assert.equal(await found(path, { query: 'MATH' }), 'Math tutor, math Report')
    assert.equal(await found(path, { query: 'report math' }), 'math Report')
    assert.equal(await found(path, { query: 'muller' }), 'Müller GmbH report.pdf')
    assert.equal(await found(path, { query: '報告' }), '東京の報告')
    assert.equal(await found(path, { query: made[2]?.id }), '東京の報告')
    assert.equal(await found(path, { query: made[2]?.id.slice(0, 14) }), '東京の報告')
    assert.equal(await found(path, { query: made[2]?.id.slice(0, 5) }), '', 'a prefix is that of all')
    assert.equal(await found(path, { query: 'chemistry' }), '')
    const first = await list(path, { query: 'math', limit: 1 })
    assert.deepEqual([first.data.map(({ id }) => id), first.has_more], [[made[0]?.id], true])
    assert.equal(await found(path, { query: 'math', limit: 1, after: made[0]?.id }), 'math Report')
    refused(await raw(server, 'GET', `/v1${path}?query=%20`), 400, "Invalid 'query': it contains no word.", {
      param: 'query',
      code: 'empty_string',
    })
  })
}

test('an assistant is found by its description too', async () => {
  const { id } = await create['/assistants']('Geography')
  const { data } = await list('/assistants', { query: 'about 9' })
  assert.deepEqual(
    data.map((one) => one.id),
    [id],
  )
})

test('words and other filters hold together', async () => {
  const file = async (name: string, purpose: 'user_data' | 'batch') =>
    server.client.files.create({ purpose, file: await toFile(Buffer.from('{}'), name) })
  await file('weather.jsonl', 'batch')
  await file('weather.txt', 'user_data')
  assert.equal(await found('/files', { query: 'weather', purpose: 'batch' }), 'weather.jsonl')
  await server.client.beta.assistants.create({ model: 'demo', name: 'Weather', metadata: { team: 'red' } })
  await server.client.beta.assistants.create({ model: 'demo', name: 'Weather 2' })
  assert.equal(await found('/assistants', { query: 'weather', metadata: { team: 'red' } }), 'Weather')
})

test('vector stores are narrowed to those that have a file', async () => {
  const { client } = server
  const file = await client.files.create({
    purpose: 'assistants',
    file: await toFile(Buffer.from('a'), 'a.txt'),
  })
  await client.vectorStores.create({ name: 'with', file_ids: [file.id] })
  await client.vectorStores.create({ name: 'without' })
  const former = await client.vectorStores.create({ name: 'former', file_ids: [file.id] })
  await client.vectorStores.files.delete(file.id, { vector_store_id: former.id })
  assert.equal(await found('/vector_stores', { file_id: file.id }), 'with')
  assert.equal(await found('/vector_stores', { file_id: file.id, query: 'without' }), '')
  assert.equal(await found('/vector_stores', { file_id: 'file-unknown' }), '')
})
