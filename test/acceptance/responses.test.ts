import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import OpenAI from 'openai'
import { startFakeUpstream } from '../fake-upstream.ts'
import { until } from '../runs.ts'
import { apiKey, startServer, temporaryFolder, type ServerProcess } from './child.ts'

type Seen = OpenAI.Responses.ResponseStreamEvent

/** Reads events into `seen` until the last one, or until the server is gone. */
async function read(stream: AsyncIterable<Seen>, seen: Seen[]): Promise<void> {
  try {
    for await (const event of stream) seen.push(event)
  } catch {
    // The server was killed.
  }
}

test('a stream in the background goes on after kills with the same numbers, and has one answer', async () => {
  await using upstream = await startFakeUpstream({
    record: false,
    reply: () => ({ firstTokenMs: 5, tokenMs: 10, tokens: Array.from({ length: 60 }, (_, at) => `${at} `) }),
  })
  using folder = temporaryFolder()
  const start = () => startServer(folder.path, { OPENAI_BASE_URL: `${upstream.url}/v1` })
  const clientOf = ({ url }: ServerProcess) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })
  let server = await start()
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => server.kill())

  const seen: Seen[] = []
  const request = { model: 'fake', input: 'Count.', background: true, stream: true } as const
  const first = read(await clientOf(server).responses.create(request), seen)
  for (let kills = 0; kills < 2; kills++) {
    const before = seen.length
    await until(async () => seen.slice(before).some(({ type }) => type === 'response.output_text.delta'))
    await pause(100)
    await server.kill()
    if (kills === 0) await first
    server = await start()
    const [created] = seen
    assert.ok(created?.type === 'response.created')
    const { id } = created.response
    const { responses } = clientOf(server)
    const after = seen.at(-1)?.sequence_number ?? 0
    const again = responses.retrieve(id, { stream: true, starting_after: after })
    const reading = read(await again, seen)
    if (kills === 1) await reading
  }

  assert.deepEqual(
    seen.map(({ sequence_number }) => sequence_number),
    seen.map((_, at) => at),
  )
  const last = seen.at(-1)
  assert.ok(last?.type === 'response.completed', String(last?.type))
  const whole = Array.from({ length: 60 }, (_, at) => `${at} `).join('')
  const messages = last.response.output.flatMap((item) =>
    item.type === 'message' ? item.content.map((part) => (part.type === 'output_text' ? part.text : '')) : [],
  )
  assert.deepEqual(messages, [whole])
  const closed = seen.filter((event) => event.type === 'response.output_item.done')
  assert.deepEqual(
    closed.map(({ item }) => item.type === 'message' && item.status),
    ['incomplete', 'incomplete', 'completed'],
    'what broke off was closed',
  )
  const { responses } = clientOf(server)
  const replayed: Seen[] = []
  await read(await responses.retrieve(last.response.id, { stream: true }), replayed)
  assert.deepEqual(replayed, seen)
})
