import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { test } from 'node:test'
import OpenAI from 'openai'
import type { FileProgress } from '../../src/contract/vector-store-files.ts'
import { scripted } from '../../src/models/scripted.ts'
import { raw } from '../raw.ts'
import { executeSql, until } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { newProject } from '../team.ts'

/** Knows that a dog is a hound. Refuses the first so many requests. */
async function fakeEmbeddings(refusals = 0) {
  const texts: string[] = []
  const state = { mode: 'well' as 'well' | 'failing' | 'silent' | 'refusing', requests: 0 }
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    state.requests++
    const { input } = (await json(request)) as { input: string[] }
    if (state.mode === 'silent') return
    if (state.mode === 'failing') {
      response.writeHead(503).end('{}')
      return
    }
    // The key is refused, but not for what a search asks.
    if (state.mode === 'refusing' && input.some((text) => /sail/.test(text))) {
      response.writeHead(401).end('{}')
      return
    }
    if (refusals-- > 0) {
      response.writeHead(429, { 'retry-after': '0' }).end('{}')
      return
    }
    texts.push(...input)
    const data = input.map((text, index) => ({
      index,
      object: 'embedding',
      embedding: /dog|hound/i.test(text) ? [1, 0, 0.1] : [0, 1, 0.1],
    }))
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ object: 'list', data, usage: { prompt_tokens: 7 * input.length } }))
  }
  const server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const config = join(folder, 'config.json')
  const base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  writeFileSync(config, JSON.stringify({ embedding: { base_url, model: 'fake' } }))
  return {
    texts,
    state,
    config,
    dataDir: join(folder, 'data'),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

test('with an embedding model a passage is found that shares no word with the query', async () => {
  await using upstream = await fakeEmbeddings(1)
  await using server = await startTestServer({ env: { THREADMILL_CONFIG: upstream.config } })
  const { vectorStores } = server.client
  const store = await vectorStores.create({})
  await vectorStores.fileBatches.uploadAndPoll(store.id, {
    files: [new File(['A hound sleeps.'], 'a.txt'), new File(['Boats sail.'], 'b.txt')],
  })
  const { json } = await raw(server, 'POST', `/v1/vector_stores/${store.id}/search`, {
    query: 'dog',
    explain: true,
  })
  assert.equal(json.data[0].filename, 'a.txt')
  assert.ok(json.data[0].explain.dense > 0.9)
  const asked = upstream.texts.length
  await vectorStores.files.uploadAndPoll(store.id, new File(['A hound sleeps.'], 'again.txt'))
  assert.equal(upstream.texts.length, asked, 'the same text is embedded once')
})

test('what was embedded for a project spares another one nothing, and each finds its own file', async () => {
  await using upstream = await fakeEmbeddings()
  await using server = await startTestServer({ env: { THREADMILL_CONFIG: upstream.config } })
  const text = 'A hound sleeps.'
  const fill = async ({ files, vectorStores }: OpenAI) => {
    const file = await files.create({ file: new File([text], 'a.txt'), purpose: 'assistants' })
    const store = await vectorStores.create({})
    await vectorStores.files.createAndPoll(store.id, { file_id: file.id }, { pollIntervalMs: 20 })
    return { file: file.id, store: store.id }
  }
  const found = async ({ vectorStores }: OpenAI, store: string) =>
    (await vectorStores.search(store, { query: 'dog' })).data.map(({ file_id }) => file_id)
  const { client } = await newProject(server)
  const times = () => upstream.texts.filter((one) => one.includes(text)).length
  const theirs = await fill(server.client)
  assert.equal(times(), 1)
  const ours = await fill(client)
  assert.equal(times(), 2, 'how long it takes says nothing of what others have')
  assert.deepEqual(await found(server.client, theirs.store), [theirs.file])
  assert.deepEqual(await found(client, ours.store), [ours.file])
  await server.client.files.delete(theirs.file)
  assert.deepEqual(await found(server.client, theirs.store), [])
  assert.deepEqual(await found(client, ours.store), [ours.file])
})

test('what the embedding model has read is counted, and how large vector stores are', async () => {
  await using upstream = await fakeEmbeddings()
  await using server = await startTestServer({ env: { THREADMILL_CONFIG: upstream.config } })
  const { vectorStores } = server.client
  const store = await vectorStores.create({})
  await vectorStores.fileBatches.uploadAndPoll(store.id, {
    files: [new File(['A hound sleeps.'], 'a.txt'), new File(['Boats sail.'], 'b.txt')],
  })
  await raw(server, 'POST', `/v1/vector_stores/${store.id}/search`, { query: 'dog' })
  const { usage } = new OpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: server.apiKey,
    adminAPIKey: server.server.adminKey,
  }).admin.organization
  const query = { start_time: Math.floor(Date.now() / 1_000) - 3_600, bucket_width: '1h' } as const
  const embeddings = async (more: object) =>
    (await usage.embeddings({ ...query, ...more })).data.flatMap(({ results }) => results) as Embedded[]
  // Every text has 7 tokens: two passages and a query.
  await until(async () => (await embeddings({}))[0]?.input_tokens === 21)
  const [whole] = await embeddings({ group_by: ['project_id', 'model', 'api_key_id', 'user_id'] })
  assert.deepEqual(
    { ...whole, model: undefined, num_model_requests: undefined },
    {
      object: 'organization.usage.embeddings.result',
      input_tokens: 21,
      num_model_requests: undefined,
      project_id: 'default',
      user_id: null,
      api_key_id: null,
      model: undefined,
    },
  )
  assert.match(whole?.model ?? '', /\/fake$/)
  assert.ok((whole?.num_model_requests ?? 0) >= 2)
  assert.equal((await embeddings({ models: [whole?.model], project_ids: ['default'] })).length, 1)
  assert.deepEqual(await embeddings({ models: ['other'] }), [])
  assert.deepEqual(await embeddings({ api_key_ids: ['key_default'] }), [])

  const { usage_bytes } = await vectorStores.retrieve(store.id)
  const sizes = async (more: object = {}) => (await usage.vectorStores({ ...query, ...more })).data
  const now = (await sizes({ group_by: ['project_id'] })).at(-1)?.results
  assert.deepEqual(now, [
    { object: 'organization.usage.vector_stores.result', usage_bytes, project_id: 'default' },
  ])
  await executeSql(
    server,
    `insert into usage_counts values ('default', 'vector_stores', ${query.start_time - 86_400}, '', 0, 1234)`,
  )
  const noted = (await sizes())[0]?.results
  assert.deepEqual(noted, [
    { object: 'organization.usage.vector_stores.result', usage_bytes: 1_234, project_id: null },
  ])
  await vectorStores.delete(store.id)
  assert.deepEqual((await sizes()).at(-1)?.results, [])
})

type Embedded = OpenAI.Admin.Organization.UsageEmbeddingsResponse.Data.OrganizationUsageEmbeddingsResult

test('a file in progress says what is being done with it, until it is done', async () => {
  await using upstream = await fakeEmbeddings()
  upstream.state.mode = 'silent'
  await using server = await startTestServer({ env: { THREADMILL_CONFIG: upstream.config } })
  const { files } = server.client.vectorStores
  const vector_store_id = (await server.client.vectorStores.create({})).id
  const { id } = await files.upload(vector_store_id, new File(['A hound sleeps.'], 'a.txt'))
  type Shown = Awaited<ReturnType<typeof files.retrieve>> & { progress?: FileProgress }
  const look = (): Promise<Shown> => files.retrieve(id, { vector_store_id })
  await until(async () => (await look()).progress?.stage === 'embedding')
  const expected = { stage: 'embedding', chunks: 1, embedded: 0, reason: null, tries: 0, retry_at: null }
  assert.deepEqual((await look()).progress, expected)
  const [listed] = (await files.list(vector_store_id)).data as Shown[]
  assert.deepEqual(listed?.progress, expected)
  // The request that is never answered is given up, and the next one is.
  await files.delete(id, { vector_store_id })
  upstream.state.mode = 'well'
  const done: Shown = await files.createAndPoll(vector_store_id, { file_id: id })
  assert.deepEqual([done.status, done.progress], ['completed', undefined])
})

test('files that came before the embedding model are given vectors in the background', async () => {
  await using upstream = await fakeEmbeddings()
  let storeId = ''
  {
    await using server = await startTestServer({ dataDir: upstream.dataDir })
    storeId = (await server.client.vectorStores.create({})).id
    await server.client.vectorStores.files.uploadAndPoll(storeId, new File(['A hound sleeps.'], 'a.txt'))
  }
  const env = { THREADMILL_CONFIG: upstream.config }
  await using server = await startTestServer({ dataDir: upstream.dataDir, env })
  await until(async () => {
    const { json } = await raw(server, 'POST', `/v1/vector_stores/${storeId}/search`, { query: 'dog' })
    return json.data[0]?.filename === 'a.txt'
  })
})

test('a file that comes while the embedding model is down is found by its words, and gets its vectors afterwards', async () => {
  await using upstream = await fakeEmbeddings()
  upstream.state.mode = 'failing'
  await using server = await startTestServer({ env: { THREADMILL_CONFIG: upstream.config } })
  const { vectorStores } = server.client
  const store = await vectorStores.create({})
  const file = await vectorStores.files.uploadAndPoll(store.id, new File(['A hound sleeps.'], 'a.txt'))
  assert.deepEqual([file.status, file.last_error], ['completed', null])
  const search = async (query: string) =>
    (await raw(server, 'POST', `/v1/vector_stores/${store.id}/search`, { query })).json
  const { data, warnings } = await search('hound')
  assert.equal(data[0].filename, 'a.txt')
  assert.equal(warnings[0].code, 'embeddings_incomplete')
  upstream.state.mode = 'well'
  await until(async () => (await search('dog')).data[0]?.filename === 'a.txt')
  assert.equal((await search('dog')).warnings, undefined)
})

test('a search says that the newest file has no vectors, and they are made when the key is right again', async () => {
  await using upstream = await fakeEmbeddings()
  await using server = await startTestServer({ env: { THREADMILL_CONFIG: upstream.config } })
  const { vectorStores } = server.client
  const store = await vectorStores.create({})
  const add = (text: string, name: string) =>
    vectorStores.files.uploadAndPoll(store.id, new File([text], name))
  const search = async () =>
    (await raw(server, 'POST', `/v1/vector_stores/${store.id}/search`, { query: 'dog' })).json
  await add('A hound sleeps.', 'a.txt')
  assert.equal((await search()).warnings, undefined)

  upstream.state.mode = 'refusing'
  assert.equal((await add('Boats sail.', 'b.txt')).status, 'completed')
  const { data, warnings } = await search()
  assert.equal(data[0].filename, 'a.txt')
  assert.deepEqual(
    warnings.map(({ code }: { code: string }) => code),
    ['embeddings_incomplete'],
  )

  // No file and no restart comes that would have it try again.
  upstream.state.mode = 'well'
  await until(async () => (await search()).warnings === undefined)
})

test('an embedding model that never answers holds up one search, and the page says that words alone decided', () =>
  searchWithout('silent'))

test('an embedding model that fails is asked twice, and the page says that words alone decided', () =>
  searchWithout('failing'))

/** Searches, and lets a run search, after the embedding model has broken down. */
async function searchWithout(mode: 'failing' | 'silent') {
  await using upstream = await fakeEmbeddings()
  const model = scripted([
    { toolCalls: [{ name: 'file_search', arguments: { queries: ['boats'] } }] },
    { text: 'They sail.' },
  ])
  const env = { THREADMILL_CONFIG: upstream.config }
  await using server = await startTestServer({ env, models: { scripted: model } })
  const { vectorStores, beta } = server.client
  const store = await vectorStores.create({})
  await vectorStores.fileBatches.uploadAndPoll(store.id, {
    files: [new File(['A hound sleeps.'], 'a.txt'), new File(['Boats sail.'], 'b.txt')],
  })
  const search = async () =>
    (await raw(server, 'POST', `/v1/vector_stores/${store.id}/search`, { query: 'boats' })).json
  assert.equal((await search()).warnings, undefined)

  upstream.state.mode = mode
  const before = upstream.state.requests
  for (let time = 0; time < 3; time++) {
    const { data, warnings } = await search()
    assert.equal(data[0].filename, 'b.txt')
    assert.deepEqual(
      warnings.map(({ code }: { code: string }) => code),
      ['embedding_unavailable'],
    )
  }
  assert.equal(upstream.state.requests - before, mode === 'failing' ? 2 : 1)

  const assistant = await beta.assistants.create({
    model: 'scripted',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  })
  const run = await beta.threads.createAndRunPoll(
    { assistant_id: assistant.id, thread: { messages: [{ role: 'user', content: 'What of boats?' }] } },
    { pollIntervalMs: 20 },
  )
  assert.equal(run.status, 'completed')
  assert.match(JSON.stringify(model.calls[1]?.prompt.at(-1)), /went by words alone.*Boats sail/)
}
