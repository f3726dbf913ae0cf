import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ env: { THREADMILL_ALLOWED_HOSTS: 'Threads.example.com, box.lan' } })
})
after(() => server[Symbol.asyncDispose]())

/** `fetch` sends no other Host than that of the address. */
const ask = (host: string | undefined, path = '/v1/models', method = 'GET') =>
  new Promise<{ status: number; body: string }>((resolve, reject) => {
    const headers = { authorization: `Bearer ${server.apiKey}`, ...(host !== undefined && { host }) }
    const asked = request(`${server.url}${path}`, { method, headers, setHost: false }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (piece: string) => (body += piece))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    asked.on('error', reject)
    asked.end()
  })

describe('a server on loopback answers to names of loopback, and to those that its operator has named', () => {
  for (const host of [
    'localhost',
    'LOCALHOST:4711',
    'localhost.',
    'console.localhost:80',
    '127.0.0.1:4711',
    '127.1.2.3',
    '[::1]:4711',
    'threads.example.com',
    'threads.example.com:8443',
    'box.lan',
  ])
    test(host, async () => assert.equal((await ask(host)).status, 200))
})

describe('a page that leads its own name to this machine is refused', () => {
  for (const host of [
    'evil.example',
    'evil.example:4711',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil-localhost',
    '128.0.0.1',
    '0.0.0.0',
    '[::]',
    'www.threads.example.com',
  ])
    test(host, async () => assert.equal((await ask(host)).status, 403))

  test('with a text that says what to do, on every path and for every method', async () => {
    for (const [path, method] of [
      ['/v1/models', 'GET'],
      ['/v1/threads', 'OPTIONS'],
      ['/v1/threads', 'POST'],
      ['/health', 'GET'],
      ['/', 'GET'],
      ['/nothing', 'GET'],
    ] as const) {
      const { status, body } = await ask('evil.example:4711', path, method)
      assert.equal(status, 403, path)
      assert.deepEqual(JSON.parse(body).error, {
        message:
          "This server listens on loopback and does not know the host 'evil.example'. Name it in THREADMILL_ALLOWED_HOSTS if it is that of a proxy in front of the server.",
        type: 'invalid_request_error',
        param: null,
        code: 'host_not_allowed',
      })
    }
  })
})
