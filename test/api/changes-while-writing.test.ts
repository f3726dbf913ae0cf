import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scripted, type ScriptedTurn } from '../../src/models/scripted.ts'
import { createRunFixture, executeSql, order, parseEvents, querySql, until } from '../runs.ts'
import type { TestServer } from '../server.ts'

type Fixture = Awaited<ReturnType<typeof createRunFixture>>

const look = { type: 'function', function: { name: 'look' } } as const

/** A model that says a word, and goes on with the turn when the test lets it. */
function paused(rest: ScriptedTurn, ...later: ScriptedTurn[]) {
  const gate = Promise.withResolvers<void>()
  const turns = [{ ...rest, text: ['A secret', ' secret word'] }, ...later]
  const model = scripted(turns)
  const doStream = model.doStream.bind(model)
  model.doStream = async (call) => {
    const { stream } = await doStream(call)
    let texts = 0
    const wait = new TransformStream({
      async transform(part, out) {
        if (part.type === 'text-delta' && model.calls.length === 1 && ++texts === 2)
          await Promise.race([gate.promise, aborted(call.abortSignal)])
        out.enqueue(part)
      },
    })
    return { stream: stream.pipeThrough(wait) }
  }
  return Object.assign(model, { goOn: gate.resolve })
}

const aborted = (signal: AbortSignal | undefined) =>
  new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve(), { once: true }))

/** The message that the run is writing, once something of it is on disk. */
const beingWritten = (s: Fixture) =>
  until(async () => {
    const [message] = (await s.threads.messages.list(s.thread.id)).data
    return message?.status === 'in_progress' && (await holds(s, 'secret')) && message
  })

/** Whether any row of the server's database has the text. */
async function holds(s: Pick<TestServer, 'dataDir'>, text: string): Promise<boolean> {
  for (const place of ['messages.body', 'run_log.data', 'run_steps.body']) {
    const [table, column] = place.split('.')
    const found = await querySql(s, `select 1 as n from ${table} where ${column} like ? limit 1`, `%${text}%`)
    if (found.length > 0) return true
  }
  return false
}

const ended = (s: Fixture, runId: string) =>
  until(async () => {
    const run = await s.threads.runs.retrieve(runId, { thread_id: s.thread.id })
    return !['queued', 'in_progress', 'cancelling'].includes(run.status) && run
  })

async function replayOf(s: Fixture, runId: string) {
  const response = await fetch(`${s.url}/v1/threads/${s.thread.id}/runs/${runId}/stream`, {
    headers: { authorization: `Bearer ${s.apiKey}` },
  })
  return parseEvents(await response.text())
}

const endings = {
  'is completed': { rest: {}, later: [], status: 'completed' },
  'is cut off by its token limit': {
    rest: { finishReason: 'length' },
    later: [],
    status: 'incomplete',
  },
  'fails with its run': { rest: { error: { status: 400, message: 'no' } }, later: [], status: 'failed' },
  'is followed by calls': {
    rest: { toolCalls: [{ name: 'look', arguments: {} }] },
    later: [],
    status: 'requires_action',
  },
  'breaks off and is said anew': {
    rest: { error: { status: 503, message: 'busy', retryAfterMs: 1 } },
    later: [{ text: 'Another answer' }],
    status: 'completed',
  },
} satisfies Record<string, { rest: ScriptedTurn; later: ScriptedTurn[]; status: string }>

for (const [name, { rest, later, status }] of Object.entries(endings)) {
  test(`metadata that changes again and again while a message is written is the last, when it ${name}`, async () => {
    const model = paused(rest, ...later)
    await using s = await createRunFixture(model, { tools: [look] })
    const run = await s.run()
    const { id } = await beingWritten(s)
    for (const metadata of [{ a: '1', gone: 'x' }, {}, { a: '2' }])
      await s.threads.messages.update(id, { thread_id: s.thread.id, metadata })
    model.goOn()
    assert.equal((await ended(s, run.id)).status, status)
    const said = (await replayOf(s, run.id)).filter(({ data }) => data.id === id)
    assert.deepEqual(said.at(-1)?.data.metadata, { a: '2' })
    if (later.length > 0) return
    const message = await s.threads.messages.retrieve(id, { thread_id: s.thread.id })
    assert.deepEqual(message.metadata, { a: '2' })
    assert.equal(said.at(-1)?.data.content[0].text.value, textOf(message))
  })

  test(`a message that is deleted while it is written leaves nothing behind when it ${name}`, async () => {
    const model = paused(rest, ...later)
    await using s = await createRunFixture(model, { tools: [look] })
    const streaming = s.stream()
    const { id, run_id } = await beingWritten(s)
    await s.threads.messages.delete(id, { thread_id: s.thread.id })
    model.goOn()
    const streamed = await streaming
    assert.equal((await ended(s, run_id ?? '')).status, status)
    const { data } = await s.threads.messages.list(s.thread.id, { order: 'asc' })
    assert.deepEqual(data.map(textOf), later.length > 0 ? ['Hello', 'Another answer'] : ['Hello'])
    assert.equal(await holds(s, 'secret'), false)
    const replayed = await replayOf(s, run_id ?? '')
    assert.deepEqual(
      order(replayed),
      order(streamed.filter((one) => !(one.event.startsWith('thread.message.') && one.data.id === id))),
    )
    assert.deepEqual(
      replayed.map((one) => one.id).toSorted(bySeq),
      replayed.map((one) => one.id),
    )
  })
}

test('a message that is deleted while it is written is gone when its run is cancelled, too', async () => {
  await using s = await createRunFixture(paused({}))
  const run = await s.run()
  const { id } = await beingWritten(s)
  await s.threads.messages.delete(id, { thread_id: s.thread.id })
  await s.threads.runs.cancel(run.id, { thread_id: s.thread.id })
  assert.equal((await ended(s, run.id)).status, 'cancelled')
  assert.equal(await holds(s, 'secret'), false)
})

test('a thread that is deleted while a run writes in it takes all of it along, and its stream ends', async () => {
  await using s = await createRunFixture(paused({}))
  const streaming = s.stream()
  const { run_id } = await beingWritten(s)
  await s.threads.delete(s.thread.id)
  const streamed = await streaming
  assert.deepEqual(order(streamed).slice(-4), [
    'thread.message.incomplete',
    'thread.run.step.cancelled',
    'thread.run.cancelled',
    'done',
  ])
  await assert.rejects(s.threads.runs.retrieve(run_id ?? '', { thread_id: s.thread.id }), { status: 404 })
  await assert.rejects(s.threads.messages.list(s.thread.id), { status: 404 })
  await until(async () => !(await holds(s, 'secret')))
  // The worker is free again.
  const thread = await s.threads.create({ messages: [{ role: 'user', content: 'x' }] })
  const next = await s.threads.runs.createAndPoll(thread.id, { assistant_id: s.assistant.id })
  assert.match(next.last_error?.message ?? '', /The script has 1 turns/)
})

test('a run that expires while it writes a message keeps what was said and frees its thread', async () => {
  await using s = await createRunFixture(paused({}))
  const streaming = s.stream()
  const { id, run_id } = await beingWritten(s)
  await executeSql(s, 'update runs set expires_at = 1 where id = ?', run_id ?? '')
  const streamed = await streaming
  assert.deepEqual(order(streamed).slice(-4), [
    'thread.message.incomplete',
    'thread.run.step.expired',
    'thread.run.expired',
    'done',
  ])
  const message = await s.threads.messages.retrieve(id, { thread_id: s.thread.id })
  assert.deepEqual([message.status, message.incomplete_details], ['incomplete', { reason: 'run_expired' }])
  assert.equal(textOf(message), 'A secret')
  await s.threads.messages.create(s.thread.id, { role: 'user', content: 'Go on' })
})

const textOf = (message: { content: unknown[] }) =>
  (message.content[0] as { text?: { value: string } } | undefined)?.text?.value

const bySeq = (a: string, b: string) => Number(a.split('-')[1]) - Number(b.split('-')[1])
