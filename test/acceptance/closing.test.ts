import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEvents, createRunFixture, until } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { scripted } from '../../src/models/scripted.ts'

test('a server that closes ends its streams cleanly, and the next one goes on after the last id', async () => {
  await using s = await createRunFixture([{ hang: true }])
  const response = await fetch(`${s.url}/v1/threads/${s.thread.id}/runs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${s.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ assistant_id: s.assistant.id, stream: true }),
  })
  const text = response.text()
  await until(async () => (await s.threads.runs.list(s.thread.id)).data[0]?.status === 'in_progress')
  await s.server.close()
  const seen = await text
  assert.match(seen, /\n: the server closes; the stream goes on after the last id\n$/)
  const events = parseEvents(seen)
  assert.ok(events.every(({ event }) => event !== 'done'))

  await using next = await startTestServer({
    dataDir: s.dataDir,
    models: { scripted: scripted([{ text: 'Hello again' }]) },
  })
  const run = events[0]?.data.id as string
  const resumed = await fetch(`${next.url}/v1/threads/${s.thread.id}/runs/${run}/stream`, {
    headers: { authorization: `Bearer ${next.apiKey}`, 'last-event-id': events.at(-1)?.id ?? '' },
  })
  const rest = parseEvents(await resumed.text())
  assert.deepEqual(rest.map(({ event }) => event).slice(-2), ['thread.run.completed', 'done'])
  const ids = [...events, ...rest].filter(({ event }) => event !== 'done').map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
})

test('a chat completion that a server which closes cannot finish is to be tried again', async () => {
  const model = scripted([{ hang: true }, { text: ['He', 'llo'], hang: true }])
  await using server = await startTestServer({ models: { scripted: model } })
  const ask = (stream: boolean) =>
    fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'scripted', stream, messages: [{ role: 'user', content: 'Hello' }] }),
    })
  const whole = ask(false)
  await until(async () => model.calls.length === 1)
  const stream = await ask(true)
  const text = stream.text()
  await server.server.close()
  const { status, headers } = await whole
  assert.deepEqual([status, headers.get('retry-after')], [503, '1'])
  assert.equal(((await (await whole).json()) as { error: { code: string } }).error.code, 'server_closes')
  assert.match(await text, /data: \{"error":\{.*"code":"server_closes"/)
})
