import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer

before(async () => {
  server = await startTestServer()
})

after(() => server[Symbol.asyncDispose]())

test('a body must be JSON, and an object', async () => {
  const post = (body: string) => raw(server, 'POST', '/v1/assistants', body)
  for (const body of ['{"model":', 'model=demo', '[[[[']) {
    refused(
      await post(body),
      400,
      "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
    )
  }
  refused(await post('["x"]'), 400, 'Invalid type: expected an object, but got an array instead.', {
    code: 'invalid_type',
  })
  refused(await post('"x"'), 400, 'Invalid type: expected an object, but got a string instead.', {
    code: 'invalid_type',
  })
  refused(await post(''), 400, "Missing required parameter: 'model'.", {
    param: 'model',
    code: 'missing_required_parameter',
  })
})

test('a body beyond 16 MB is refused, whether its length is announced or not', async () => {
  const message = 'The body of the request is too large. Maximum allowed size is 16 MB.'
  const big = JSON.stringify({ instructions: 'x'.repeat(17 * 1024 ** 2) })
  refused(await raw(server, 'POST', '/v1/assistants', big), 413, message, { code: 'request_too_large' })

  const sending = request(`${server.url}/v1/assistants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.apiKey}`, 'transfer-encoding': 'chunked' },
  })
  sending.on('error', () => {})
  sending.end(big)
  const [answer] = await once(sending, 'response')
  assert.equal(answer.statusCode, 413)
  answer.resume()
})

test('a body that arrives in pieces, cut inside a character, is read whole', async () => {
  const body = Buffer.from(JSON.stringify({ metadata: { city: 'Zürich' } }))
  const cut = body.indexOf('ü') + 1
  const sending = request(`${server.url}/v1/threads`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.apiKey}`, 'transfer-encoding': 'chunked' },
  })
  sending.write(body.subarray(0, cut))
  sending.end(body.subarray(cut))
  const [answer] = await once(sending, 'response')
  let text = ''
  for await (const piece of answer.setEncoding('utf8')) text += piece
  assert.deepEqual(JSON.parse(text).metadata, { city: 'Zürich' })
})

test('a body may be sent compressed, which is counted as it comes out', async () => {
  const send = (encoding: string, body: Uint8Array) =>
    fetch(`${server.url}/v1/assistants`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.apiKey}`,
        'content-type': 'application/json',
        'content-encoding': encoding,
      },
      body: body as Uint8Array<ArrayBuffer>,
    })
  const whole = Buffer.from(JSON.stringify({ model: 'demo', name: 'Packed' }))
  for (const [encoding, pack] of [
    ['gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
    ['identity', (bytes: Buffer) => bytes],
  ] as const) {
    const answer = await send(encoding, pack(whole))
    const { name } = (await answer.json()) as { name: string }
    assert.deepEqual([answer.status, name], [200, 'Packed'], encoding)
  }
  const statusAndMessage = async (answer: Response) => {
    const { error } = (await answer.json()) as { error: { message: string } }
    return [answer.status, error.message]
  }
  const notPacked = 'The body of your request could not be decompressed.'
  for (const encoding of ['gzip', 'deflate', 'br', 'zstd'])
    assert.deepEqual(await statusAndMessage(await send(encoding, whole)), [400, notPacked], encoding)
  const cut = gzipSync(whole).subarray(0, -12)
  assert.deepEqual(await statusAndMessage(await send('gzip', cut)), [400, notPacked])
  assert.deepEqual(await statusAndMessage(await send('rot13', whole)), [
    415,
    "Unsupported content encoding: 'rot13'. Supported are: gzip, x-gzip, deflate, br, zstd.",
  ])
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20, ' '))
  assert.equal((await send('gzip', bomb)).status, 413)
})

test('a form may be sent compressed as well', async () => {
  const form = new FormData()
  form.set('purpose', 'assistants')
  form.set('file', new File(['hello'], 'hello.txt'))
  const plain = new Response(form)
  const answer = await fetch(`${server.url}/v1/files`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.apiKey}`,
      'content-type': plain.headers.get('content-type') ?? '',
      'content-encoding': 'gzip',
    },
    body: gzipSync(new Uint8Array(await plain.arrayBuffer())) as Uint8Array<ArrayBuffer>,
  })
  assert.deepEqual([answer.status, ((await answer.json()) as { bytes: number }).bytes], [200, 5])
})
