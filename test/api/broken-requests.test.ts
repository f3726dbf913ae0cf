import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
let upload: string
before(async () => {
  server = await startTestServer()
  const { id } = await server.client.uploads.create({
    filename: 'x.txt',
    purpose: 'assistants',
    bytes: 1_000_000,
    mime_type: 'text/plain',
  })
  upload = id
})
after(() => server[Symbol.asyncDispose]())

const type = 'multipart/form-data; boundary=cut'
const field = (name: string, value: string) =>
  `--cut\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`
const file = (name: string, content: string) =>
  `--cut\r\ncontent-disposition: form-data; name="${name}"; filename="x.txt"\r\ncontent-type: text/plain\r\n\r\n${content}`
const end = '\r\n--cut--\r\n'

/** The answer, with its body, over a connection that may be used again. */
async function post(path: string, body: string, agent?: Agent): Promise<IncomingMessage & { text: string }> {
  const sending = request(server.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.apiKey}`,
      'content-type': type,
      'content-length': Buffer.byteLength(body),
    },
    ...(agent && { agent }),
  })
  sending.end(body)
  const [answer] = (await once(sending, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer)
  return Object.assign(answer, { text: Buffer.concat(chunks).toString() })
}

describe('a form that breaks off in its file is refused, and not taken for a failure of the server', () => {
  for (const size of [10, 64 * 1024, 300_000]) {
    for (const [path, name] of [
      ['/v1/files', 'file'],
      [() => `/v1/uploads/${upload}/parts`, 'data'],
    ] as const) {
      test(`after ${size} bytes of "${name}"`, async () => {
        const body = field('purpose', 'assistants') + file(name, 'x'.repeat(size))
        const answer = await post(typeof path === 'string' ? path : path(), body)
        assert.equal(answer.statusCode, 400)
        assert.match(answer.text, /malformed or broke off/)
      })
    }
  }

  test('and nothing of it is kept', async () => {
    const files = await server.client.files.list()
    assert.deepEqual(files.data, [])
  })
})

const long = 'x'.repeat(2_000_000)
const refused: [what: string, body: string][] = [
  ['a field in the wrong place', file('picture', long) + end],
  ['two files', `${file('file', 'x')}\r\n${file('file', long)}${end}`],
  ['too many fields', `${field('purpose', 'assistants').repeat(50)}${file('file', long)}${end}`],
  ['a field that is too long', field('purpose', 'p'.repeat(100_000)) + file('file', long) + end],
]

describe('after a form that was refused early, the connection can be used again', () => {
  for (const [what, body] of refused) {
    test(what, async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const first = await post('/v1/files', body, agent)
      assert.equal(first.statusCode, 400)
      assert.equal(first.headers.connection, 'keep-alive')
      const second = await post('/v1/files', field('purpose', 'x') + file('file', 'y') + end, agent)
      assert.equal(second.statusCode, 400)
      assert.equal(second.socket, first.socket)
      agent.destroy()
    })
  }
})

test('a request that is refused with too much to come says that it closes the connection', async () => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  socket.write(
    `POST /v1/files HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${server.apiKey}\r\ncontent-type: ${type}\r\n` +
      `content-length: 900000000\r\n\r\n${file('picture', long)}`,
  )
  socket.on('error', () => {})
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  assert.match(text, /^HTTP\/1\.1 400 /)
  assert.match(text, /\r\nconnection: close\r\n/i)
})
