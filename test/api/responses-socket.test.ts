import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { ResponsesWS } from 'openai/resources/responses/ws'
import { removeUnstoredRuns } from '../../src/store/remove-runs.ts'
import { openDatabaseOf } from '../database.ts'
import { raw } from '../raw.ts'
import { connect, upgrade, type Frame } from '../response-socket.ts'
import { asked, createResponsesFixture } from '../responses.ts'
import { executeSql, querySql, until } from '../runs.ts'

const hello = () => ({ text: ['Hello', ' there.'], usage: { input: 22, output: 18 } })

test('the frames of a connection are the data of a stream', async () => {
  await using s = await createResponsesFixture(hello)
  await using connection = await connect(s)
  const frames = await connection.create({ input: 'Hi' })
  const streamed = await s.stream({ input: 'Hi' })
  assert.deepEqual(
    frames.map(({ type, sequence_number }) => [type, sequence_number]),
    streamed.map(({ event, data }) => [event, data.sequence_number]),
  )
  const { response } = frames.at(-1) ?? {}
  assert.deepEqual((await raw(s, 'GET', `/v1/responses/${response.id}`)).json, response)
})

test('the official client of a connection gets a response, and goes on with it', async () => {
  await using s = await createResponsesFixture(hello)
  const socket = new ResponsesWS(s.client)
  const ended: string[] = []
  socket.on('response.completed', ({ response }) => {
    ended.push(response.id)
    if (ended.length === 2) return socket.close()
    socket.send({ type: 'response.create', model: 'm', input: 'More', previous_response_id: response.id })
  })
  socket.send({ type: 'response.create', model: 'm', input: 'Hi' })
  await until(async () => ended.length === 2)
  assert.deepEqual(asked(s.model.calls[1]), [
    ['user', 'Hi'],
    ['assistant', 'Hello there.'],
    ['user', 'More'],
  ])
})

test('the responses of a connection follow each other, and those of streams that it names go on side by side', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  await using s = await createResponsesFixture(async (prompt) => {
    const text = JSON.stringify(prompt)
    if (text.includes('slow')) await held
    return { text: text.includes('slow') ? 'slow' : 'quick' }
  })
  await using connection = await connect(s)
  const create = (input: string, stream_id?: string) =>
    connection.send({ type: 'response.create', model: 'm', input, stream_id })
  create('slow one')
  create('quick, after it')
  create('quick, beside it', 'b')
  const beside = await connection.upTo('response.completed')
  const ofB = beside.filter(({ stream_id }) => stream_id === 'b')
  assert.equal(ofB.at(-1)?.['type'], 'response.completed')
  assert.ok(ofB.every(({ stream_id }) => stream_id === 'b'))
  assert.ok(
    beside.filter(({ type, stream_id }) => type === 'response.created' && stream_id === undefined).length < 2,
    'the second of the lane without a name waits for the first',
  )
  release()
  const texts = []
  for (let count = 0; count < 2; count++) {
    const frames = await connection.upTo('response.completed')
    texts.push(frames.at(-1)?.['response'].output[0].content[0].text)
    assert.ok(frames.every(({ stream_id }) => stream_id === undefined))
  }
  assert.deepEqual(texts, ['slow', 'quick'])
})

test('the last response of a connection is gone on with although it is not stored, and only there', async () => {
  await using s = await createResponsesFixture(hello)
  await using connection = await connect(s)
  const idOf = (frames: Frame[]): string => frames.at(-1)?.['response'].id
  const first = idOf(await connection.create({ input: 'One', store: false }))
  const notFound = (id: string) => ({
    type: 'error',
    status: 400,
    error: {
      type: 'invalid_request_error',
      code: 'previous_response_not_found',
      message: `Previous response with id '${id}' not found.`,
      param: 'previous_response_id',
    },
  })
  await using other = await connect(s)
  assert.deepEqual(await other.create({ input: 'x', previous_response_id: first }), [notFound(first)])
  assert.equal((await raw(s, 'GET', `/v1/responses/${first}`)).status, 404)

  const second = idOf(await connection.create({ input: 'Two', store: false, previous_response_id: first }))
  // Both of these are old, and the second response still needs one of them.
  const alone = idOf(await other.create({ input: 'Alone', store: false }))
  await executeSql(s, 'update runs set finished_at = 1 where id in (?, ?)', first, alone)
  const db = await openDatabaseOf(s.dataDir)
  await removeUnstoredRuns(db, 2)
  await db.close()
  const left = await querySql<{ id: string }>(s, 'select id from runs order by seq')
  assert.deepEqual(
    left.map(({ id }) => id),
    [first, second],
  )
  const third = await connection.create({ input: 'Three', store: false, previous_response_id: second })
  assert.equal(third.at(-1)?.['type'], 'response.completed')
  assert.deepEqual(
    asked(s.model.calls.at(-1)).map(([, text]) => text),
    ['One', 'Hello there.', 'Two', 'Hello there.', 'Three'],
  )
  assert.deepEqual(await connection.create({ input: 'x', previous_response_id: second }), [notFound(second)])
})

test('a response that was refused or has failed is not gone on with, and the connection stays open', async () => {
  await using s = await createResponsesFixture(hello)
  await using connection = await connect(s)
  const frames = await connection.create({ input: 'One', store: false })
  const { id } = frames.at(-1)?.['response'] ?? {}
  const go = { input: 'Two', store: false, previous_response_id: id }
  const [refused] = await connection.create({ ...go, temperature: 9 })
  assert.deepEqual([refused?.['status'], refused?.['error'].param], [400, 'temperature'])
  assert.equal(
    (await connection.create({ ...go, input: [{ type: 'function_call_output' }] }))[0]?.['status'],
    400,
  )
  assert.equal((await connection.create({ input: 'One' })).at(-1)?.['type'], 'response.completed')
})

test('a request that asks for nothing keeps its input for the one that goes on with it', async () => {
  await using s = await createResponsesFixture(hello)
  await using connection = await connect(s)
  const frames = await connection.create({
    input: 'One',
    instructions: 'Be brief.',
    generate: false,
    store: false,
  })
  assert.deepEqual(
    frames.map(({ type }) => type),
    ['response.created', 'response.in_progress', 'response.completed'],
  )
  const { id, output, status } = frames.at(-1)?.['response'] ?? {}
  assert.deepEqual([output, status, s.model.calls.length], [[], 'completed', 0])
  await connection.create({ input: 'Two', previous_response_id: id })
  assert.deepEqual(asked(s.model.calls[0]), [
    ['user', 'One'],
    ['user', 'Two'],
  ])
})

test('what is no request is refused, and the next one is answered', async () => {
  await using s = await createResponsesFixture(hello)
  await using connection = await connect(s)
  const refusedWith = async (frame: unknown) => {
    connection.send(frame)
    const [told] = await connection.upTo('error', 'response.steer.failed')
    return [told?.['type'], told?.['status'], told?.['error'].code]
  }
  assert.deepEqual(await refusedWith('{'), ['error', 400, 'invalid_json'])
  assert.deepEqual(await refusedWith([]), ['error', 400, 'invalid_type'])
  assert.deepEqual(await refusedWith({ type: 'session.update' }), ['error', 400, 'invalid_value'])
  assert.deepEqual(await refusedWith({ type: 'response.create', model: 'none', input: 'Hi' }), [
    'error',
    400,
    'model_not_found',
  ])
  assert.deepEqual(
    await refusedWith({ type: 'response.steer', previous_response_id: 'resp_1', input: 'x' }),
    ['response.steer.failed', undefined, 'response_not_found'],
  )
  connection.send({ type: 'response.processed', response_id: 'resp_1' })
  assert.equal((await connection.create({ input: 'Hi' })).at(-1)?.['type'], 'response.completed')
})

test('sixteen responses are at work for a connection, and what comes more waits for one of them', async () => {
  const release: (() => void)[] = []
  await using s = await createResponsesFixture(async () => {
    await new Promise<void>((resolve) => release.push(resolve))
    return { text: 'done' }
  })
  await using connection = await connect(s)
  for (let count = 0; count < 20; count++)
    connection.send({ type: 'response.create', model: 'm', input: 'Hi', stream_id: `s${count}` })
  await until(async () => release.length === 16)
  // They are at work at the same time, so any of them may be the first to have begun.
  const began = new Set<string>()
  for (let count = 0; count < 16; count++)
    began.add((await connection.upTo('response.created')).at(-1)?.['stream_id'])
  assert.deepEqual(began, new Set(Array.from({ length: 16 }, (_, at) => `s${at}`)))
  release.shift()?.()
  const isDone = (await connection.upTo('response.completed')).at(-1)?.['stream_id']
  assert.ok(began.has(isDone))
  await until(async () => release.length === 16)
})

test('a connection has 32 names of streams, beside the stream without a name', async () => {
  await using s = await createResponsesFixture(hello)
  await using connection = await connect(s)
  for (const lane of [
    undefined,
    ...Array.from({ length: 32 }, (_, at) => `agent_${at}`),
    undefined,
    'agent_0',
  ])
    assert.equal(
      (await connection.create({ input: 'Hi', stream_id: lane, generate: false })).at(-1)?.['type'],
      'response.completed',
    )
  assert.deepEqual(await connection.create({ input: 'Hi', stream_id: 'agent_33' }), [
    {
      type: 'error',
      status: 400,
      error: {
        message:
          'This WebSocket connection has reached its maximum number of distinct stream IDs (32). Reuse an existing stream_id or open a new WebSocket connection.',
        type: 'invalid_request_error',
        param: 'stream_id',
        code: 'websocket_stream_limit_reached',
      },
      stream_id: 'agent_33',
    },
  ])
  for (const stream_id of ['', 'a b', 'x'.repeat(257), 7, {}]) {
    const [told] = await connection.create({ input: 'Hi', stream_id })
    assert.deepEqual([told?.['error'].code, told?.['error'].param], ['invalid_stream_id', 'stream_id'])
    assert.match(told?.['error'].message, /^The 'stream_id' field must be a non-empty string/)
  }
})

test('another stream goes on from the last response of one, which can go on itself', async () => {
  await using s = await createResponsesFixture(hello)
  await using connection = await connect(s)
  const frames = await connection.create({ input: 'Plan', store: false, stream_id: 'planner' })
  const { id } = frames.at(-1)?.['response'] ?? {}
  const go = { store: false, previous_response_id: id }
  const refused = await connection.create({ ...go, input: 'x', temperature: 9, stream_id: 'critic' })
  assert.equal(refused[0]?.['status'], 400)
  for (const stream_id of ['critic', 'planner']) {
    const more = await connection.create({ ...go, input: 'Go on', stream_id })
    assert.equal(more.at(-1)?.['type'], 'response.completed', stream_id)
  }
  const old = await connection.create({ ...go, input: 'Go on', stream_id: 'critic' })
  assert.equal(old[0]?.['error'].code, 'previous_response_not_found')
})

test('a caller who leaves ends the response that nobody else reads', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Hel', hang: true }))
  const connection = await connect(s)
  connection.send({ type: 'response.create', model: 'm', input: 'Hi' })
  await connection.upTo('response.output_text.delta')
  connection.socket.terminate()
  await until(
    async () => (await querySql<{ status: string }>(s, 'select status from runs'))[0]?.status === 'cancelled',
  )
})

test('a connection takes the key of a project, which is told when it is taken away', async () => {
  await using s = await createResponsesFixture(hello)
  const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
  assert.equal(await upgrade(s.url, bearer('sk-wrong')), 401)
  assert.equal(await upgrade(s.url, bearer(s.server.adminKey)), 403)
  assert.notEqual(await upgrade(s.url, bearer(s.apiKey), '/v1/models'), 101)

  const admin = s.client.withOptions({ adminAPIKey: s.server.adminKey })
  const project = await admin.admin.organization.projects.create({ name: 'P' })
  const account = await admin.admin.organization.projects.serviceAccounts.create(project.id, { name: 'a' })
  const { id = '', value: apiKey = '' } = account.api_key ?? {}
  await using connection = await connect({ url: s.url, apiKey })
  const closed = once(connection.socket, 'close')
  await admin.admin.organization.projects.apiKeys.delete(id, { project_id: project.id })
  assert.equal((await connection.upTo('error'))[0]?.['error'].code, 'invalid_api_key')
  assert.equal((await closed)[0], 1008)
})

test('a server that closes says so to its connections', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Hel', hang: true }))
  await using connection = await connect(s)
  connection.send({ type: 'response.create', model: 'm', input: 'Hi' })
  await connection.upTo('response.output_text.delta')
  const closed = once(connection.socket, 'close')
  await s.server.close()
  assert.equal((await connection.upTo('error')).at(-1)?.['error'].code, 'server_closes')
  assert.equal((await closed)[0], 1001)
})

test('a server that closes waits for no connection whose client is away', async () => {
  await using s = await createResponsesFixture(hello)
  const request = http.get(`${s.url}/v1/responses`, {
    headers: {
      authorization: `Bearer ${s.apiKey}`,
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
      'sec-websocket-version': '13',
    },
  })
  const [, socket] = (await once(request, 'upgrade')) as [unknown, Socket]
  socket.on('error', () => {})
  // What is sent to it is never read, nor answered.
  socket.pause()
  const closed = s.server.close().then(() => 'closed')
  assert.equal(await Promise.race([closed, sleep(25_000, 'waits', { ref: false })]), 'closed')
  socket.destroy()
})

test('an offer to speak another protocol is not taken up, and the request is answered', async () => {
  await using s = await createResponsesFixture(hello)
  const request = http.get(`${s.url}/v1/models`, {
    headers: { authorization: `Bearer ${s.apiKey}`, connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c' },
  })
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage]
  assert.equal(answer.statusCode, 200)
  answer.resume()
})
