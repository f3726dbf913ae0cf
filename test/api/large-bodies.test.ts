import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

/** What is too much is counted before anything of it is built or checked; bench/large-bodies.ts measures who waits. */
let server: TestServer
let thread: string
let store: string
before(async () => {
  server = await startTestServer()
  thread = (await server.client.beta.threads.create()).id
  store = (await server.client.vectorStores.create({})).id
})
after(() => server[Symbol.asyncDispose]())

const many = 400_000
const list = (item: string, count = many) => `[${`${item},`.repeat(count - 1)}${item}]`
const object = (value: string, count = many) =>
  `{${Array.from({ length: count }, (_, n) => `"k${n}":${value}`).join(',')}}`

const tooLong = (param: string, max: number): [string, { param: string; code: string }] => [
  `Invalid '${param}': array too long. Expected an array with maximum length ${max}, but got an array with length ${many} instead.`,
  { param, code: 'array_above_max_length' },
]
const tooManyPairs = (param: string): [string, { param: string; code: string }] => [
  `Invalid '${param}': too many properties. Expected an object with at most 16 properties, but got an object with ${many} properties instead.`,
  { param, code: 'object_above_max_properties' },
]
const tooMuch = (param: string | null): [string, { param: string | null; code: string }] => [
  `The body of your request has too many values. Expected at most 50000 items and properties in all of its arrays and objects, the largest of which has ${many}.`,
  { param, code: 'invalid_value' },
]
const at = (place: string, value: string) => `{"model":"demo","x":{"y":[1,"]}"]},"${place}":${value}}`

type Case = [what: string, path: () => string, body: string, refusal: [string, object]]
const cases: Case[] = [
  ['wrong tools', () => '/v1/assistants', at('tools', list('0')), tooLong('tools', 128)],
  ['metadata', () => '/v1/assistants', at('metadata', object('"v"')), tooManyPairs('metadata')],
  [
    'metadata of a message, with its path',
    () => '/v1/threads',
    `{"messages":[{"role":"user"},{"role":"user","metadata":${object('[]')}}]}`,
    tooManyPairs('messages[1].metadata'),
  ],
  [
    'files of a store that is made with a thread',
    () => '/v1/threads/runs',
    `{"thread":{"tool_resources":{"file_search":{"vector_stores":[{"file_ids":${list('null')}}]}}}}`,
    tooLong('thread.tool_resources.file_search.vector_stores[0].file_ids', 10_000),
  ],
  [
    'files of a batch',
    () => `/v1/vector_stores/${store}/file_batches`,
    `{"files":${list('{}')}}`,
    tooLong('files', 2_000),
  ],
  [
    'values of a filter within a filter',
    () => `/v1/vector_stores/${store}/search`,
    `{"query":"x","filters":{"type":"and","filters":[{"type":"in","key":"k","value":${list('1')}}]}}`,
    tooLong('filters.filters[0].value', 200),
  ],
  ['unknown parameters', () => '/v1/threads', object('1'), tooMuch(null)],
  ['a list where there should be an object', () => '/v1/threads', list('[]'), tooMuch(null)],
  ['what is unknown', () => '/v1/threads', `{"colours":${list('"red"')}}`, tooMuch('colours')],
  [
    'parts of a content',
    () => `/v1/threads/${thread}/messages`,
    `{"role":"user","content":${list('{"type":"text"}')}}`,
    tooMuch('content'),
  ],
]

describe('a body with too much in it is refused in the words of its limit', () => {
  for (const [what, path, body, [message, more]] of cases) {
    test(what, async () => {
      refused(await raw(server, 'POST', path(), body), 400, message, more)
    })
  }
})

test('a list that is too long is refused before its items are looked at, however short the body is', async () => {
  refused(
    await raw(server, 'POST', '/v1/assistants', { model: 'demo', tools: Array(129).fill('no tool') }),
    400,
    "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 129 instead.",
    { param: 'tools', code: 'array_above_max_length' },
  )
})

test('a large body that is right is taken as it was sent', async () => {
  const url = `data:image/png;base64,${'QUJD'.repeat(500_000)}`
  const { status, json } = await raw(server, 'POST', `/v1/threads/${thread}/messages`, {
    role: 'user',
    content: [
      { type: 'text', text: 'Zürich "quoted" \\ 🙂' },
      { type: 'image_url', image_url: { url } },
    ],
  })
  assert.equal(status, 200)
  assert.equal(json.content[0].text.value, 'Zürich "quoted" \\ 🙂')
  assert.equal(json.content[1].image_url.url, url)
})

test('a large body that is no JSON is refused as a small one is', async () => {
  for (const size of [10, 1_000_000]) {
    const { status, json } = await raw(
      server,
      'POST',
      '/v1/threads',
      `{"metadata": {"a": "${'x'.repeat(size)}`,
    )
    assert.equal(status, 400)
    assert.match(json.error.message, /^We could not parse the JSON body of your request\./)
  }
})

test('a NUL character is refused with its place, since databases do not store it', async () => {
  const nul = (param: string) => `Invalid '${param}': strings must not contain NUL characters (\\u0000).`
  for (const [path, body, param] of [
    [`/v1/threads/${thread}/messages`, { role: 'user', content: 'a\0b' }, 'content'],
    [
      '/v1/threads',
      { messages: [{ role: 'user', content: 'a' }, { content: [{ text: '\0' }] }] },
      'messages[1].content[0].text',
    ],
    ['/v1/threads', { metadata: { key: '\0' } }, 'metadata.key'],
    ['/v1/threads', { metadata: { first: 'x', 'k\0': 'x' } }, 'metadata'],
    [
      '/v1/threads',
      { metadata: { key: '\0' }, messages: [{ content: 'x'.repeat(300_000) }] },
      'metadata.key',
    ],
  ] as const) {
    refused(await raw(server, 'POST', path, body), 400, nul(param), { param, code: 'invalid_value' })
  }
  const backslash = { role: 'user', content: 'C:\\u0000' }
  assert.equal((await raw(server, 'POST', `/v1/threads/${thread}/messages`, backslash)).status, 200)
})

test('the metadata key __proto__ is a key like others', async () => {
  const { json } = await raw(server, 'POST', '/v1/threads', '{"metadata":{"__proto__":"x","a":"b"}}')
  assert.equal(JSON.stringify(json.metadata), '{"__proto__":"x","a":"b"}')
  const again = await raw(server, 'GET', `/v1/threads/${json.id}`)
  assert.equal(JSON.stringify(again.json.metadata), '{"__proto__":"x","a":"b"}')
  const wrong = await raw(server, 'POST', '/v1/threads', '{"metadata":{"__proto__":{"a":"b"}}}')
  assert.equal(wrong.json.error.param, 'metadata.__proto__')
})
