import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { raw, refused } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'

test("a run that is not over tells the clients' polling helpers to come back soon", async () => {
  await using own = await startTestServer({ models: { slow: scripted([{ hang: true }]) } })
  const { assistants, threads } = own.client.beta
  const assistant = await assistants.create({ model: 'slow', instructions: 'x' })
  const created = await threads.createAndRun({ assistant_id: assistant.id }).withResponse()
  const after = Number(created.response.headers.get('openai-poll-after-ms'))
  assert.ok(after >= 50 && after <= 250, `after ${after} ms`)
  const { id, thread_id } = created.data
  const ended = await threads.runs.cancel(id, { thread_id }).withResponse()
  assert.equal(ended.data.status, 'cancelled')
  assert.equal(ended.response.headers.get('openai-poll-after-ms'), null)
})

test('a stream begins before the model does, and says that it must not be buffered', async () => {
  await using own = await startTestServer({ models: { slow: scripted([{ hang: true }]) } })
  const assistant = await own.client.beta.assistants.create({ model: 'slow', instructions: 'x' })
  const response = await fetch(`${own.url}/v1/threads/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${own.apiKey}` },
    body: JSON.stringify({ assistant_id: assistant.id, stream: true }),
  })
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  assert.equal(response.headers.get('cache-control'), 'no-cache')
  assert.equal(response.headers.get('x-accel-buffering'), 'no')
  assert.match(response.headers.get('x-request-id') ?? '', /^req_/)
  let text = ''
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece
    if (text.includes('thread.run.in_progress')) break
  }
  assert.ok(text.startsWith('event: thread.created\ndata: {"id":"thread_'))
  assert.match(text, /\nid: \d+-1\n\n/)
})

test('a place in a stream that is no event id is refused', async () => {
  await using own = await startTestServer()
  const assistant = await own.client.beta.assistants.create({ model: 'demo', instructions: 'x' })
  const run = await own.client.beta.threads.createAndRunPoll({ assistant_id: assistant.id })
  const path = `/v1/threads/${run.thread_id}/runs/${run.id}/stream`
  const more = { code: 'invalid_value' }
  refused(
    await raw(own, 'GET', `${path}?after=x`),
    400,
    "Invalid 'after': 'x'. Expected the id of an event.",
    {
      param: 'after',
      ...more,
    },
  )
  refused(
    await raw(own, 'GET', path, undefined, { 'last-event-id': '7' }),
    400,
    "Invalid 'Last-Event-ID': '7'. Expected the id of an event.",
    { param: 'Last-Event-ID', ...more },
  )
  assert.match((await raw(own, 'GET', path)).text, /event: done\ndata: \[DONE\]\nid: \d+-\d+\n\n$/)
})

test('a reader that does not read holds the stream back, and the run goes on', async () => {
  const words = Array.from({ length: 4_000 }, (_, number) => `${number} ${'x'.repeat(500)} `)
  await using own = await startTestServer({ models: { wordy: scripted([{ text: words }]) } })
  const assistant = await own.client.beta.assistants.create({ model: 'wordy', instructions: 'x' })
  const body = JSON.stringify({ assistant_id: assistant.id, stream: true })
  const { hostname, port } = new URL(own.url)
  const socket = connect(Number(port), hostname)
  socket.pause()
  socket.write(
    `POST /v1/threads/runs HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${own.apiKey}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  const thread = await until(async () => (await raw(own, 'GET', '/v1/threads')).json.data[0])
  const run = await until(async () => {
    const { data } = await own.client.beta.threads.runs.list(thread.id)
    return data[0]?.status === 'completed' && data[0]
  })
  let received = ''
  socket.setEncoding('utf8')
  socket.on('data', (piece: string) => {
    received += piece
    if (received.includes('[DONE]')) socket.destroy()
  })
  socket.resume()
  await once(socket, 'close')
  assert.equal(run.status, 'completed')
  assert.ok(received.includes('event: thread.run.completed'))
  assert.ok(
    words.every((_, number) => received.includes(`"value":"${number} `)),
    'and nothing is missing',
  )
})
