import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFakeUpstream, type FakeReply } from '../fake-upstream.ts'
import { until, type SeenEvent } from '../runs.ts'
import { call, json, startServer, streamed, temporaryFolder, type ServerProcess } from './child.ts'
import { isOver, place, take, textOfDeltas } from './reader.ts'

/** An answer that takes longer than any test, so that a run ends only when something ends it. */
const endless: FakeReply = { tokens: 100_000, tokenMs: 20 }
/** One that takes a while after another server has taken it up. */
const slow: FakeReply = { tokens: 120, tokenMs: 20 }
const look = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } }

/** Two servers at once on one new data folder, each with a model of its own, so that it shows who works. */
async function pair(repliesOfA: FakeReply[], repliesOfB: FakeReply[] = [{ tokens: ['B ', 'answers'] }]) {
  await using stack = new AsyncDisposableStack()
  const folder = stack.use(temporaryFolder())
  const upstream = (replies: FakeReply[]) =>
    startFakeUpstream({ reply: (_request, index) => replies[Math.min(index, replies.length - 1)] ?? {} })
  const modelOfA = stack.use(await upstream(repliesOfA))
  const modelOfB = stack.use(await upstream(repliesOfB))
  const start = (url: string) => startServer(folder.path, { OPENAI_BASE_URL: `${url}/v1` })
  const [a, b] = await Promise.all([start(modelOfA.url), start(modelOfB.url)])
  stack.use(a)
  stack.use(b)
  const asked = ({ requests }: typeof modelOfA) => requests.filter(({ body }) => body).length

  return {
    a,
    b,
    modelOfA,
    asked: { a: () => asked(modelOfA), b: () => asked(modelOfB) },
    post: async (server: ServerProcess, path: string, body: object) =>
      json(await call(`${server.url}/v1${path}`, 'POST', body)),
    get: async (server: ServerProcess, path: string) => json(await call(`${server.url}/v1${path}`, 'GET')),
    /** All pages of a list, the oldest first. */
    async all(server: ServerProcess, path: string) {
      const all: SeenEvent[] = []
      for (let page; page?.has_more !== false; all.push(...page.data))
        page = await this.get(server, `${path}?order=asc&limit=100&after=${page?.last_id ?? ''}`)
      return all
    },
    /** A run that A has begun: one that B was quicker to claim is cancelled. */
    async runOnA(assistantParams: object = {}) {
      const assistant = await this.post(a, '/assistants', { model: 'fake', ...assistantParams })
      for (;;) {
        const before = { a: asked(modelOfA), b: asked(modelOfB) }
        const run = await this.post(a, '/threads/runs', {
          assistant_id: assistant.id,
          thread: { messages: [{ role: 'user', content: 'Hello' }] },
        })
        const path = `/threads/${run.thread_id}/runs/${run.id}`
        const status = await until(async () => {
          if (asked(modelOfA) > before.a) return 'on A'
          return asked(modelOfB) > before.b && 'on B'
        })
        if (status === 'on A') return { path, threadId: String(run.thread_id), id: String(run.id) }
        await this.post(b, `${path}/cancel`, {})
      }
    },
    /** The streamed answer to a request for a response, which A works on. */
    async responseOnA(body: object) {
      const before = asked(modelOfA)
      const answer = await call(`${a.url}/v1/responses`, 'POST', {
        model: 'fake',
        input: 'Hi',
        stream: true,
        ...body,
      })
      await until(async () => asked(modelOfA) > before)
      return streamed(answer)
    },
    /** Stops A, but not in the middle of a commit: it would take the database's lock with it. */
    async freezeA(): Promise<void> {
      for (;;) {
        a.signal('SIGSTOP')
        const { status } = await call(`${b.url}/v1/threads`, 'POST', {})
        if (status === 200) return
        a.signal('SIGCONT')
      }
    },
    /** Follows a run through a server; `stop` is asked after every event. */
    async follow(server: ServerProcess, path: string, stop: (event: SeenEvent) => boolean = isOver) {
      const seen: SeenEvent[] = []
      const response = await call(`${server.url}/v1${path}/stream`, 'GET')
      for await (const event of streamed(response)) {
        if (event.event === 'done') break
        take(seen, event)
        if (stop(event)) break
      }
      return seen
    },
    [Symbol.asyncDispose]: (
      (owned) => () =>
        owned.disposeAsync()
    )(stack.move()),
  }
}

test('a run that one server works on streams from the other, and a cancel through the other ends it', async () => {
  await using s = await pair([endless])
  const { path } = await s.runOnA()
  const askedOfB = s.asked.b()
  let cancelling: Promise<{ status: string }> | undefined
  const seen = await s.follow(s.b, path, (event) => {
    if (event.event === 'thread.message.delta') cancelling ??= s.post(s.b, `${path}/cancel`, {})
    return isOver(event)
  })
  assert.match((await cancelling)?.status ?? '', /^cancell/)
  assert.equal(seen.at(-1)?.event, 'thread.run.cancelled')
  assert.equal(s.asked.b(), askedOfB)
  const [message] = (await s.get(s.a, path.replace(/runs\/.*/, 'messages'))).data
  assert.equal(message.status, 'incomplete')
  assert.equal(textOfDeltas(seen, message.id), message.content[0].text.value)
})

test('functions called by one server are answered through the other', async () => {
  const calls: FakeReply = { toolCalls: [{ name: 'look', arguments: '{}' }] }
  await using s = await pair([calls, { tokens: ['Seen.'] }], [{ tokens: ['Seen.'] }])
  const { path } = await s.runOnA({ tools: [look] })
  const seen = await s.follow(s.b, path, ({ event }) => event === 'thread.run.requires_action')
  const waiting = seen.at(-1)
  const { id } = waiting?.data.required_action.submit_tool_outputs.tool_calls[0] ?? {}
  const response = await call(`${s.b.url}/v1${path}/submit_tool_outputs`, 'POST', {
    tool_outputs: [{ tool_call_id: id, output: 'a tree' }],
    stream: true,
  })
  for await (const event of streamed(response)) if (event.event !== 'done') take(seen, event)
  assert.equal(seen.at(-1)?.event, 'thread.run.completed')
  assert.deepEqual(await s.follow(s.a, path), seen)
})

test('the runs of a server that is killed are taken up by the other when their lease is over', async () => {
  await using s = await pair([endless])
  const { path } = await s.runOnA()
  let killedAt = Infinity
  let takenUpAfter = Infinity
  const seen = await s.follow(s.b, path, (event) => {
    if (event.event === 'thread.message.delta' && killedAt === Infinity) {
      killedAt = performance.now()
      s.a.signal('SIGKILL')
    }
    if (place(event.id).attempt > 1) takenUpAfter = Math.min(takenUpAfter, performance.now() - killedAt)
    return isOver(event)
  })
  assert.equal(seen.at(-1)?.event, 'thread.run.completed')
  assert.ok(takenUpAfter < 60_000, `after ${takenUpAfter} ms; the lease is 5 seconds`)
  const { data } = await s.get(s.b, path.replace(/runs\/.*/, 'messages?order=asc'))
  assert.deepEqual(
    data.map(({ content }: { content: { text: { value: string } }[] }) => content[0]?.text.value),
    ['Hello', 'B answers'],
  )
})

test('a server that was frozen past its lease cannot write the run any more', async () => {
  await using s = await pair([endless])
  const { path } = await s.runOnA()
  let frozen: Promise<void> | undefined
  const seen = await s.follow(s.b, path, (event) => {
    if (event.event === 'thread.message.delta') frozen ??= s.freezeA()
    return isOver(event)
  })
  assert.equal(seen.at(-1)?.event, 'thread.run.completed')
  await frozen
  s.a.signal('SIGCONT')
  // A's model still speaks; A has let go of the run when it leaves its model.
  await until(async () => s.modelOfA.aborted === 1)
  assert.deepEqual(await s.follow(s.a, path), seen)
  const { data } = await s.get(s.a, path.replace(/runs\/.*/, 'messages?order=asc'))
  assert.equal(data.length, 2)
  assert.equal(data[1].content[0].text.value, 'B answers')
})

test('a reader of a server that was frozen hears what the other server wrote', async () => {
  await using s = await pair([endless])
  const { path } = await s.runOnA()
  const listening = s.follow(s.a, path)
  let frozen: Promise<void> | undefined
  await s.follow(s.b, path, (event) => {
    if (event.event === 'thread.message.delta') frozen ??= s.freezeA()
    return isOver(event)
  })
  await frozen
  s.a.signal('SIGCONT')
  assert.deepEqual(await listening, await s.follow(s.b, path))
})

test('who streams from a server that was frozen, or resumes at it, is shown every event once', async () => {
  await using s = await pair([endless], [slow])
  const attended = reading(await s.responseOnA({}))
  const first = reading(await s.responseOnA({ background: true }))
  const { path } = await s.runOnA()
  for (const { seen } of [attended, first]) await until(async () => seen.some(isDelta))
  const responsePath = `/v1/responses/${first.seen[0]?.data.response.id}?stream=true`
  let frozen: Promise<void> | undefined
  const seenOfRun = await s.follow(s.b, path, (event) => {
    if (isDelta(event)) frozen ??= s.freezeA()
    return isDelta(event) && place(event.id).attempt > 1
  })
  await frozen
  const seenOfResponse: SeenEvent[] = []
  for await (const event of streamed(await call(s.b.url + responsePath, 'GET'))) {
    seenOfResponse.push(event)
    if (isDelta(event) && seenOfResponse.some(({ event: name }) => name.endsWith('output_item.done'))) break
  }
  // The requests wait until the server goes on, which then says what its model has said meanwhile.
  const lastOfRun = { 'last-event-id': seenOfRun.at(-1)?.id ?? '' }
  const resumed = [
    call(`${s.a.url}/v1${path}/stream`, 'GET', undefined, lastOfRun),
    call(`${s.a.url}${responsePath}&starting_after=${seenOfResponse.length - 1}`, 'GET'),
  ] as const
  s.a.signal('SIGCONT')
  for await (const event of streamed(await resumed[0])) if (event.event !== 'done') seenOfRun.push(event)
  for await (const event of streamed(await resumed[1])) seenOfResponse.push(event)
  await Promise.all([attended.ended, first.ended])

  assert.equal(seenOfRun.at(-1)?.event, 'thread.run.completed')
  assert.deepEqual(seenOfRun, await s.follow(s.b, path))
  for (const seen of [seenOfResponse, first.seen, attended.seen]) {
    assert.equal(seen.at(-1)?.event, 'response.completed')
    assert.deepEqual(
      seen.map(({ data }) => data.sequence_number),
      [...seen.keys()],
    )
  }
  assert.deepEqual(first.seen, seenOfResponse)
  const log = `/responses/${attended.seen[0]?.data.response.id}/events`
  const kept = (events: { event: string; data: object }[]) =>
    events.flatMap((one) => (isDelta(one) ? [] : [{ ...one.data, sequence_number: undefined }]))
  assert.deepEqual(kept(attended.seen), kept(await s.all(s.b, log)))
})

/** What has come of a stream so far, and its end. */
function reading(stream: AsyncIterable<SeenEvent>) {
  const seen: SeenEvent[] = []
  const ended = (async () => {
    for await (const event of stream) seen.push(event)
  })()
  return { seen, ended }
}

const isDelta = ({ event }: { event: string }) => /(\.delta|part\.added)$/.test(event)
