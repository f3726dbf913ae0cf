import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { call, done, event, startRawUpstream, textOf } from '../raw-upstream.ts'
import { startTestServer } from '../server.ts'

const functions = [{ type: 'function' as const, function: { name: 'f' } }]

interface Event {
  type: string
  [field: string]: unknown
}

/** Runs an assistant on a server that answers as Claude's does: blocks of text or calls, then the end. */
async function askClaude(blocks: Event[], delta: object) {
  const events = [
    {
      type: 'message_start',
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: 'claude-x',
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: { input_tokens: 9, output_tokens: 1 },
      },
    },
    ...blocks,
    { type: 'message_delta', delta: { stop_sequence: null, ...delta }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ]
  const body = events.map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`).join('')
  const server = createServer((request, response) => {
    request.resume()
    if (request.method === 'GET') return void response.end('{"data":[{"id":"claude-x"}]}')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await using ours = await startTestServer({
    env: { ANTHROPIC_API_KEY: 'k', ANTHROPIC_BASE_URL: address },
  })
  const { beta } = ours.client
  const assistant = await beta.assistants.create({ model: 'claude-x', tools: functions })
  const thread = await beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  const run = await beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
  const { data } = await beta.threads.messages.list(thread.id, { order: 'asc' })
  server.closeAllConnections()
  server.close()
  return { run, messages: data.slice(1) }
}

const text = (index: number, value: string) => [
  { type: 'content_block_start', index, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index, delta: { type: 'text_delta', text: value } },
  { type: 'content_block_stop', index },
]

test("Claude's refusal is a part of its own, and the run completes", async () => {
  const { run, messages } = await askClaude([], { stop_reason: 'refusal' })
  assert.equal(run.status, 'completed')
  assert.deepEqual(messages[0]?.content, [
    { type: 'refusal', refusal: 'The model declined to answer this request.' },
  ])
})

test("Claude's refusal says why where it is told, and what was said before it stays", async () => {
  const explanation = 'This request was declined because it could enable cyber harm.'
  const { run, messages } = await askClaude(text(0, 'To do that'), {
    stop_reason: 'refusal',
    stop_details: { type: 'refusal', category: 'cyber', explanation },
  })
  assert.equal(run.status, 'completed')
  assert.deepEqual(messages[0]?.content, [
    { type: 'text', text: { value: 'To do that', annotations: [] } },
    { type: 'refusal', refusal: explanation },
  ])
})

test('no call is asked of the caller when Claude refuses to go on with it', async () => {
  const { run, messages } = await askClaude(
    [
      {
        type: 'content_block_start',
        index: 0,
        content_block: { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
      },
      { type: 'content_block_stop', index: 0 },
    ],
    { stop_reason: 'refusal' },
  )
  assert.deepEqual(run.incomplete_details, { reason: 'content_filter' })
  assert.deepEqual(messages[0]?.content, [
    { type: 'refusal', refusal: 'The model declined to answer this request.' },
  ])
})

const ends = {
  'as it is': event({}, 'refusal'),
  "beside the end of OpenAI's wire": `data: ${JSON.stringify({
    choices: [{ index: 0, delta: {}, finish_reason: 'content_filter', native_finish_reason: 'refusal' }],
  })}\n\n`,
}
for (const [how, end] of Object.entries(ends)) {
  test(`a gateway hands on a refusal of Claude ${how}`, async () => {
    await using s = await startRawUpstream(
      (response) => void response.end(event({ content: 'Well, ' }) + end + done),
    )
    const { run, messages } = await s.run()
    assert.equal(run.status, 'completed')
    assert.deepEqual(messages[0]?.content, [
      { type: 'text', text: { value: 'Well, ', annotations: [] } },
      { type: 'refusal', refusal: 'The model declined to answer this request.' },
    ])
  })
}

test('a refusal in words of its own is not said twice, and what the filter ends stays incomplete', async () => {
  await using s = await startRawUpstream((response, _, index) => {
    const end = index === 0 ? event({ refusal: 'No.' }) + event({}, 'refusal') : event({}, 'content_filter')
    response.end(end + done)
  })
  const first = await s.run()
  assert.deepEqual(first.messages[0]?.content, [{ type: 'refusal', refusal: 'No.' }])
  const second = await s.run()
  assert.deepEqual(second.run.incomplete_details, { reason: 'content_filter' })
})

test('text after a refusal has a place of its own, in the stream as in the message', async () => {
  const stream =
    event({ refusal: 'No. ' }) + event({ content: 'But ask me this.' }) + event({}, 'stop') + done
  await using s = await startRawUpstream((response) => void response.end(stream))
  const { client } = s
  const assistant = await client.beta.assistants.create({ model: 'tiny' })
  const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  const reading = client.beta.threads.runs.stream(thread.id, { assistant_id: assistant.id })
  const [streamed] = await reading.finalMessages()
  const expected = [
    { type: 'refusal', refusal: 'No. ' },
    { type: 'text', text: { value: 'But ask me this.', annotations: [] } },
  ]
  assert.deepEqual(streamed?.content, expected)
})

test('a format that is checked here keeps what was said before the refusal', async () => {
  const stream = event({ content: '{"a":' }) + event({ refusal: 'No.' }) + event({}, 'stop') + done
  await using s = await startRawUpstream((response) => void response.end(stream))
  const { run, messages } = await s.run({ response_format: { type: 'json_object' } })
  assert.equal(run.status, 'completed')
  assert.deepEqual(textOf(messages[0]), ['{"a":'])
  assert.equal(messages[0]?.content[1]?.type, 'refusal')
})

test('a call that a gateway ends by a refusal is not asked of the caller', async () => {
  await using s = await startRawUpstream(
    (response) => void response.end(call(0, 'a', 'f', '{}') + event({}, 'refusal') + done),
  )
  const { run } = await s.run({}, { tools: functions })
  assert.deepEqual(run.incomplete_details, { reason: 'content_filter' })
})
