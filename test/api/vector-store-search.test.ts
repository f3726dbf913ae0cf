import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { addTrigger, removeTrigger } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
let storeId: string
const ids = new Map<string, string>()

const documents = [
  ['leave.md', 'Employees get thirty days of paid vacation every year.', { year: 2024, topic: 'people' }],
  ['sick.md', 'Who is ill tells the office before nine in the morning.', { year: 2025, topic: 'people' }],
  ['travel.md', 'Train journeys are paid in second class.', { year: 2025, topic: 'money', draft: true }],
] as const

before(async () => {
  server = await startTestServer()
  const { files, vectorStores } = server.client
  storeId = (await vectorStores.create({})).id
  for (const [name, text, attributes] of documents) {
    const file = await files.create({ file: new File([text], name), purpose: 'assistants' })
    ids.set(name, file.id)
    await vectorStores.files.createAndPoll(storeId, { file_id: file.id, attributes })
  }
})
after(() => server[Symbol.asyncDispose]())

const search = (body: object) => raw(server, 'POST', `/v1/vector_stores/${storeId}/search`, body)

const found = async (filters: object) => {
  const query = ['vacation employees', 'ill office morning', 'train journeys']
  const { status, json, text } = await search({ query, filters })
  assert.equal(status, 200, text)
  return json.data.map(({ filename }: { filename: string }) => filename).toSorted()
}

test('the passage that answers comes first, in the recorded page', async () => {
  const { json } = await search({ query: 'How many days of vacation do I get?' })
  const [best] = json.data
  assert.equal(
    JSON.stringify({ ...json, data: [best] }),
    JSON.stringify({
      object: 'vector_store.search_results.page',
      search_query: ['How many days of vacation do I get?'],
      data: [
        {
          file_id: ids.get('leave.md'),
          filename: 'leave.md',
          score: best.score,
          attributes: { year: 2024, topic: 'people' },
          content: [{ type: 'text', text: documents[0][1] }],
        },
      ],
      has_more: false,
      next_page: null,
    }),
  )
  assert.ok(best.score > 0 && best.score <= 1)
})

test('the official client reads it as a page', async () => {
  const met = []
  for await (const one of server.client.vectorStores.search(storeId, { query: ['train', 'sick'] }))
    met.push(one)
  assert.ok(met.some(({ filename }) => filename === 'travel.md'))
})

test('filters compare and combine, and hold before anything is ranked', async () => {
  assert.deepEqual(await found({ type: 'eq', key: 'year', value: 2025 }), ['sick.md', 'travel.md'])
  assert.deepEqual(await found({ type: 'eq', key: 'year', value: '2025' }), [])
  assert.deepEqual(await found({ type: 'ne', key: 'topic', value: 'people' }), ['travel.md'])
  assert.deepEqual(await found({ type: 'lt', key: 'year', value: 2025 }), ['leave.md'])
  assert.deepEqual(await found({ type: 'in', key: 'topic', value: ['money', 'time'] }), ['travel.md'])
  assert.deepEqual(await found({ type: 'nin', key: 'topic', value: ['money'] }), ['leave.md', 'sick.md'])
  assert.deepEqual(await found({ type: 'eq', key: 'draft', value: true }), ['travel.md'])
  assert.deepEqual(
    await found({
      type: 'and',
      filters: [
        { type: 'gte', key: 'year', value: 2025 },
        {
          type: 'or',
          filters: [
            { type: 'eq', key: 'topic', value: 'people' },
            { type: 'eq', key: 'topic', value: 'time' },
          ],
        },
      ],
    }),
    ['sick.md'],
  )
})

test('a change of attributes takes hold at once', async () => {
  const { files } = server.client.vectorStores
  const file = ids.get('leave.md') ?? ''
  const filter = { type: 'eq', key: 'state', value: 'new' }
  assert.deepEqual(await found(filter), [])
  await files.update(file, { vector_store_id: storeId, attributes: { state: 'new' } })
  assert.deepEqual(await found(filter), ['leave.md'])
  await files.update(file, { vector_store_id: storeId, attributes: { year: 2024, topic: 'people' } })
})

test('no more is given than asked for, and nothing below the threshold', async () => {
  const query = 'paid vacation and train journeys'
  assert.equal((await search({ query, max_num_results: 1 })).json.data.length, 1)
  const all = (await search({ query })).json.data
  const threshold = all[0].score
  const few = (await search({ query, ranking_options: { score_threshold: threshold } })).json.data
  assert.ok(few.length >= 1 && few.length < all.length)
})

test('scores are explained when that is asked for, and rewriting a query leaves it as it is', async () => {
  const query = 'paid vacation'
  const plain = (await search({ query })).json.data[0]
  assert.ok(!('explain' in plain))
  const { json } = await search({ query, explain: true, rewrite_query: true })
  assert.deepEqual(json.search_query, [query])
  assert.deepEqual(Object.keys(json.data[0].explain), [
    'chunk',
    'chunk_id',
    'start',
    'end',
    'text',
    'name',
    'dense',
    'penalty',
    'rerank',
  ])
})

test('a file that leaves is found no more', async () => {
  const { files, vectorStores } = server.client
  const file = await files.create({ file: new File(['Zebras graze'], 'z.txt'), purpose: 'assistants' })
  await vectorStores.files.createAndPoll(storeId, { file_id: file.id })
  const zebras = async () => (await search({ query: 'zebras' })).json.data.length
  assert.equal(await zebras(), 1)
  await files.delete(file.id)
  assert.equal(await zebras(), 0)
})

test('a file that is put in again and not done takes no place from the others', async () => {
  const { files, vectorStores } = server.client
  const herd = `${'zebra '.repeat(90)}\n\n`.repeat(20)
  const store = await vectorStores.create({})
  const add = async (name: string, text: string) => {
    const file = await files.create({ file: new File([text], name), purpose: 'assistants' })
    const chunking = { max_chunk_size_tokens: 100, chunk_overlap_tokens: 0 }
    await vectorStores.files.createAndPoll(store.id, {
      file_id: file.id,
      chunking_strategy: { type: 'static', static: chunking },
    })
    return file.id
  }
  const herdId = await add('herd.txt', herd)
  await add('note.txt', 'A note on stripes, horses, grass, lions and, at its end, one zebra.')
  const names = async () => {
    const page = await vectorStores.search(store.id, { query: 'zebra', max_num_results: 1 })
    return page.data.map(({ filename }) => filename)
  }
  assert.deepEqual(await names(), ['herd.txt'])

  await addTrigger(server, {
    name: 'nobody_works',
    on: 'before update on vector_store_files',
    when: 'new.lease_owner is not null',
    does: 'ignore',
  })
  const batch = await vectorStores.fileBatches.create(store.id, { file_ids: [herdId] })
  assert.deepEqual(await names(), ['note.txt'])
  await vectorStores.fileBatches.cancel(batch.id, { vector_store_id: store.id })
  assert.deepEqual(await names(), ['note.txt'])
  await removeTrigger(server, 'nobody_works')
  await vectorStores.files.createAndPoll(store.id, { file_id: herdId })
  assert.deepEqual(await names(), ['herd.txt'])
})

test('what a search is asked must make sense', async () => {
  const missing = { param: 'query', code: 'missing_required_parameter' }
  refused(await search({}), 400, "Missing required parameter: 'query'.", missing)
  refused(
    await search({ query: 'x', max_num_results: 51 }),
    400,
    "Invalid 'max_num_results': integer above maximum value. Expected a value <= 50, but got 51 instead.",
    { param: 'max_num_results', code: 'integer_above_max_value' },
  )
  refused(
    await search({ query: 'x', filters: { type: 'like', key: 'a', value: 'b' } }),
    400,
    "Invalid value: 'like'. Supported values are: 'eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in', 'nin', 'and', and 'or'.",
    { param: 'filters.type', code: 'invalid_value' },
  )
  refused(
    await search({ query: 'x', filters: { type: 'and', filters: [{ type: 'eq', key: 'a' }] } }),
    400,
    "Missing required parameter: 'filters.filters[0].value'.",
    { param: 'filters.filters[0].value', code: 'missing_required_parameter' },
  )
  const text = `${'{"type":"and","filters":['.repeat(20)}{"type":"eq","key":"a","value":1}${']}'.repeat(20)}`
  refused(
    await raw(server, 'POST', `/v1/vector_stores/${storeId}/search`, `{"query":"x","filters":${text}}`),
    400,
    "Invalid 'filters': filters within filters. Expected at most 10 levels.",
    { param: 'filters', code: 'invalid_value' },
  )
  refused(
    await raw(server, 'POST', '/v1/vector_stores/vs_1/search', { query: 'x' }),
    404,
    "No vector store found with id 'vs_1'.",
  )
})
