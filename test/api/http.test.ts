import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI, { AzureOpenAI } from 'openai'
import { readLimits } from '../../src/store/usage/limits.ts'
import { createRateLimiter } from '../../src/store/usage/rate-limiter.ts'
import { observers } from '../../src/telemetry/observer.ts'
import { createTurns } from '../../src/common/turns.ts'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer

before(async () => {
  server = await startTestServer()
})

after(() => server[Symbol.asyncDispose]())

const noKey =
  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. This is Threadmill: its key is in THREADMILL_API_KEY, or in the file api-key of its data folder."

test('without a key, or with a wrong one, nothing is answered but why', async () => {
  refused(await raw(server, 'GET', '/v1/assistants', undefined, { authorization: '' }), 401, noKey)
  refused(await raw(server, 'GET', '/v1/assistants', undefined, { authorization: 'Bearer ' }), 401, noKey)
  const wrong = (key: string) =>
    raw(server, 'GET', '/v1/assistants', undefined, { authorization: `Bearer ${key}` })
  const text = (key: string) =>
    `Incorrect API key provided: ${key}. This is Threadmill: its key is in THREADMILL_API_KEY, or in the file api-key of its data folder.`
  refused(await wrong('sk-abcdefghijklmnopxyz'), 401, text('sk-abc***xyz'), { code: 'invalid_api_key' })
  refused(await wrong('short'), 401, text('sh***'), { code: 'invalid_api_key' })
  refused(await wrong(`${server.apiKey}x`), 401, text(`sk-tm-***${server.apiKey.slice(-2)}x`), {
    code: 'invalid_api_key',
  })
  const unknown = await raw(server, 'GET', '/v1/nothing', undefined, { authorization: '' })
  assert.equal(unknown.status, 401, 'what there is is not told to strangers')
})

test('the key may be in any of its places', async () => {
  const get = (headers: Record<string, string>) => raw(server, 'GET', '/v1/assistants', undefined, headers)
  const basic = Buffer.from(`:${server.apiKey}`).toString('base64')
  for (const headers of [
    { authorization: `bearer ${server.apiKey}` },
    { authorization: `Basic ${basic}` },
    { authorization: '', 'api-key': server.apiKey },
  ]) {
    assert.equal((await get(headers)).status, 200)
  }
})

test('Azure addresses, with a version in the query or in the path, are the same API', async () => {
  const azure = new AzureOpenAI({
    endpoint: server.url,
    apiKey: server.apiKey,
    apiVersion: '2024-05-01-preview',
  })
  const thread = await azure.beta.threads.create()
  const newer = new OpenAI({ baseURL: `${server.url}/openai/v1`, apiKey: server.apiKey })
  assert.equal((await newer.beta.threads.retrieve(thread.id)).id, thread.id)
  for (const mount of ['/v1', '/openai', '/openai/v1']) {
    const answer = await raw(server, 'GET', `${mount}/threads/${thread.id}?api-version=preview`)
    assert.equal(answer.status, 200, mount)
  }
  assert.equal((await raw(server, 'GET', `/threads/${thread.id}`)).status, 404)
})

test('every answer names its request, the version and the time it took', async () => {
  const seen = new Set<string>()
  for (const path of ['/v1/assistants', '/v1/nothing', '/v1/threads/thread_x']) {
    const { headers } = await raw(server, 'GET', path)
    assert.match(headers.get('x-request-id') ?? '', /^req_[0-9a-f]{32}$/)
    seen.add(headers.get('x-request-id') ?? '')
    assert.match(headers.get('openai-processing-ms') ?? '', /^\d+$/)
    assert.equal(headers.get('openai-version'), '2020-10-01')
    assert.equal(headers.get('content-type'), 'application/json')
    assert.equal(headers.get('access-control-allow-origin'), '*')
  }
  assert.equal(seen.size, 3)
})

test('whoever opens the address is told what it is, where clients go, and where the key lies', async () => {
  const { status, headers, text } = await raw(server, 'GET', '/', undefined, { authorization: '' })
  assert.equal(status, 200)
  assert.equal(headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.equal(text.split('\n').length, 2, 'one line')
  // No address: a proxy may have given the server another one.
  assert.match(text, /^Threadmill .*clients take this address with \/v1 at its end/)
  assert.match(text, /THREADMILL_API_KEY.*api-key/)
  assert.ok(!text.includes(server.apiKey) && !text.includes(server.dataDir))
})

test('a base URL without /v1, or with two of them, is told how it ends', async () => {
  for (const [base, said] of [
    [
      '',
      'Invalid URL (POST /threads). The base URL of a client ends in /v1 here: perhaps you meant /v1/threads.',
    ],
    ['/v1/v1', 'Invalid URL (POST /v1/v1/threads). The base URL of a client ends in /v1 once.'],
  ] as const) {
    const client = new OpenAI({ baseURL: `${server.url}${base}`, apiKey: server.apiKey, maxRetries: 0 })
    await assert.rejects(client.beta.threads.create(), (error: InstanceType<typeof OpenAI.APIError>) => {
      assert.equal(error.status, 404)
      assert.ok(error.message.includes(said), error.message)
      return true
    })
  }
  refused(await raw(server, 'GET', '/elsewhere'), 404, 'Invalid URL (GET /elsewhere)')
})

test('an address that is nowhere, and a method that is not there, are told apart', async () => {
  refused(await raw(server, 'GET', '/v1/foo'), 404, 'Invalid URL (GET /v1/foo)')
  refused(
    await raw(server, 'GET', '/v1/threads/thread_x/nothing'),
    404,
    'Invalid URL (GET /v1/threads/thread_x/nothing)',
  )
  for (const [method, path, allow] of [
    ['PUT', '/v1/threads', 'GET, POST'],
    ['POST', '/openai/v1/models', 'GET'],
    ['DELETE', '/openai/threads/thread_x/messages', 'GET, POST'],
    ['PATCH', '/v1/threads/thread_x/runs/run_x', 'GET, POST'],
  ] as const) {
    const answer = await raw(server, method, path)
    refused(
      answer,
      405,
      `Not allowed to ${method} on ${path}. (HINT: Perhaps you meant to use a different HTTP method?)`,
    )
    assert.equal(answer.headers.get('allow'), allow)
  }
})

test('a browser may ask from anywhere, before it has a key', async () => {
  const response = await fetch(`${server.url}/v1/threads`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,openai-beta,x-stainless-lang',
    },
  })
  assert.equal(response.status, 204)
  assert.equal(response.headers.get('access-control-allow-origin'), '*')
  assert.match(response.headers.get('access-control-allow-methods') ?? '', /DELETE/)
  assert.equal(
    response.headers.get('access-control-allow-headers'),
    'authorization,content-type,openai-beta,x-stainless-lang',
  )
})

test("a browser's program sees every header that answers have for it, errors among them", async () => {
  const upstream = { OPENAI_BASE_URL: 'http://127.0.0.1:1/v1' }
  await using without = await startTestServer({ env: upstream })
  const file = new FormData()
  file.set('purpose', 'assistants')
  file.set('file', new Blob(['x']), 'x.txt')
  const { json } = await raw(server, 'POST', '/v1/files', file)
  const thread = await raw(server, 'POST', '/v1/threads', {})
  const assistant = await raw(server, 'POST', '/v1/assistants', { model: 'demo' })
  const runs = `/v1/threads/${thread.json.id}/runs`
  const run = { assistant_id: assistant.json.id, additional_messages: [{ role: 'user', content: 'Hello' }] }
  const answers = {
    json: await raw(server, 'GET', '/v1/assistants'),
    refusal: await raw(server, 'DELETE', '/v1/assistants'),
    unavailable: await raw(without, 'POST', '/v1/assistants', { model: 'tiny' }),
    content: await raw(server, 'GET', `/v1/files/${json.id}/content`),
    stream: await raw(server, 'POST', runs, { ...run, stream: true }),
    polled: await raw(server, 'POST', runs, run),
  }
  // Of every answer on the web, or for the browser itself.
  const notForPrograms =
    /^(access-control-|x-content-type-options|x-accel-|content-(type|length)|cache-control|date|connection|keep-alive|transfer-encoding|vary)/
  const seen = new Set<string>()
  for (const { headers } of Object.values(answers)) {
    const exposed = (headers.get('access-control-expose-headers') ?? '').split(', ')
    const hidden = [...headers.keys()].filter((name) => !notForPrograms.test(name) && !exposed.includes(name))
    assert.deepEqual(hidden, [])
    for (const name of headers.keys()) seen.add(name)
  }
  assert.equal(answers.unavailable.status, 503)
  for (const name of [
    'retry-after',
    'allow',
    'x-request-id',
    'openai-poll-after-ms',
    'content-disposition',
  ]) {
    assert(seen.has(name), name)
  }
})

test('the beta header is not needed, may be a list, and is refused for the version that is gone', async () => {
  const get = (beta: string) => raw(server, 'GET', '/v1/assistants', undefined, { 'openai-beta': beta })
  assert.equal((await get('assistants=v2')).status, 200)
  assert.equal((await get('realtime=v1, assistants=v2')).status, 200)
  refused(
    await get('assistants=v1'),
    400,
    'The v1 Assistants API has been deprecated. See the migration guide for more information: https://platform.openai.com/docs/assistants/migration.',
    { code: 'invalid_beta' },
  )
})

test('an unexpected failure is a 500 that tells nothing but its request, and the health is failing', async () => {
  await using own = await startTestServer()
  await own.server.close()
  // The database is closed; the app still answers whoever has a connection. Asked in process, because the port is shut.
  const { createApp } = await import('../../src/http/app.ts')
  const { openFolderBlobs } = await import('../../src/store/blobs/folder.ts')
  const { openSqlite } = await import('../../src/store/sqlite/sqlite.ts')
  const { createWriteCheck } = await import('../../src/store/sqlite/check-database.ts')
  const { assistantsEvents } = await import('../../src/assistants/events.ts')
  const { startJsonParser } = await import('../../src/http/json-parser.ts')
  const { createRunLog } = await import('../../src/store/run-log.ts')
  const { openStoreViews } = await import('../../src/search/store-views.ts')
  const db = openSqlite(`${own.dataDir}/threadmill.db`)
  await db.close()
  const revoked = new AbortController().signal
  const key = { id: 'key_1', project: 'default', ofSettings: true, archived: false, revoked }
  const access = {
    find: async () => key,
    budgetsOf: () => [],
    refresh: async () => {},
    limits: () => readLimits([]),
    close: async () => {},
  }
  const blobs = openFolderBlobs(`${own.dataDir}/files`)
  const facts: unknown[] = []
  const views = openStoreViews(db)
  const app = createApp({
    db,
    blobs,
    log: createRunLog({ assistants: assistantsEvents }),
    catalog: {
      resolve: async () => undefined,
      look: () => undefined,
      list: async () => [],
      known: async () => [],
      problems: () => [],
      priceOf: () => undefined,
    },
    budgetsOf: () => [],
    places: createTurns(1),
    reserve: () => undefined,
    server: 'me',
    containers: { minutes: 20, memory: 2 ** 30 },
    outages: { reasonFor: () => undefined },
    allowances: { reasonFor: () => undefined },
    admission: { limits: access.limits, limiter: createRateLimiter(db, () => {}) },
    pythonSessions: { look: async () => undefined, end: async () => undefined },
    search: { db, views, log: () => {} },
    sendWebhook: async () => 200,
    documents: { readFile: async () => '', readBytes: async () => '' },
    publicFetch: async () => new Response(),
    pictures: { load: async () => Buffer.of() },
    responses: { isStrict: false, queues: false },
    completions: { chat: async () => undefined, embed: async () => undefined },
    completionBudgets: { begin: async () => ({ grow: async () => {}, release() {}, end: async () => {} }) },
    notCounted: () => {},
    access,
    observer: observers([]),
    metrics: { contentType: 'text/plain', text: async () => '' },
    serverLog: (...fact) => facts.push(fact),
    console: { folder: `${own.dataDir}/console`, version: '0' },
    health: { check: createWriteCheck(db, blobs), report: async () => ({}), isClosing: () => false },
    json: startJsonParser(),
    closing: new AbortController().signal,
  })
  const health = await app.request('/health')
  assert.equal(health.status, 503)
  assert.deepEqual(await health.json(), { status: 'failing' })
  const answer = await app.request('/v1/threads/thread_x', { headers: { 'api-key': own.apiKey } })
  assert.equal(answer.status, 500)
  const { error } = (await answer.json()) as { error: Record<string, unknown> }
  assert.deepEqual([error['type'], error['param'], error['code']], ['server_error', null, null])
  const id = answer.headers.get('x-request-id') ?? ''
  assert.ok(String(error['message']).startsWith('The server had an error processing your request.'))
  assert.ok(String(error['message']).includes(id))
  assert.match(JSON.stringify(facts), new RegExp(id))
})

test("an address may hold a deployment, as older releases of Azure's client have it for every call", async () => {
  const azure = new AzureOpenAI({
    endpoint: server.url,
    apiKey: server.apiKey,
    apiVersion: '2024-05-01-preview',
    maxRetries: 0,
  })
  azure.baseURL = `${server.url}/openai/deployments/echo`
  const { id } = await azure.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  const assistant = await azure.beta.assistants.create({ model: 'demo' })
  const run = await azure.beta.threads.runs.createAndPoll(id, { assistant_id: assistant.id })
  assert.equal(run.status, 'completed')
  const file = await azure.files.create({ file: new File(['x'], 'x.txt'), purpose: 'assistants' })
  assert.equal(await (await azure.files.content(file.id)).text(), 'x')
  assert.equal((await raw(server, 'GET', '/v1/deployments/echo/assistants')).status, 404)
  assert.equal((await raw(server, 'GET', '/openai/deployments/echo')).status, 404)
})
