import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Response, ResponsesServerEvent } from 'openai/resources/responses/responses'
import { ResponsesWS } from 'openai/resources/responses/ws'
import { startMcpServer, textResult } from '../mcp-server.ts'
import { raw } from '../raw.ts'
import { begin, connect, steer, type Connection, type Frame } from '../response-socket.ts'
import { asked, createResponsesFixture } from '../responses.ts'
import { until } from '../runs.ts'
import { called, finished, said, spoken, thought } from '../spoken-model.ts'

const look = { type: 'function', name: 'look', parameters: { type: 'object', properties: {} } }
const message = (text: string) => ({ role: 'user', content: [{ type: 'input_text', text }] })

/** The types of frames, with equal ones that follow each other once. */
const typesOf = (frames: Frame[]) =>
  frames
    .map(({ type }) => String(type).replace('response.', ''))
    .filter((type, at, all) => !type.endsWith('.delta') || type !== all[at - 1])

/** That the frames of each response are numbered from 0 without gaps, whatever was said to it. */
function assertNumbered(frames: Frame[]): void {
  const begins = frames.flatMap(({ type }, at) => (type === 'response.created' ? [at] : []))
  for (const [place, from] of begins.entries()) {
    const own = frames.slice(from, begins[place + 1])
    assert.deepEqual(
      own.map(({ sequence_number }) => sequence_number),
      [...own.keys()],
    )
  }
}

test('what the official client says while the model thinks ends the response behind the thought, and another one answers', async () => {
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
  const model = spoken(async function* (_call, index) {
    if (index === 0) yield* thought('Long or short?', heard)
    yield* said(index === 0 ? 'A long answer' : 'Brief.')
    yield* finished()
  })
  await using s = await createResponsesFixture(model)
  const socket = new ResponsesWS(s.client)
  const events: ResponsesServerEvent[] = []
  let first = ''
  socket.on('event', (event) => {
    events.push(event)
    if (event.type === 'response.created') first ||= event.response.id
    if (event.type === 'response.reasoning_text.delta')
      socket.send({ type: 'response.steer', previous_response_id: first, input: 'Be brief.' })
    if (event.type === 'response.steer.accepted') hear()
  })
  socket.send({
    type: 'response.create',
    model: 'm',
    input: 'Hi',
    instructions: 'Be kind.',
    metadata: { a: 'b' },
    max_output_tokens: 500,
  })
  await until(async () => events.at(-1)?.type === 'response.completed')
  socket.close()
  assert.deepEqual(typesOf(events as Frame[]), [
    'created',
    'in_progress',
    'output_item.added',
    'content_part.added',
    'reasoning_text.delta',
    'steer.accepted',
    'reasoning_text.done',
    'content_part.done',
    'output_item.done',
    'incomplete',
    'created',
    'in_progress',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'completed',
  ])
  assertNumbered(events as Frame[])
  const accepted = events.find(({ type }) => type === 'response.steer.accepted') as Frame
  assert.match(accepted['steer'].id, /^steer_[0-9a-f]{32}$/)
  assert.deepEqual(accepted, {
    type: 'response.steer.accepted',
    sequence_number: 5,
    steer: { id: accepted['steer'].id, previous_response_id: first },
  })
  const [over, next] = events.flatMap((event): Response[] =>
    event.type === 'response.incomplete' || event.type === 'response.completed' ? [event.response] : [],
  )
  assert.ok(over && next)
  assert.deepEqual(over.incomplete_details, { reason: 'steered' })
  assert.deepEqual(
    over.output.map(({ type }) => type),
    ['reasoning'],
  )
  assert.ok((over.usage?.input_tokens ?? 0) > 0 && (over.usage?.output_tokens ?? 0) > 0)
  assert.equal(next.previous_response_id, first)
  for (const setting of ['model', 'instructions', 'metadata', 'max_output_tokens'] as const)
    assert.deepEqual(next[setting], over[setting])
  assert.deepEqual(asked(model.calls[1]), [
    ['system', 'Be kind.'],
    ['user', 'Hi'],
    ['user', 'Be brief.'],
  ])
  assert.deepEqual((await raw(s, 'GET', `/v1/responses/${first}`)).json, over)
})

test('a message is said to its end, and is followed by what was said meanwhile', async () => {
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
  const model = spoken(async function* (_call, index) {
    yield* said(index === 0 ? 'One' : 'Two', index === 0 ? heard : undefined)
    yield* finished()
  })
  await using s = await createResponsesFixture(model)
  await using connection = await connect(s)
  const { id } = await begin(connection, { store: false, stream_id: 'a' }, 'response.output_text.delta')
  const accepted = []
  for (const input of ['First.', [message('Second.'), { ...message('Third.'), type: 'message' }]])
    accepted.push((await steer(connection, id, input)).at(-1) ?? {})
  assert.deepEqual(
    accepted.map(({ type, sequence_number, stream_id }) => [type, sequence_number, stream_id]),
    [
      ['response.steer.accepted', 5, 'a'],
      ['response.steer.accepted', 6, 'a'],
    ],
  )
  assert.notEqual(accepted[0]?.['steer'].id, accepted[1]?.['steer'].id)
  // What has waited behind the response waits behind the one that goes on with it.
  connection.send({ type: 'response.create', model: 'm', input: 'Later', stream_id: 'a' })
  hear()
  const completed = await connection.upTo('response.completed')
  assert.equal(completed.at(-1)?.['sequence_number'], 10)
  const next = await connection.upTo('response.completed')
  assert.deepEqual(
    [next[0]?.['type'], next[0]?.['response'].previous_response_id, next[0]?.['stream_id']],
    ['response.created', id, 'a'],
  )
  await connection.upTo('response.completed')
  assert.deepEqual(asked(model.calls[1]), [
    ['user', 'Hi'],
    ['assistant', 'One'],
    ['user', 'First.'],
    ['user', 'Second.'],
    ['user', 'Third.'],
  ])
  assert.deepEqual(asked(model.calls[2]), [['user', 'Later']])
})

test('a call that the model would begin is not made, and the message before it stays', async () => {
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
  const model = spoken(async function* (_call, index) {
    yield* said(index === 0 ? 'I look.' : 'I do not look.', index === 0 ? heard : undefined)
    if (index === 0) yield* called('look')
    yield* finished(index === 0 ? 'tool-calls' : 'stop')
  })
  await using s = await createResponsesFixture(model)
  await using connection = await connect(s)
  const { id } = await begin(connection, { tools: [look] }, 'response.output_text.delta')
  await steer(connection, id, 'Do not look.')
  hear()
  const frames = await connection.upTo('response.incomplete')
  const { output } = frames.at(-1)?.['response'] ?? {}
  assert.deepEqual(
    output.map(({ type, status, content }: Frame) => [type, status, content[0].text]),
    [['message', 'completed', 'I look.']],
  )
  const next = (await connection.upTo('response.completed')).at(-1)?.['response']
  assert.deepEqual([next.previous_response_id, next.tools.length], [id, 1])
})

test('a response that has said nothing yet ends at once', async () => {
  const model = spoken(async function* (_call, index) {
    if (index === 0) await new Promise(() => {})
    yield* said('Two')
    yield* finished()
  })
  await using s = await createResponsesFixture(model)
  await using connection = await connect(s)
  const { id } = await begin(connection, {})
  await until(async () => model.calls.length === 1)
  const frames = [...(await steer(connection, id)), ...(await connection.upTo('response.completed'))]
  const over = frames.find(({ type }) => type === 'response.incomplete')?.['response']
  assert.deepEqual([over.output, over.incomplete_details], [[], { reason: 'steered' }])
  assert.deepEqual(asked(model.calls[1]), [
    ['user', 'Hi'],
    ['user', 'Be brief.'],
  ])
})

test('a tool of the server that the model has begun to call is run to its end', async () => {
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
  const model = spoken(async function* (_call, index) {
    if (index === 0) yield* called('lab__roll', 'call_1', heard)
    else yield* said('Two')
    yield* finished(index === 0 ? 'tool-calls' : 'stop')
  })
  await using mcp = await startMcpServer({
    tools: [{ name: 'roll', description: 'Rolls.', inputSchema: { type: 'object' } }],
    call: () => textResult('4'),
  })
  await using s = await createResponsesFixture(model, { env: { THREADMILL_PRIVATE_HOSTS: '127.0.0.1' } })
  await using connection = await connect(s)
  const lab = { type: 'mcp', server_label: 'lab', server_url: mcp.url, require_approval: 'never' }
  const { id } = await begin(connection, { tools: [lab] }, 'response.mcp_call.in_progress')
  await steer(connection, id, 'And stop there.')
  hear()
  const over = (await connection.upTo('response.incomplete')).at(-1)?.['response']
  assert.deepEqual(
    over.output.map(({ type, output }: Frame) => [type, output]),
    [
      ['mcp_list_tools', undefined],
      ['mcp_call', '4'],
    ],
  )
  await connection.upTo('response.completed')
  assert.equal(model.calls.length, 2)
  assert.deepEqual(asked(model.calls[1]).at(-1), ['user', 'And stop there.'])
})

test('what was said while a function is called waits for its output, and stands before what comes with it', async () => {
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
  const model = spoken(async function* (_call, index) {
    if (index === 0) yield* called('look', 'call_1', heard)
    else yield* said('Two')
    yield* finished(index === 0 ? 'tool-calls' : 'stop')
  })
  await using s = await createResponsesFixture(model)
  await using connection = await connect(s)
  const { id } = await begin(connection, { tools: [look], store: false }, 'response.output_item.added')
  const accepted = (await steer(connection, id, 'First.')).at(-1)?.['steer']
  hear()
  const frames = await connection.upTo('response.steer.pending')
  const over = frames.at(-2)?.['response']
  assert.equal(frames.at(-2)?.['type'], 'response.completed')
  const { call_id } = over.output[0]
  const pending = (steered: unknown, at: number) => ({
    type: 'response.steer.pending',
    sequence_number: at,
    steer: steered,
    reason: 'waiting_for_required_input',
    required_input: [{ type: 'function_call_output', call_id, name: 'look' }],
  })
  assert.deepEqual(frames.at(-1), pending(accepted, frames.at(-2)?.['sequence_number'] + 1))
  const later = (await steer(connection, id, 'Second.')).at(-1)?.['steer']
  const [told] = await connection.upTo('response.steer.pending')
  assert.deepEqual(told, pending(later, frames.at(-1)?.['sequence_number'] + 2))

  const output = { type: 'function_call_output', call_id, output: 'a tree' }
  const next = await connection.create({ previous_response_id: id, input: [output, message('Third.')] })
  assert.deepEqual(next.at(-1)?.['response'].tools, [], 'the settings are those of the request')
  assert.deepEqual(
    asked(model.calls[1]).map(([role, text]) => (role === 'user' ? text : role)),
    ['Hi', 'assistant', 'tool', 'First.', 'Second.', 'Third.'],
  )
  assert.equal(
    (await steer(connection, id, 'Late.')).at(-1)?.['error'].code,
    'response_already_completed',
    'a request has gone on with it',
  )
})

test('a request that does not bring what is required gives back what was said', async () => {
  await using s = await createResponsesFixture([{ toolCalls: [{ name: 'look', arguments: {} }] }])
  await using connection = await connect(s)
  const { id } = await begin(connection, { tools: [look] }, 'response.completed')
  const accepted = (await steer(connection, id, 'First.')).at(-1)?.['steer']
  connection.send({ type: 'response.create', model: 'm', input: 'x', previous_response_id: id })
  const frames = await connection.upTo('response.steer.failed')
  assert.match(frames.at(-2)?.['error'].message, /^No tool output found for function call/)
  const { steer: given, error } = frames.at(-1) ?? {}
  assert.deepEqual(given, { ...accepted, input: 'First.' })
  assert.deepEqual([error.type, error.code], ['invalid_request_error', 'successor_creation_failed'])
})

test('what is not taken is given back with the reason', async () => {
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const model = spoken(async function* (call) {
    const text = JSON.stringify(call.prompt)
    if (text.includes('fails')) throw new Error('broken')
    yield* said('One', text.includes('waits') ? held : undefined)
    yield* finished()
  })
  await using s = await createResponsesFixture(model)
  await using connection = await connect(s)
  await using other = await connect(s)
  const { id } = await begin(connection, { input: 'waits' })
  const failed = async (on: Connection, previous: unknown, input?: unknown) => {
    const { type, steer: given, error } = (await steer(on, previous, input)).at(-1) ?? {}
    assert.equal(type, 'response.steer.failed')
    assert.deepEqual(given, { previous_response_id: previous, input: input ?? 'Be brief.' })
    assert.equal(error.type, 'invalid_request_error')
    assert.ok(error.message)
    return error.code
  }
  assert.equal(await failed(connection, 'resp_none'), 'response_not_found')
  assert.equal(await failed(other, id), 'response_not_found', 'it is of another connection')
  const call = { type: 'function_call_output', call_id: 'c', output: 'x' }
  for (const input of [
    '',
    [],
    7,
    {},
    [call],
    [null],
    [{ role: 'system', content: 'x' }],
    [{ role: 'user' }],
    [{ role: 'user', content: 'x', id: 'msg_1' }],
    [{ role: 'user', content: [{ type: 'output_text', text: 'x' }] }],
    [{ role: 'user', content: [{ type: 'input_image', image_url: 'ftp://x' }] }],
    [{ type: 'item_reference', id: 'msg_1' }],
  ])
    assert.equal(await failed(connection, id, input), 'invalid_input', JSON.stringify(input))
  connection.send({ type: 'response.steer', previous_response_id: id, input: 'x', stream_id: 'a' })
  assert.equal((await connection.upTo('response.steer.failed')).at(-1)?.['error'].code, 'invalid_input')
  connection.send({ type: 'response.steer' })
  assert.deepEqual((await connection.upTo('response.steer.failed')).at(-1)?.['steer'], {
    previous_response_id: '',
    input: [],
  })

  const { json: conversation } = await raw(s, 'POST', '/v1/conversations', {})
  for (const [settings, lane] of [
    [{ conversation: conversation.id }, 'a'],
    [{ context_management: [{ type: 'compaction' }] }, 'b'],
    [{ background: true }, 'c'],
  ] as const) {
    const unable = await begin(other, { input: 'waits', ...settings, stream_id: lane })
    const [frame] = (await steer(other, unable.id)).slice(-1)
    assert.deepEqual([frame?.['error'].code, frame?.['stream_id']], ['steering_not_supported', lane])
  }
  release()
  await connection.upTo('response.completed')
  assert.equal(await failed(connection, id), 'response_already_completed')
  const broken = await begin(connection, { input: 'fails' }, 'response.failed')
  assert.equal(await failed(connection, broken.id), 'response_not_active')
})

test('what is said to a response is taken although no request may wait any more', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Hel', hang: true }))
  await using connection = await connect(s)
  const { id } = await begin(connection, {})
  for (let count = 0; count < 256; count++)
    connection.send({ type: 'response.create', model: 'm', input: 'Hi' })
  assert.equal((await connection.upTo('error')).at(-1)?.['error'].code, 'websocket_queue_full')
  assert.equal((await steer(connection, 'resp_none')).at(-1)?.['error'].code, 'response_not_found')
  assert.equal((await steer(connection, id)).at(-1)?.type, 'response.steer.accepted')
})

test('what was said to a response that fails is given back', async () => {
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
  const model = spoken(async function* () {
    yield* said('One', heard)
    throw new TypeError('broken')
  })
  await using s = await createResponsesFixture(model)
  await using connection = await connect(s)
  const { id } = await begin(connection, {}, 'response.output_text.delta')
  const accepted = (await steer(connection, id)).at(-1)?.['steer']
  hear()
  const frames = await connection.upTo('response.steer.failed')
  assert.equal(frames.at(-2)?.['type'], 'response.failed')
  assert.deepEqual(frames.at(-1)?.['steer'], { ...accepted, input: 'Be brief.' })
  assert.equal(frames.at(-1)?.['error'].code, 'response_not_active')
})

test('what another response cannot take up is given back, and the response before it is gone on with by hand', async () => {
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>()
  const model = spoken(async function* (_call, index) {
    yield* said('One', index === 0 ? heard : undefined)
    yield* finished()
  })
  await using s = await createResponsesFixture(model)
  await using connection = await connect(s)
  const { id } = await begin(connection, { store: false }, 'response.output_text.delta')
  const picture = { type: 'input_image', file_id: 'file-none' }
  await steer(connection, id, [{ role: 'user', content: [picture] }])
  hear()
  const { error, steer: given } = (await connection.upTo('response.steer.failed')).at(-1) ?? {}
  assert.equal(error.code, 'successor_creation_failed')
  assert.match(error.message, /file-none/)
  assert.deepEqual(given.input, [{ role: 'user', content: [picture] }])
  const next = await connection.create({ previous_response_id: id, input: 'More' })
  assert.equal(next.at(-1)?.['type'], 'response.completed')
})
