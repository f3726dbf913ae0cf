import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { createApp, type AppOptions } from '../../src/http/app.ts'
import { scripted } from '../../src/models/scripted.ts'
import { raw, refused, type RawAnswer } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { newProject } from '../team.ts'

let server: TestServer
let theirs: OpenAI
let ours: { url: string; apiKey: string }
/** The ids of what another project has, by the names that paths and bodies give them. */
let ids: Record<string, string>

/** Ids of the same form that nobody has. */
const nobodys: Record<string, string> = {
  assistant_id: 'asst_nobodynobodynobodynobody0',
  thread_id: 'thread_nobodynobodynobodynobody',
  message_id: 'msg_nobodynobodynobodynobody00',
  run_id: 'run_nobodynobodynobodynobody00',
  step_id: 'step_nobodynobodynobodynobody0',
  file_id: 'file-nobodynobodynobodynob',
  upload_id: 'upload_00000000nobodynobodynobodynobody',
  vector_store_id: 'vs_00000000000000000000000000000000',
  batch_id: 'vsfb_00000000000000000000000000000000',
  part_id: 'part_00000000000000000000000000000000',
  call_id: 'call_nobodynobodynobodynobody',
  response_id: `resp_${'0'.repeat(50)}`,
  item_id: `msg_${'0'.repeat(50)}`,
  conversation_id: `conv_${'0'.repeat(48)}`,
  trace_id: 'trace_nobodynobodynobody',
  container_id: `cntr_${'0'.repeat(48)}`,
  container_file_id: `cfile_${'0'.repeat(32)}`,
  webhook_endpoint_id: `whe_${'0'.repeat(32)}`,
}

before(async () => {
  const models = {
    m: scripted((prompt) =>
      JSON.stringify(prompt).includes('You ask.')
        ? { toolCalls: [{ name: 'ask', arguments: '{}' }] }
        : { text: 'Hello.' },
    ),
  }
  // So that their webhooks may have an address, at which nobody is.
  const env = { THREADMILL_PRIVATE_HOSTS: '127.0.0.1' }
  server = await startTestServer({ models, env })
  const admin = new OpenAI({
    baseURL: `${server.url}/v1`,
    adminAPIKey: server.server.adminKey,
    maxRetries: 0,
  })
  const { projects } = admin.admin.organization
  const project = await projects.create({ name: 'Ours' })
  const account = await projects.serviceAccounts.create(project.id, { name: 'app' })
  ours = { url: server.url, apiKey: account.api_key?.value ?? '' }
  theirs = server.client
  ids = await fill(theirs)
})
after(() => server[Symbol.asyncDispose]())

/** One of each object, with a run that waits for its caller. */
async function fill(client: OpenAI): Promise<Record<string, string>> {
  const { beta, files, uploads, vectorStores } = client
  const file = await files.create({
    file: await toFile(Buffer.from('A secret.'), 'a.txt'),
    purpose: 'assistants',
  })
  const store = await vectorStores.create({ name: 'theirs' })
  await vectorStores.files.createAndPoll(store.id, { file_id: file.id })
  const batch = await vectorStores.fileBatches.createAndPoll(store.id, { file_ids: [file.id] })
  const assistant = await beta.assistants.create({
    model: 'm',
    instructions: 'You ask.',
    tools: [{ type: 'function', function: { name: 'ask', parameters: { type: 'object', properties: {} } } }],
  })
  const thread = await beta.threads.create({ messages: [{ role: 'user', content: 'A secret.' }] })
  const [message] = (await beta.threads.messages.list(thread.id)).data
  const run = await beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
  assert.equal(run.status, 'requires_action')
  const [step] = (await beta.threads.runs.steps.list(run.id, { thread_id: thread.id })).data
  const upload = await uploads.create({
    bytes: 3,
    filename: 'b.txt',
    mime_type: 'text/plain',
    purpose: 'assistants',
  })
  const conversation = await client.conversations.create()
  const response = await client.responses.create({
    model: 'm',
    input: 'A secret.',
    conversation: conversation.id,
  })
  const trace = { object: 'trace.span', id: 'span_1', trace_id: 'trace_theirs', span_data: { type: 'agent' } }
  await client.post('/traces/ingest', { body: { data: [trace] } })
  const container = await client.containers.create({ name: 'theirs' })
  const containerFile = await client.containers.files.create(container.id, {
    file: await toFile(Buffer.from('A secret.'), 'a.txt'),
  })
  const endpoint = await client.webhooks.create({
    name: 'theirs',
    url: 'https://127.0.0.1:9/',
    event_types: ['response.completed'],
  })
  const part = await uploads.parts.create(upload.id, { data: await toFile(Buffer.from('abc'), 'p') })
  return {
    assistant_id: assistant.id,
    thread_id: thread.id,
    message_id: message?.id ?? '',
    run_id: run.id,
    step_id: step?.id ?? '',
    file_id: file.id,
    upload_id: upload.id,
    vector_store_id: store.id,
    batch_id: batch.id,
    part_id: part.id,
    response_id: response.id,
    conversation_id: conversation.id,
    trace_id: trace.trace_id,
    container_id: container.id,
    container_file_id: containerFile.id,
    webhook_endpoint_id: endpoint.id,
    item_id: response.output[0]?.id ?? '',
    call_id: run.required_action?.submit_tool_outputs.tool_calls[0]?.id ?? '',
  }
}

const message = (attachments: object[] = []) => ({ role: 'user', content: 'Hi', attachments })
const fileOf = (id: string) => ({ file_id: id, tools: [{ type: 'file_search' }] })

/** A body for each route that reads one. Everything in it is valid but for the ids. */
const bodies: Record<string, (of: Record<string, string>) => unknown> = {
  'POST /assistants': (of) => ({
    model: 'm',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [of['vector_store_id']] } },
  }),
  'POST /assistants/:assistant_id': () => ({ name: 'Mine now' }),
  'POST /threads': (of) => ({ messages: [message([fileOf(of['file_id'] ?? '')])] }),
  'POST /threads/:thread_id': () => ({ metadata: { a: 'b' } }),
  'POST /threads/:thread_id/copy': (of) => ({ message_id: of['message_id'] }),
  'POST /threads/runs': (of) => ({ assistant_id: of['assistant_id'], thread: { messages: [message()] } }),
  'POST /threads/:thread_id/messages': () => message(),
  'POST /threads/:thread_id/messages/:message_id': () => ({ metadata: {} }),
  'POST /threads/:thread_id/runs': (of) => ({ assistant_id: of['assistant_id'] }),
  'POST /threads/:thread_id/runs/:run_id': () => ({ metadata: {} }),
  'POST /threads/:thread_id/runs/:run_id/submit_tool_outputs': (of) => ({
    tool_outputs: [{ tool_call_id: of['call_id'], output: 'x' }],
  }),
  'POST /responses': (of) => ({ model: 'm', input: 'Hi', previous_response_id: of['response_id'] }),
  'POST /responses/input_tokens': (of) => ({ previous_response_id: of['response_id'] }),
  'POST /conversations': (of) => ({ items: [{ type: 'item_reference', id: of['item_id'] }] }),
  'POST /conversations/:conversation_id': () => ({ metadata: { a: 'b' } }),
  'POST /conversations/:conversation_id/items': () => ({ items: [{ role: 'user', content: 'Hi' }] }),
  'POST /containers': (of) => ({ name: 'mine', file_ids: [of['file_id']] }),
  'POST /containers/:container_id/files': (of) => ({ file_id: of['file_id'] }),
  'POST /uploads/:upload_id/complete': (of) => ({ part_ids: [of['part_id']] }),
  'POST /vector_stores': (of) => ({ file_ids: [of['file_id']] }),
  'POST /vector_stores/:vector_store_id': () => ({ name: 'Mine now' }),
  'POST /vector_stores/:vector_store_id/search': () => ({ query: 'secret' }),
  'POST /vector_stores/:vector_store_id/files': (of) => ({ file_id: of['file_id'] }),
  'POST /vector_stores/:vector_store_id/files/:file_id': () => ({ attributes: {} }),
  'POST /vector_stores/:vector_store_id/file_batches': (of) => ({ file_ids: [of['file_id']] }),
}

/** What an answer says, with ids that stand in it under their names, so that two answers can be compared. */
function told({ status, text }: RawAnswer, of: Record<string, string>): string {
  let said = `${status} ${text}`
  for (const [name, id] of Object.entries(of)) said = said.replaceAll(id, `{${name}}`)
  return said
    .replace(/"(created_at|expires_at|last_active_at)":\d+/g, '"$1":0')
    .replace(/"(asst|thread|msg|run|vs|vsfb|conv)_[A-Za-z0-9]{24,}"/g, '"$1_new"')
}

async function bothAnswers(method: string, route: string): Promise<[string, string]> {
  const ask = async (of: Record<string, string>) => {
    const path = `/v1${route.replace(/:(\w+)(\{[^}]*\})?/g, (_, name: string) => of[name] ?? name)}`
    return told(await raw(ours, method, path, bodies[`${method} ${route}`]?.(of)), of)
  }
  return [await ask(ids), await ask(nobodys)]
}

/** The routes of the API below the project of a key, as they are registered. */
function routes(): { method: string; path: string }[] {
  const app = createApp({ console: { folder: '', version: '' }, observer: {} } as AppOptions)
  const found = new Map(
    app.routes
      .filter(({ method, path }) => method !== 'ALL' && path.startsWith('/v1/'))
      .map(({ method, path }) => [`${method} ${path}`, { method, path: path.slice(3) }]),
  )
  return [...found.values()].filter(({ path }) => !path.startsWith('/organization/'))
}

test('every operation answers for the ids of another project as for ids that nobody has', async () => {
  const walked = routes().filter(({ path }) => path.includes(':') || bodies[`POST ${path}`])
  assert.ok(walked.length > 45, `${walked.length} operations`)
  const unknown = walked.flatMap(({ path }) =>
    [...path.matchAll(/:(\w+)/g)].flatMap(([, name = '']) => (name in ids || name === 'model' ? [] : [name])),
  )
  assert.deepEqual(unknown, [], 'each id in a path is one of theirs')
  for (const { method, path } of walked) {
    const [forTheirs, forNobodys] = await bothAnswers(method, path)
    assert.equal(forTheirs, forNobodys, `${method} ${path}`)
  }
})

test('the lists of a project show nothing of another, whatever they are narrowed by', async () => {
  for (const list of [
    'assistants',
    'threads',
    'runs',
    'files',
    'vector_stores',
    'responses',
    'conversations',
    'traces',
    'containers',
  ]) {
    const { json } = await raw(ours, 'GET', `/v1/${list}`)
    assert.deepEqual(json.data, [], list)
  }
  for (const filter of ['assistant_id', 'thread_id'])
    assert.deepEqual((await raw(ours, 'GET', `/v1/runs?${filter}=${ids[filter]}`)).json.data, [])
  assert.deepEqual((await raw(ours, 'GET', `/v1/threads?assistant_id=${ids['assistant_id']}`)).json.data, [])
  assert.deepEqual((await raw(ours, 'GET', '/v1/threads?query=secret')).json.data, [])
})

test('an object of another project is no cursor, also when it was deleted there', async () => {
  const gone = await theirs.beta.assistants.create({ model: 'm' })
  await theirs.beta.assistants.delete(gone.id)
  const cursors: [string, string, string][] = [
    ['assistants', 'assistant_id', ids['assistant_id'] ?? ''],
    ['assistants', 'assistant_id', gone.id],
    ['threads', 'thread_id', ids['thread_id'] ?? ''],
    ['runs', 'run_id', ids['run_id'] ?? ''],
    ['files', 'file_id', ids['file_id'] ?? ''],
    ['vector_stores', 'vector_store_id', ids['vector_store_id'] ?? ''],
    ['responses', 'response_id', ids['response_id'] ?? ''],
    ['traces', 'trace_id', ids['trace_id'] ?? ''],
    ['containers', 'container_id', ids['container_id'] ?? ''],
  ]
  for (const [list, name, id] of cursors) {
    const answers = []
    for (const cursor of [id, nobodys[name] ?? '']) {
      answers.push(told(await raw(ours, 'GET', `/v1/${list}?after=${cursor}`), { cursor }))
    }
    assert.equal(answers[0], answers[1], list)
    assert.match(answers[0] ?? '', /^400 /)
  }
})

test('ids of another project in the middle of a request are refused as unknown ones', async () => {
  const store = await raw(ours, 'POST', '/v1/vector_stores', {})
  const assistant = await raw(ours, 'POST', '/v1/assistants', { model: 'm' })
  const thread = await raw(ours, 'POST', '/v1/threads', { messages: [message()] })
  const picture = (id: string) => [{ type: 'image_file', image_file: { file_id: id } }]
  const requests: [string, (of: Record<string, string>) => unknown][] = [
    [`vector_stores/${store.json.id}/files`, (of) => ({ file_id: of['file_id'] })],
    [`vector_stores/${store.json.id}/file_batches`, (of) => ({ file_ids: [of['file_id']] })],
    ['threads', (of) => ({ tool_resources: { code_interpreter: { file_ids: [of['file_id']] } } })],
    ['threads', (of) => ({ tool_resources: { file_search: { vector_store_ids: [of['vector_store_id']] } } })],
    [`threads/${thread.json.id}/messages`, (of) => ({ role: 'user', content: picture(of['file_id'] ?? '') })],
    [`threads/${thread.json.id}/messages`, (of) => message([fileOf(of['file_id'] ?? '')])],
    ['responses', (of) => ({ model: 'm', input: [{ type: 'item_reference', id: of['item_id'] }] })],
    ['responses', (of) => ({ model: 'm', input: 'Hi', conversation: of['conversation_id'] })],
    [
      'responses',
      (of) => ({
        model: 'm',
        input: 'Hi',
        tools: [{ type: 'file_search', vector_store_ids: [of['vector_store_id']] }],
      }),
    ],
    [`threads/${thread.json.id}/runs`, (of) => ({ assistant_id: of['assistant_id'] })],
    [
      `threads/${thread.json.id}/runs`,
      (of) => ({
        assistant_id: assistant.json.id,
        additional_messages: [message([fileOf(of['file_id'] ?? '')])],
      }),
    ],
    [
      'threads/runs',
      (of) => ({
        assistant_id: assistant.json.id,
        tool_resources: { file_search: { vector_store_ids: [of['vector_store_id']] } },
      }),
    ],
  ]
  for (const [path, body] of requests) {
    const answers = []
    for (const given of [ids, nobodys])
      answers.push(told(await raw(ours, 'POST', `/v1/${path}`, body(given)), given))
    assert.equal(answers[0], answers[1], path)
    assert.match(answers[0] ?? '', /^4/, `${path}: ${answers[0]}`)
  }
})

test('an id that another project has is refused as not free, whether it is there or was deleted, and nothing is said of it', async () => {
  const gone = await theirs.beta.threads.create()
  await theirs.beta.threads.delete(gone.id)
  const assistant = { id: ids['assistant_id'], model: 'm' }
  for (const answer of [
    await raw(ours, 'POST', '/v1/assistants', assistant),
    await raw(ours, 'POST', '/v1/threads', { id: gone.id }),
  ])
    refused(answer, 400, "Invalid 'id': the ID is not free.", { param: 'id', code: 'id_not_free' })
})

test('lists inside of an object take no cursor and no filter of another project', async () => {
  const { client, key } = await newProject(server)
  const own = await fill(client)
  const asking = { url: server.url, apiKey: key.value }
  const at = (path: string) => path.replaceAll(/:(\w+)/g, (_, name: string) => own[name] ?? name)
  const lists: [string, string][] = [
    ['/threads/:thread_id/messages', 'message_id'],
    ['/threads/:thread_id/runs', 'run_id'],
    ['/threads/:thread_id/runs/:run_id/steps', 'step_id'],
    ['/vector_stores/:vector_store_id/files', 'file_id'],
    ['/vector_stores/:vector_store_id/file_batches/:batch_id/files', 'file_id'],
    ['/conversations/:conversation_id/items', 'item_id'],
    ['/responses/:response_id/input_items', 'item_id'],
    ['/containers/:container_id/files', 'container_file_id'],
    ['/webhook_endpoints', 'webhook_endpoint_id'],
  ]
  for (const [path, name] of lists) {
    for (const cursor of ['after', 'before']) {
      const answers = []
      for (const given of [ids, nobodys]) {
        const id = given[name] ?? ''
        // Some lists name the cursor by another prefix in their error.
        const digits = id.replace(/^[a-z]+[-_]/, '')
        answers.push(told(await raw(asking, 'GET', `/v1${at(path)}?${cursor}=${id}`), { digits }))
      }
      assert.equal(answers[0], answers[1], `${path}?${cursor}`)
    }
  }
  const filters: [string, string][] = [
    ['/threads/:thread_id/messages?run_id=', 'run_id'],
    ['/vector_stores?file_id=', 'file_id'],
    ['/runs?response_id=', 'response_id'],
  ]
  for (const [path, name] of filters) {
    const answers = []
    for (const given of [ids, nobodys])
      answers.push(told(await raw(asking, 'GET', `/v1${at(path)}${given[name]}`), { id: given[name] ?? '' }))
    assert.equal(answers[0], answers[1], path)
  }
})

test('streams and replays of a run of another project are those of a run that nobody has', async () => {
  const streams = [
    '/threads/:thread_id/runs/:run_id/stream',
    '/threads/:thread_id/runs/:run_id/stream?after=1',
    '/threads/:thread_id/runs/:run_id/events',
    '/threads/:thread_id/runs/:run_id/timeline',
    '/responses/:response_id?stream=true',
    '/responses/:response_id?stream=true&starting_after=1',
  ]
  for (const stream of streams) {
    const answers = []
    for (const given of [ids, nobodys]) {
      const path = stream.replaceAll(/:(\w+)/g, (_, name: string) => given[name] ?? name)
      answers.push(told(await raw(ours, 'GET', `/v1${path}`, undefined, { 'last-event-id': '1' }), given))
    }
    assert.equal(answers[0], answers[1], stream)
    assert.match(answers[0] ?? '', /^404 /, stream)
  }
})

test('usage and budgets of another project are not told, whatever is asked for', async () => {
  await theirs.chat.completions.create({ model: 'm', messages: [{ role: 'user', content: 'Hello' }] })
  const start = Math.floor(Date.now() / 1_000) - 3_600
  const kinds = [
    'completions',
    'embeddings',
    'file_search_calls',
    'vector_stores',
    'code_interpreter_sessions',
  ]
  for (const kind of kinds) {
    const asked = `/v1/organization/usage/${kind}?start_time=${start}&group_by=project_id`
    for (const path of [asked, `${asked}&project_ids=default`]) {
      const { json } = await raw(ours, 'GET', path)
      const results = (json.data as { results: { project_id: string }[] }[]).flatMap((one) => one.results)
      assert.ok(
        results.every(({ project_id }) => project_id !== 'default'),
        path,
      )
    }
  }
  assert.deepEqual((await raw(ours, 'GET', '/v1/organization/usage/budgets')).json.data, [])
  for (const path of ['projects', 'projects/default/limits', 'projects/default/budgets', 'audit_logs'])
    assert.equal((await raw(ours, 'GET', `/v1/organization/${path}`)).status, 403, path)
})
