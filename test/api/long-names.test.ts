import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { raw } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
let thread: string
let store: string
before(async () => {
  server = await startTestServer()
  thread = (await server.client.beta.threads.create()).id
  store = (await server.client.vectorStores.create({})).id
})
after(() => server[Symbol.asyncDispose]())

const long = 'x'.repeat(300_000)
const message = { role: 'user', content: 'x' }
const f = { type: 'function', function: { name: 'f' } }
const upload = { filename: 'x', purpose: 'vision', bytes: 1 }
const bodies: [what: string, path: () => string, body: object][] = [
  ['a key that is unknown', () => '/v1/assistants', { model: 'demo', [long]: 1 }],
  ['a key whose value is wrong', () => '/v1/threads', { metadata: { [long.slice(0, 60)]: { [long]: 1 } } }],
  ['a key of metadata', () => '/v1/threads', { metadata: { [long]: 'x' } }],
  ['a model', () => '/v1/assistants', { model: long }],
  ['a role', () => `/v1/threads/${thread}/messages`, { role: long, content: 'x' }],
  ['an assistant', () => `/v1/threads/${thread}/runs`, { assistant_id: `asst_${long}` }],
  ['an id of another kind', () => `/v1/threads/${thread}/runs`, { assistant_id: long }],
  [
    'the type of a schema',
    () => '/v1/assistants',
    { model: 'demo', tools: [{ ...f, function: { name: 'f', parameters: { type: [long] } } }] },
  ],
  [
    'a file of an attachment',
    () => `/v1/threads/${thread}/messages`,
    { ...message, attachments: [{ file_id: long, tools: [{ type: 'code_interpreter' }] }] },
  ],
  [
    'a vector store',
    () => '/v1/threads',
    { tool_resources: { file_search: { vector_store_ids: [`vs_${long}`] } } },
  ],
  ['files of a store', () => '/v1/vector_stores', { file_ids: Array(500).fill(long.slice(0, 1_000)) }],
  ['a file of a store', () => `/v1/vector_stores/${store}/files`, { file_id: long }],
  ['a purpose', () => '/v1/uploads', { ...upload, purpose: long, mime_type: 'image/png' }],
  ['a type of a file', () => '/v1/uploads', { ...upload, mime_type: `text/${long}` }],
]

describe('what a caller sent is cut where an error names it', () => {
  for (const [what, path, body] of bodies) {
    test(what, async () => {
      const { status, text, json } = await raw(server, 'POST', path(), body)
      assert.ok(status === 400 || status === 404, `status ${status}`)
      assert.ok(text.length < 26_000, `an answer of ${text.length} characters`)
      assert.ok(json.error.message.length > 20)
      assert.ok((json.error.param ?? '').length < 500)
    })
  }
})

test('a short name is shown whole, and a cut one says so and keeps the rest of the text', async () => {
  const name = 'n'.repeat(200)
  const { json } = await raw(server, 'POST', '/v1/threads', { [name]: 1 })
  assert.equal(json.error.message, `Unknown parameter: '${name}'.`)
  const cut = await raw(server, 'POST', '/v1/threads', { [`${name}n`]: 1 })
  assert.equal(cut.json.error.message, `Unknown parameter: '${name}…'.`)
  assert.equal(cut.json.error.param, `${name}…`)
})
