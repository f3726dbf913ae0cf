import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nowSeconds } from '../../src/common/clock.ts'
import type { Script } from '../../src/models/scripted.ts'
import { code, startCodeServer } from '../code-server.ts'
import { createRunFixture, executeSql, querySql, until } from '../runs.ts'
import type { TestServer } from '../server.ts'

interface Frame {
  event: string
  text: string
}

/** The frames of a stream, each as its bytes were, but for the last, which ends the stream and not the run. */
function framesOf(text: string): Frame[] {
  const frames = text
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => ({ event: /^event: (.*)$/m.exec(block)?.[1] ?? '', text: block }))
  assert.equal(frames.pop()?.event, 'done')
  return frames
}

/** Asks for a stream and reads it to its end. */
async function read(server: TestServer, path: string, body?: object): Promise<Frame[]> {
  const response = await fetch(`${server.url}/v1${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  assert.equal(response.status, 200, response.ok ? '' : await response.clone().text())
  return framesOf(await response.text())
}

const dataOf = (frame: Frame | undefined) => JSON.parse(/^data: (.*)$/m.exec(frame?.text ?? '')?.[1] ?? '{}')
const withoutDeltas = (frames: Frame[]) => frames.filter(({ event }) => !event.endsWith('.delta'))
const texts = (frames: Frame[]) => frames.map(({ text }) => text)

/** Whether the run is replayed byte for byte as it was streamed: now, from each of its events on, and without its deltas. */
async function assertReplayed(server: TestServer, streamed: Frame[]): Promise<void> {
  const { id, thread_id } = dataOf(streamed.findLast(({ event }) => /^thread\.run\.[a-z_]+$/.test(event)))
  const path = `/threads/${thread_id}/runs/${id}/stream`
  assert.deepEqual(texts(await read(server, path)), texts(streamed))
  for (const [at, { text }] of streamed.entries()) {
    if (at === streamed.length - 1) continue
    const after = /^id: (.*)$/m.exec(text)?.[1]
    const rest = texts(await read(server, `${path}?after=${after}`))
    assert.deepEqual(rest, texts(streamed.slice(at + 1)), `after ${after}`)
  }
  await executeSql(server, 'update runs set finished_at = 1 where id = ?', id)
  const kept = texts(withoutDeltas(streamed))
  const replayed = await until(async () => {
    const now = texts(await read(server, path))
    return now.length <= kept.length && now
  })
  assert.deepEqual(replayed, kept)
}

const weather = { type: 'function', function: { name: 'weather' } } as const
const rich = {
  instructions: 'Be kind. '.repeat(2_000),
  tools: [weather],
  metadata: { of: 'the assistant' },
  response_format: { type: 'json_object' as const },
}

for (const { name, script, how = {} } of [
  { name: 'plain', script: [{ text: ['Fil', 'ip 🍜 \ud800', '.'] }] },
  {
    name: 'with instructions, tools and metadata',
    script: [{ text: '{"a": 1}' }],
    how: { metadata: { '2': 'two', '1': 'one', tag: '"quoted"' }, temperature: 0.5, top_p: 0.25 },
  },
  { name: 'that says nothing', script: [{ text: '' }] },
  { name: 'incomplete', script: [{ text: ['Cut ', 'short'], finishReason: 'length' as const }] },
  { name: 'ended by a filter', script: [{ text: 'No', finishReason: 'content-filter' as const }] },
  { name: 'failed', script: [{ error: { status: 400, message: 'no "such" thing' } }] },
  {
    name: 'failed in the middle',
    script: [{ text: ['Half', ' an'], error: { status: 400, message: 'no' } }],
  },
  {
    name: 'whose provider broke off twice',
    script: [
      { text: ['Half', ' an'], error: { status: 503, message: 'busy', retryAfterMs: 10 } },
      { text: 'Half', error: { status: 503, message: 'busy', retryAfterMs: 10 } },
      { text: 'Whole' },
    ],
  },
] satisfies { name: string; script: Script; how?: object }[]) {
  test(`a run ${name} is replayed byte for byte as it was streamed`, async () => {
    await using s = await createRunFixture(script, rich)
    const streamed = await read(s, `/threads/${s.thread.id}/runs`, {
      assistant_id: s.assistant.id,
      stream: true,
      ...how,
    })
    await assertReplayed(s, streamed)
  })
}

test('create-and-run is replayed with its thread as it was then', async () => {
  await using s = await createRunFixture([{ text: 'Hi' }])
  const streamed = await read(s, '/threads/runs', {
    assistant_id: s.assistant.id,
    thread: { messages: [{ role: 'user', content: 'Hello' }], metadata: { a: 'b' } },
    stream: true,
  })
  const thread = dataOf(streamed[0])
  await s.threads.update(thread.id, { metadata: { a: 'other' } })
  await assertReplayed(s, streamed)
})

test('a run with functions is replayed over both of its streams', async () => {
  await using s = await createRunFixture(
    [
      {
        text: 'Let me look.',
        toolCalls: [
          { name: 'weather', arguments: { city: 'Paris' } },
          { name: 'weather', arguments: { city: 'Rome' } },
        ],
      },
      { toolCalls: [{ name: 'unknown', arguments: {} }] },
      { text: 'Sunny.' },
    ],
    rich,
  )
  const path = `/threads/${s.thread.id}/runs`
  const first = await read(s, path, { assistant_id: s.assistant.id, stream: true, metadata: { a: 'b' } })
  const { id, required_action } = dataOf(first.at(-1))
  const second = await read(s, `${path}/${id}/submit_tool_outputs`, {
    stream: true,
    tool_outputs: required_action.submit_tool_outputs.tool_calls.map((call: { id: string }) => ({
      tool_call_id: call.id,
      output: `sunny at ${call.id}`,
    })),
  })
  await assertReplayed(s, [...first, ...second])
})

for (const { name, stop } of [
  { name: 'cancelled', stop: 'cancel' },
  { name: 'that expired', stop: 'expire' },
] as const) {
  test(`a run ${name} while it waits for its caller is replayed as it was streamed`, async () => {
    await using s = await createRunFixture(
      [{ text: 'So', toolCalls: [{ name: 'weather', arguments: {} }] }],
      rich,
    )
    const run = await s.finish()
    const path = `/threads/${s.thread.id}/runs/${run.id}/stream`
    const before = await read(s, path)
    if (stop === 'cancel') await s.threads.runs.cancel(run.id, { thread_id: s.thread.id })
    else await executeSql(s, 'update runs set expires_at = ? where id = ?', nowSeconds(), run.id)
    await until(async () => (await read(s, path)).length > before.length)
    const all = await read(s, path)
    // Its time to expire was changed by hand in between, and is in every one of its events.
    if (stop === 'cancel') assert.deepEqual(texts(all.slice(0, before.length)), texts(before))
    await assertReplayed(s, all)
  })
}

test('a run cancelled in the middle of its answer is replayed as it was streamed', async () => {
  await using s = await createRunFixture([{ text: ['One', ' two'], hang: true }])
  const run = await s.run()
  const path = `/threads/${s.thread.id}/runs/${run.id}/stream`
  const streaming = read(s, path)
  await until(async () => (await s.threads.messages.list(s.thread.id)).data.length === 2)
  await s.threads.runs.cancel(run.id, { thread_id: s.thread.id })
  const streamed = await streaming
  assert.equal(streamed.at(-1)?.event, 'thread.run.cancelled')
  await assertReplayed(s, streamed)
})

test('metadata that is changed after the run shows in its objects and not in its replay', async () => {
  await using s = await createRunFixture([{ text: 'Hi' }])
  const streamed = await read(s, `/threads/${s.thread.id}/runs`, {
    assistant_id: s.assistant.id,
    stream: true,
    metadata: { at: 'first' },
  })
  const { id } = dataOf(streamed.at(-1))
  for (const at of ['second', 'third']) {
    const run = await s.threads.runs.update(id, { thread_id: s.thread.id, metadata: { at } })
    assert.deepEqual(run.metadata, { at })
    const [answer] = (await s.threads.messages.list(s.thread.id)).data
    await s.threads.messages.update(answer?.id ?? '', { thread_id: s.thread.id, metadata: { at } })
  }
  await assertReplayed(s, streamed)
})

test('a message that was deleted is gone from the replay of its run as well', async () => {
  await using s = await createRunFixture([{ text: ['A', ' secret'] }])
  const streamed = await read(s, `/threads/${s.thread.id}/runs`, {
    assistant_id: s.assistant.id,
    stream: true,
  })
  const { id } = dataOf(streamed.at(-1))
  const [answer] = (await s.threads.messages.list(s.thread.id)).data
  await s.threads.messages.delete(answer?.id ?? '', { thread_id: s.thread.id })
  const replayed = await read(s, `/threads/${s.thread.id}/runs/${id}/stream`)
  assert.deepEqual(
    texts(replayed),
    texts(streamed.filter(({ event }) => !event.startsWith('thread.message.'))),
  )
})

test('what file search found is replayed with its content where the stream had it', async () => {
  await using s = await createRunFixture(
    [{ toolCalls: [{ name: 'file_search', arguments: { queries: ['ramen'] } }] }, { text: 'Ramen.' }],
    { tools: [{ type: 'file_search' }] },
  )
  const store = await s.client.vectorStores.create({ name: 'facts' })
  const file = new File(['Mariam likes ramen.'], 'foods.txt')
  await s.client.vectorStores.files.uploadAndPoll(store.id, file, { pollIntervalMs: 50 })
  await s.client.beta.threads.update(s.thread.id, {
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  })
  const include = 'include[]=step_details.tool_calls[*].file_search.results[*].content'
  const streamed = await read(s, `/threads/${s.thread.id}/runs?${include}`, {
    assistant_id: s.assistant.id,
    stream: true,
  })
  const found = streamed.find(({ event }) => event === 'thread.run.step.completed')
  assert.match(found?.text ?? '', /Mariam likes ramen/)
  await assertReplayed(s, streamed)
})

test('what code interpreter printed is replayed as it was streamed', async () => {
  await using server = await startCodeServer()
  const s = await server.createFixture('printer', [code('print("one")\nprint(2)'), { text: 'Done.' }])
  const streamed = await read(server, `/threads/${s.thread.id}/runs`, {
    assistant_id: s.assistant.id,
    stream: true,
  })
  await assertReplayed(server, streamed)
})

test('long instructions are on disk once, however many runs and events there are', async () => {
  const instructions = 'Be kind and thorough. '.repeat(5_000)
  await using s = await createRunFixture([{ text: 'One' }, { text: 'Two' }, { text: 'Three' }], {
    instructions,
  })
  for (let run = 0; run < 3; run++) assert.equal((await s.finish()).status, 'completed')
  const holding = async (table: string, column: string) =>
    (await querySql(s, `select 1 as n from ${table} where ${column} like '%kind and thorough%'`)).length
  assert.equal(await holding('run_log', 'data'), 0)
  assert.equal(await holding('run_requests', 'request'), 1)
})
