import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { adminRequests, type AdminRequest } from '../admin-methods.ts'
import { raw } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

/** Resources of the original that are not here, by their place in a path. */
const notHere =
  /\/(invites|users|groups|roles|certificates|data_retention|external_keys|external_storage|workload_identity_providers|model_permissions|service_tier_settings|hosted_tool_permissions)(\/|$)/

let server: TestServer
let requests: AdminRequest[]

before(async () => {
  server = await startTestServer()
  requests = await adminRequests()
})
after(() => server[Symbol.asyncDispose]())

const send = ({ method, path }: AdminRequest, apiKey: string) =>
  raw(
    { url: server.url, apiKey },
    method,
    path,
    method === 'POST' ? {} : undefined,
    apiKey === '' ? { authorization: '' } : {},
  )

test('each method of the administration API of the official client is served, or answered that there is no such address', async () => {
  assert.ok(requests.length > 130, `${requests.length} methods`)
  const served = []
  for (const request of requests) {
    const { name, method, path } = request
    const { status, json } = await send(request, server.server.adminKey)
    if (notHere.test(path)) {
      assert.equal(status, 404, name)
      assert.match(json.error.message, new RegExp(`^Invalid URL \\(${method} ${path}\\)`), name)
      assert.deepEqual([json.error.type, json.error.param], ['invalid_request_error', null], name)
      continue
    }
    served.push(name)
    assert.ok(status < 500, `${name}: ${status}`)
    assert.doesNotMatch(json.error?.message ?? '', /Invalid URL/, name)
    assert.notEqual(status, 405, name)
  }
  assert.ok(served.length > 45, `${served.length} served`)
})

test('what is not here is listed', () => {
  const text = readFileSync('COMPATIBILITY.md', 'utf8')
  const listed = new Set([...text.matchAll(/`…\/(\w+)`/g)].map(([, name]) => name))
  const named = new Set(requests.flatMap(({ path }) => notHere.exec(path)?.[1] ?? []))
  assert.deepEqual(
    [...named].filter((name) => !listed.has(name)),
    [],
  )
})

test('no method of the administration API answers without a key, with a wrong one, or with that of a project', async () => {
  for (const request of requests) {
    const { name, path } = request
    for (const key of ['', 'sk-wrong']) {
      const { status, json } = await send(request, key)
      assert.equal(status, 401, name)
      assert.equal(json.error.code, key === '' ? null : 'invalid_api_key', name)
    }
    if (notHere.test(path)) continue
    const { status, json } = await send(request, server.apiKey)
    const ofOwnProject = /\/(usage\/\w+|costs)$/.test(path)
    if (ofOwnProject) assert.notEqual(status, 403, name)
    else assert.equal(status, 403, `${name}: ${JSON.stringify(json)}`)
  }
})
