import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { raw, refused, type RawAnswer } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

/** PHP writes an empty object as `[]`: where the contract expects an object, both say the same. */
let server: TestServer
let thread: string
let store: string
let run: string
before(async () => {
  server = await startTestServer()
  const { client } = server
  thread = (await client.beta.threads.create()).id
  store = (await client.vectorStores.create({})).id
  const assistant = await client.beta.assistants.create({ model: 'demo', instructions: 'Be brief.' })
  run = (await client.beta.threads.runs.createAndPoll(thread, { assistant_id: assistant.id })).id
})
after(() => server[Symbol.asyncDispose]())

const post = (path: string, body: unknown) => raw(server, 'POST', path, body)

const f = (more: object) => ({ type: 'function', function: { name: 'f', ...more } })
const message = { role: 'user', content: 'x' }
/** A body with every object that an operation knows, each of them once. */
const assistantBody = {
  model: 'demo',
  tools: [f({ parameters: {} }), { type: 'file_search', file_search: { ranking_options: {} } }],
  tool_resources: { code_interpreter: {}, file_search: { vector_stores: [{ metadata: {} }] } },
  metadata: {},
  response_format: { type: 'json_schema', json_schema: { name: 's', schema: {} } },
}
const { tool_resources: _, ...runBody } = { ...assistantBody, assistant_id: 'asst_none' }
const chunking = { chunking_strategy: { type: 'static', static: {} } }
const bodies: [path: () => string, body: object][] = [
  [() => '/v1/assistants', assistantBody],
  [() => '/v1/assistants/asst_none', { ...assistantBody, tool_resources: { file_search: {} } }],
  [() => '/v1/threads', { messages: [{ ...message, metadata: {} }], tool_resources: {}, metadata: {} }],
  [() => `/v1/threads/${thread}`, { tool_resources: { code_interpreter: {} }, metadata: {} }],
  [
    () => `/v1/threads/${thread}/messages`,
    { ...message, content: [{ type: 'text', text: 'x' }], attachments: [{}], metadata: {} },
  ],
  [() => `/v1/threads/${thread}/messages/msg_none`, { metadata: {} }],
  [
    () => `/v1/threads/${thread}/runs`,
    { ...runBody, additional_messages: [{}], truncation_strategy: {}, tool_choice: {} },
  ],
  [
    () => '/v1/threads/runs',
    { ...runBody, thread: { messages: [], metadata: {} }, tool_resources: { code_interpreter: {} } },
  ],
  [() => `/v1/threads/${thread}/runs/${run}`, { metadata: {} }],
  [() => `/v1/threads/${thread}/runs/${run}/submit_tool_outputs`, { tool_outputs: [{}] }],
  [() => '/v1/vector_stores', { metadata: {}, expires_after: {}, ...chunking }],
  [() => `/v1/vector_stores/${store}`, { metadata: {}, expires_after: {} }],
  [() => `/v1/vector_stores/${store}/search`, { query: 'x', filters: {}, ranking_options: {} }],
  [() => `/v1/vector_stores/${store}/files`, { file_id: 'file-none', attributes: {}, ...chunking }],
  [() => `/v1/vector_stores/${store}/files/file-none`, { attributes: {} }],
  [
    () => `/v1/vector_stores/${store}/file_batches`,
    { files: [{ file_id: 'file-none', attributes: {} }], attributes: {}, ...chunking },
  ],
  [
    () => '/v1/uploads',
    { filename: 'x.txt', purpose: 'assistants', bytes: 1, mime_type: 'text/plain', expires_after: {} },
  ],
  [() => '/v1/uploads/upload_none/complete', { part_ids: ['part_none'] }],
]

/** The body with `{}` at one place, and with `[]` there; for each place of an object. */
function* variants(body: unknown): Generator<{ place: string; object: unknown; list: unknown }> {
  if (typeof body !== 'object' || body === null) return
  if (!Array.isArray(body)) yield { place: '', object: {}, list: [] }
  for (const [key, value] of Object.entries(body)) {
    const put = (inner: unknown): unknown =>
      Array.isArray(body) ? body.with(Number(key), inner) : { ...body, [key]: inner }
    for (const { place, object, list } of variants(value))
      yield { place: `${key}.${place}`, object: put(object), list: put(list) }
  }
}

/** What an answer says, whatever it is about: no ids, no times. */
const said = ({ status, json }: RawAnswer) =>
  JSON.stringify({ status, json }).replaceAll(/"\w+_[A-Za-z0-9]{24,}"|\d{10}/g, '#')

for (const [path, body] of bodies) {
  describe('an empty list is as good as an empty object', () => {
    for (const { place, object, list } of variants(body)) {
      test(`in the body of ${JSON.stringify(Object.keys(body))} at ${place || 'the whole'}`, async () => {
        const [asObject, asList] = [await post(path(), object), await post(path(), list)]
        assert.equal(said(asList), said(asObject))
        assert.ok(asObject.status < 500)
      })
    }
  })
}

test("the PHP client's own examples are taken", async () => {
  assert.equal((await post('/v1/threads', [])).status, 200)
  const empty = { metadata: [], tool_resources: [] }
  const thread = (await post('/v1/threads', empty)).json
  assert.deepEqual(thread.metadata, {})
  const assistant = (await post('/v1/assistants', { model: 'demo', instructions: 'x', ...empty })).json
  const run = await post('/v1/threads/runs', { assistant_id: assistant.id, thread: [], metadata: [] })
  assert.equal(run.status, 200)
  const search = { query: 'x', max_num_results: 5, filters: [], rewrite_query: false }
  assert.equal((await post(`/v1/vector_stores/${store}/search`, search)).status, 200)
})

test('a list that is expected stays one', async () => {
  const { json } = await post('/v1/assistants', {
    model: 'demo',
    tools: [],
    tool_resources: { code_interpreter: { file_ids: [] }, file_search: { vector_store_ids: [] } },
  })
  assert.deepEqual(json.tools, [])
  const thread = (await post('/v1/threads', { messages: [] })).json
  const content = await post(`/v1/threads/${thread.id}/messages`, { role: 'user', content: [] })
  refused(
    content,
    400,
    "Invalid 'content': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    { param: 'content', code: 'empty_array' },
  )
  refused(
    await post('/v1/threads', { metadata: { colours: [] } }),
    400,
    "Invalid type for 'metadata.colours': expected a string, but got an array instead.",
    { param: 'metadata.colours', code: 'invalid_type' },
  )
})

test('an empty list in place of a string or a number is refused as before', async () => {
  refused(
    await post('/v1/assistants', { model: [] }),
    400,
    "Invalid type for 'model': expected a string, but got an array instead.",
    { param: 'model', code: 'invalid_type' },
  )
})

test('in a JSON Schema, empty objects are found by its keywords and lists stay lists', async () => {
  const written = {
    type: 'object',
    properties: { any: [], list: { type: 'array', items: [] }, inner: { type: 'object', properties: [] } },
    required: [],
    additionalProperties: [],
    $defs: [],
    anyOf: [{ properties: { required: [] } }, []],
    enum: [],
    default: [],
    examples: [],
  }
  const meant = {
    type: 'object',
    properties: { any: {}, list: { type: 'array', items: {} }, inner: { type: 'object', properties: {} } },
    required: [],
    additionalProperties: {},
    $defs: {},
    anyOf: [{ properties: { required: {} } }, {}],
    enum: [],
    default: [],
    examples: [],
  }
  const { json } = await post('/v1/assistants', {
    model: 'demo',
    tools: [f({ parameters: written })],
    response_format: { type: 'json_schema', json_schema: { name: 's', schema: written } },
  })
  assert.deepEqual(json.tools[0].function.parameters, meant)
  assert.deepEqual(json.response_format.json_schema.schema, meant)
})

test('an object in a form may be the text of its JSON', async () => {
  const upload = (expires: string) => {
    const form = new FormData()
    form.set('purpose', 'assistants')
    form.set('file', new File(['x'], 'x.txt'))
    form.set('expires_after', expires)
    return raw(server, 'POST', '/v1/files', form)
  }
  const { json } = await upload('{"anchor":"created_at","seconds":3600}')
  assert.equal(json.expires_at, json.created_at + 3600)
  const [asList, asObject] = [await upload('[]'), await upload('{}')]
  assert.deepEqual([asList.status, asList.json], [400, asObject.json])
})
