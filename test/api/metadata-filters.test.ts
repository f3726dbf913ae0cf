import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const found = async (path: string, filter: string): Promise<string> => {
  const { json } = await raw(server, 'GET', `${path}?order=asc&${filter}`)
  return json.data.map(({ metadata }: { metadata: { name: string } }) => metadata.name).join(' ')
}

for (const [path, more] of [
  ['/v1/assistants', { model: 'demo' }],
  ['/v1/vector_stores', {}],
  ['/v1/threads', {}],
] as const) {
  test(`${path} is narrowed by pairs of metadata`, async () => {
    const make = async (metadata: Record<string, string>) =>
      (await raw(server, 'POST', path, { ...more, metadata })).json.id as string
    const first = await make({ name: 'a', team: 'red', size: 'small' })
    await make({ name: 'b', team: 'blue' })
    const third = await make({ name: 'c', team: 'red' })
    assert.equal(await found(path, 'metadata[team]=red'), 'a c')
    assert.equal(await found(path, 'metadata%5Bteam%5D=red&metadata%5Bsize%5D=small'), 'a')
    assert.equal(await found(path, 'metadata[team]=green'), '')
    assert.equal(await found(path, `metadata[team]=red&after=${first}`), 'c')

    await raw(server, 'POST', `${path}/${third}`, { metadata: { name: 'c', team: 'blue' } })
    assert.equal(await found(path, 'metadata[team]=red'), 'a')
    assert.equal(await found(path, 'metadata[team]=blue'), 'b c')
    await raw(server, 'POST', `${path}/${third}`, {})
    assert.equal(await found(path, 'metadata[team]=blue'), 'b c')
    await raw(server, 'DELETE', `${path}/${third}`)
    assert.equal(await found(path, 'metadata[team]=blue'), 'b')
  })
}

describe('a filter that a list has not is refused', () => {
  const lists: [path: () => Promise<string>, name: string][] = [
    [async () => '/v1/files', 'metadata[team]'],
    [async () => '/v1/files', 'before'],
    [async () => '/v1/models', 'metadata[team]'],
    [async () => '/v1/models', 'attributes'],
    [async () => '/v1/models', 'owned_by'],
    [async () => '/v1/files', 'filename'],
    [async () => '/v1/files', 'metadata'],
    [async () => '/v1/assistants', 'metadata'],
    [async () => '/v1/assistants', 'name'],
    [async () => '/v1/assistants', 'offset'],
    [async () => '/v1/assistants', '__proto__'],
    [async () => '/v1/threads', 'colour'],
    [async () => '/v1/vector_stores', 'status'],
    [async () => `/v1/threads/${await thread()}/messages`, 'role'],
    [async () => `/v1/threads/${await thread()}/runs`, 'status'],
    [async () => `/v1/threads/${await thread()}/runs`, 'include[]'],
    [async () => `/v1/vector_stores/${await store()}/files`, 'purpose'],
    [async () => '/v1/vector_stores', 'attributes[team]'],
    [async () => `/v1/threads/${await thread()}/messages`, 'metadata[team]'],
    [async () => `/v1/threads/${await thread()}/runs`, 'metadata[team]'],
    [async () => `/v1/vector_stores/${await store()}/files`, 'attributes[team]'],
    [async () => `/v1/vector_stores/${await store()}/files`, 'metadata[team]'],
  ]
  const thread = async () => (await server.client.beta.threads.create()).id
  const store = async () => (await server.client.vectorStores.create({})).id
  for (const [path, name] of lists) {
    test(`${path.toString().slice(12)}?${name}`, async () => {
      refused(await raw(server, 'GET', `${await path()}?${name}=red`), 400, `Unknown parameter: '${name}'.`, {
        param: name,
        code: 'unknown_parameter',
      })
    })
  }
})

test('what clients and browsers add to every request is left alone, and so is a parameter without a value', async () => {
  const thread = await server.client.beta.threads.create()
  for (const path of ['assistants', 'files', 'vector_stores', `threads/${thread.id}/messages`]) {
    const { status } = await raw(server, 'GET', `/v1/${path}?api-version=preview&_=1764189000&name=`)
    assert.equal(status, 200, path)
  }
  // Programs that choose among models say who they are.
  assert.equal((await raw(server, 'GET', '/v1/models?client_version=1.0')).status, 200)
})

test('a NUL character in an address is refused', async () => {
  const { status, json } = await raw(server, 'GET', '/v1/threads?metadata[team]=a%00b')
  assert.equal(status, 400)
  assert.match(json.error.message, /NUL/)
})
