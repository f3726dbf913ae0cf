import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as open } from 'node:net'
import { test } from 'node:test'
import { text } from 'node:stream/consumers'
import { connect, upgrade } from '../response-socket.ts'
import { raw } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'
import { querySql, until } from '../runs.ts'

const hello = () => ({ text: ['Hello', ' there.'], usage: { input: 22, output: 18 } })

type Fixture = Awaited<ReturnType<typeof createResponsesFixture>>

/** The key of a project of its own. */
async function keyOfAnother(s: Fixture): Promise<string> {
  const { projects } = s.client.withOptions({ adminAPIKey: s.server.adminKey }).admin.organization
  const project = await projects.create({ name: 'Other' })
  const account = await projects.serviceAccounts.create(project.id, { name: 'a' })
  return account.api_key?.value ?? ''
}

/** What is sent over a connection as it stands, and all that comes back until the server closes. */
async function bytes(s: Fixture, head: string, more: string | Buffer = ''): Promise<string> {
  const { hostname, port } = new URL(s.url)
  const socket = open(Number(port), hostname)
  socket.write(head.replaceAll('\n', '\r\n'))
  socket.write(more)
  return text(socket)
}

const asking = (s: Fixture, more = '') => `GET /v1/responses HTTP/1.1
Host: ${new URL(s.url).host}
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==
${more}`

test('a page of another site opens no connection with nothing but the reach of this machine', async () => {
  await using s = await createResponsesFixture(hello)
  const origin = { origin: 'https://evil.example' }
  const key = { authorization: `Bearer ${s.apiKey}` }
  assert.equal(await upgrade(s.url, origin), 401)
  assert.equal(await upgrade(s.url, { ...origin, cookie: `key=${s.apiKey}` }), 401)
  assert.equal(await upgrade(s.url, { ...origin }, `/v1/responses?api_key=${s.apiKey}`), 401)
  assert.equal(
    await upgrade(s.url, { 'sec-websocket-protocol': `openai-insecure-api-key.${s.apiKey}` }),
    401,
    'a browser cannot send a key in another way',
  )
  assert.equal(
    await upgrade(s.url, { ...key, host: 'evil.example' }),
    403,
    'a name that leads to this machine',
  )
  assert.equal(await upgrade(s.url, key), 101)
})

test('what follows a refused connection is not read as another request', async () => {
  await using s = await createResponsesFixture(hello)
  const inner = `GET /v1/models HTTP/1.1\nHost: x\nAuthorization: Bearer ${s.apiKey}\n\n`
  for (const length of ['', 'Content-Length: 5\n', 'Transfer-Encoding: chunked\n']) {
    const told = await bytes(s, `${asking(s, length)}\n${inner}`)
    assert.match(told, /^HTTP\/1.1 401 /)
    assert.equal(told.match(/HTTP\/1.1/g)?.length, 1, told)
  }
  const opened = await bytes(s, `${asking(s, `Authorization: Bearer ${s.apiKey}\n`)}\n${inner}`)
  assert.match(opened, /^HTTP\/1.1 101 /)
  assert.equal(opened.match(/HTTP\/1.1/g)?.length, 1, opened)
})

test('only what asks for responses is answered as a connection, and everything else as if it did not ask', async () => {
  await using s = await createResponsesFixture(hello)
  const head = (method: string, path: string) =>
    `${asking(s, `Authorization: Bearer ${s.apiKey}\n`)}`
      .replace('GET /v1/responses', `${method} ${path}`)
      .replace('Connection: Upgrade', 'Connection: Upgrade, close')
  const listed = await bytes(s, `${head('GET', '/v1/models')}\n`)
  assert.match(listed, /^HTTP\/1.1 200 [^]*"object": "list"/)
  const body = '{"metadata":{"a":"b"}}'
  const posted = await bytes(s, `${head('POST', '/v1/threads')}Content-Length: ${body.length}\n\n`, body)
  assert.match(posted, /^HTTP\/1.1 200 [^]*"a": "b"/)
})

test('frames that are none, are too large or are no text end a connection with the code that says why', async () => {
  await using s = await createResponsesFixture(hello)
  for (const [frame, code] of [
    [Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 1002],
    [Buffer.from([0xf1, 0x80, 0, 0, 0, 0]), 1002],
    [Buffer.from([0x81, 0x02, 0x61, 0x62]), 1002],
    [Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe]), 1007],
    [Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]), 1009],
  ] as const) {
    const connection = await connect(s)
    const closed = once(connection.socket, 'close')
    const { _socket: socket } = connection.socket as unknown as { _socket: NodeJS.WritableStream }
    socket.write(frame as unknown as string)
    assert.equal((await closed)[0], code)
  }
  assert.equal((await raw(s, 'GET', '/v1/models')).status, 200)
})

test('the responses of another project are not gone on with, and are not told apart from what never was', async () => {
  await using s = await createResponsesFixture(hello)
  await using mine = await connect(s)
  const ids = []
  for (const store of [true, false])
    ids.push((await mine.create({ input: 'Secret', store })).at(-1)?.['response'].id)
  await using other = await connect({ url: s.url, apiKey: await keyOfAnother(s) })
  for (const id of [...ids, 'resp_none'])
    assert.deepEqual(
      (await other.create({ input: 'x', previous_response_id: id })).map(({ error }) => error),
      [
        {
          message: `Previous response with id '${id}' not found.`,
          type: 'invalid_request_error',
          param: 'previous_response_id',
          code: 'previous_response_not_found',
        },
      ],
    )
})

test('requests beyond what may wait are refused, and a caller who reads no answers is not read any more', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Hel', hang: true }))
  await using connection = await connect(s)
  connection.send({ type: 'response.create', model: 'm', input: 'Hi' })
  await connection.upTo('response.output_text.delta')
  for (let count = 0; count < 256; count++)
    connection.send({ type: 'response.create', model: 'm', input: 'Hi' })
  const [told] = await connection.upTo('error')
  assert.deepEqual([told?.['status'], told?.['error'].code], [429, 'websocket_queue_full'])

  await using silent = await connect(s)
  silent.socket.pause()
  const { _socket: socket } = silent.socket as unknown as { _socket: import('node:net').Socket }
  // An empty frame of text, which is no JSON: each is answered with many times its size.
  const flood = Buffer.concat(Array.from({ length: 10_000 }, () => Buffer.from([0x81, 0x80, 0, 0, 0, 0])))
  let taken = 0
  while (
    await new Promise<boolean>((resolve) => {
      const stuck = setTimeout(() => resolve(false), 1_000)
      socket.write(flood, () => (clearTimeout(stuck), resolve(true)))
    })
  ) {
    taken++
    assert.ok(taken < 2_000, 'the flood was read without an end')
  }
})

test('a caller who leaves leaves what is in the background, and nothing of what waited behind it begins', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Hel', hang: true }))
  const connection = await connect(s)
  for (const input of ['first', 'second'])
    connection.send({ type: 'response.create', model: 'm', input, background: true })
  await connection.upTo('response.output_text.delta')
  connection.socket.terminate()
  await using other = await connect(s)
  other.send({ type: 'response.create', model: 'm', input: 'Hi', store: false })
  await other.upTo('response.output_text.delta')
  other.socket.terminate()
  const runs = () => querySql<{ status: string }>(s, 'select status from runs order by seq')
  await until(async () => (await runs())[1]?.status === 'cancelled')
  assert.deepEqual(
    (await runs()).map(({ status }) => status),
    ['in_progress', 'cancelled'],
  )
})

test('each request of a connection is logged and counted, and so is what was refused', async () => {
  const lines: Record<string, unknown>[] = []
  await using s = await createResponsesFixture(hello, {
    log: (_level, message, more) => void (message === 'request' && lines.push({ ...more })),
  })
  await upgrade(s.url, {})
  await using connection = await connect(s)
  await connection.create({ input: 'Hi' })
  connection.send('{')
  await connection.upTo('error')
  await until(async () => lines.length >= 4)
  assert.deepEqual(
    lines.map(({ method, route, status }) => [method, route, status]),
    [
      ['GET', '/v1/responses', 401],
      ['GET', '/v1/responses', 101],
      ['WEBSOCKET', '/v1/responses', 200],
      ['WEBSOCKET', '/v1/responses', 400],
    ],
  )
  assert.match(String(lines[2]?.['run']), /^resp_/)
  assert.equal(lines[2]?.['key'], lines[3]?.['key'])
  const told = await fetch(`${s.url}/metrics`, { headers: { authorization: `Bearer ${s.apiKey}` } })
  assert.match(await told.text(), /method="WEBSOCKET"[^\n]*status="400"|status="400"[^\n]*method="WEBSOCKET"/)
})
