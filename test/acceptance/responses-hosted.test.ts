import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import OpenAI from 'openai'
import { responsesAsked, startFakeUpstream } from '../fake-upstream.ts'
import { until } from '../runs.ts'
import { apiKey, startServer, temporaryFolder, type ServerProcess } from './child.ts'

/** Created, in progress, and of the search: added, in progress, searching. */
const eventsUntilItSearches = 5

type Seen = OpenAI.Responses.ResponseStreamEvent

/** Reads events into `seen` until the last one, or until the server is gone. */
async function read(stream: AsyncIterable<Seen>, seen: Seen[]): Promise<void> {
  try {
    for await (const event of stream) seen.push(event)
  } catch {
    // The server was killed.
  }
}

test('a server that is killed while a provider searches leaves no search open: it has failed, and is asked for again', async () => {
  const search = { search: { type: 'search', query: 'Weather', queries: ['Weather'] } }
  await using upstream = await startFakeUpstream({
    respond: (_request, index) => ({
      items: [search, { text: 'Sunny.' }],
      // The first search goes on and on.
      ...(index === 0 && { hangAfter: eventsUntilItSearches }),
    }),
  })
  using folder = temporaryFolder()
  const config = join(folder.path, 'models.json')
  const lab = { type: 'openai-compatible', base_url: `${upstream.url}/v1`, api: 'responses' }
  writeFileSync(config, JSON.stringify({ discover: false, providers: { lab } }))
  const start = () => startServer(join(folder.path, 'data'), { THREADMILL_CONFIG: config })
  const clientOf = ({ url }: ServerProcess) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })
  let server = await start()
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => server.kill())

  const seen: Seen[] = []
  const request = {
    model: 'lab/fake',
    input: 'How is the weather?',
    tools: [{ type: 'web_search' as const }],
    background: true,
    stream: true as const,
  }
  const first = read(await clientOf(server).responses.create(request), seen)
  await until(async () => seen.some(({ type }) => type === 'response.web_search_call.searching'))
  await server.kill()
  await first
  assert.ok(!seen.some(({ type }) => type === 'response.web_search_call.completed'))
  server = await start()
  const [created] = seen
  assert.ok(created?.type === 'response.created')
  const { id } = created.response
  const { responses } = clientOf(server)
  await read(
    await responses.retrieve(id, { stream: true, starting_after: seen.at(-1)?.sequence_number ?? 0 }),
    seen,
  )

  assert.deepEqual(
    seen.map(({ sequence_number }) => sequence_number),
    seen.map((_, at) => at),
  )
  const done = seen.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []))
  assert.deepEqual(
    done.map((item) => [item.type, 'status' in item && item.status]),
    [
      ['web_search_call', 'failed'],
      ['web_search_call', 'completed'],
      ['message', 'completed'],
    ],
  )
  const { output, status } = await responses.retrieve(id)
  assert.deepEqual([status, output.map(({ type }) => type)], ['completed', ['web_search_call', 'message']])
  assert.equal(responsesAsked(upstream).length, 2)
  const whole: Seen[] = []
  await read(await responses.retrieve(id, { stream: true }), whole)
  assert.deepEqual(whole, seen)
})
