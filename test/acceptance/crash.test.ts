import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { eventsBeforeLast } from '../event-rows.ts'
import { startFakeUpstream, type FakeChatRequest, type FakeReply } from '../fake-upstream.ts'
import type { SeenEvent } from '../runs.ts'
import { call, json, startServer, streamed, temporaryFolder, type ServerProcess } from './child.ts'
import { dice, isOver, take, textOfDeltas } from './reader.ts'

const kills = Number(process.env['CRASH_KILLS'] ?? 50)
/** To play a failure again: CRASH_SEED=... node --test test/acceptance/crash.test.ts */
const seed = Number(process.env['CRASH_SEED'] ?? randomInt(2 ** 31))
const clients = 6
const attachers = 12

/** A run as its client knows it. */
interface KnownRun {
  id: string
  threadId: string
  seen: SeenEvent[]
  /** Acknowledged: what the functions gave, by call. */
  outputs: Map<string, string>
  /** The answer to an acknowledged cancel showed that it will not complete. */
  cancelled: boolean
}

/** A new thread is shown without what a thread that is read has (as recorded). */
const shownOnce = { tool_resources: undefined }

/** The connection broke because the server was killed: nobody knows what became of the request. */
class Killed extends Error {}

test('a server killed again and again keeps what it acknowledged', { timeout: 600_000 }, async (t) => {
  t.diagnostic(`CRASH_SEED=${seed} CRASH_KILLS=${kills}`)
  const random = dice(seed)
  const chance = (percent: number) => random(100) < percent

  /** Every whole answer that the model gave. */
  const answers = new Set<string>()
  await using upstream = await startFakeUpstream({
    record: false,
    reply(request: FakeChatRequest, index): FakeReply {
      const calls = request.tools !== undefined && request.messages.at(-1)?.role === 'user'
      const pace = { firstTokenMs: random(30), tokenMs: 5 + random(25) }
      if (calls) {
        const toolCalls = [1, 2].slice(0, 1 + random(2)).map((n) => ({
          name: 'look',
          arguments: JSON.stringify({ n, of: index }),
        }))
        return { ...pace, tokens: chance(20) ? ['Let me look. '] : [], toolCalls }
      }
      const tokens = Array.from({ length: 3 + random(30) }, (_, at) => `${index}.${at} `)
      answers.add(tokens.join(''))
      return { ...pace, tokens }
    },
  })
  using folder = temporaryFolder()
  const env = { OPENAI_BASE_URL: `${upstream.url}/v1` }

  let up = Promise.withResolvers<ServerProcess>()
  let server = await startServer(folder.path, env)
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => server.kill())
  up.resolve(server)
  const killed = new WeakSet<ServerProcess>()

  /** Calls of every part of the server that ends by an error of its own, or by itself, fail the test. */
  async function ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<Response> {
    const asked = await up.promise
    const response = await orKilled(asked, call(`${asked.url}${path}`, method, body, headers))
    if (response.status >= 500)
      assert.fail(`${method} ${path}: ${await response.text()}\n${asked.stderr.slice(-2_000)}`)
    const content = response.body?.getReader()
    const chunks = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const next = await orKilled(asked, content?.read())
        if (!next || next.done) controller.close()
        else controller.enqueue(next.value)
      },
      cancel: (reason) => content?.cancel(reason),
    })
    return new Response(chunks, response)
  }
  async function orKilled<T>(asked: ServerProcess, answer: T | Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      if (killed.has(asked)) throw new Killed()
      throw new Error(`the server broke a connection: ${asked.stderr.slice(-2_000)}`, { cause: error })
    }
  }

  /** What was acknowledged: where it is found, and how it looks there. */
  const acknowledged = new Map<string, object>()
  /** A change whose answer may have been lost: it is there or it is not. */
  const attempted = new Map<string, object>()
  const contents = new Map<string, string>()
  const deleted: string[] = []
  async function acknowledge(path: string, body: object, found = path) {
    const response = await ask('POST', path, body)
    const object = await json(response)
    assert.equal(response.status, 200, `POST ${path}: ${JSON.stringify(object)}`)
    acknowledged.set(found === path && path.includes(object.id) ? path : `${found}/${object.id}`, object)
    return object
  }

  const runs = new Map<string, KnownRun>()
  const stranded: KnownRun[] = []
  let heard = 0

  async function listen(run: KnownRun, response: Response, onEvent?: (event: SeenEvent) => void) {
    assert.equal(response.status, 200)
    for await (const event of streamed(response)) {
      if (event.event === 'done') return
      take(run.seen, event)
      heard++
      if (run.id === '') {
        run.id = event.data.id
        runs.set(run.id, run)
      }
      onEvent?.(event)
    }
    assert.fail(`the stream of ${run.id} ended without done`)
  }

  /** Leads a run to its end, however often its stream breaks or its server dies in between. */
  async function lead(run: KnownRun): Promise<void> {
    const path = `/v1/threads/${run.threadId}/runs/${run.id}`
    for (;;) {
      const last = run.seen.at(-1)
      if (last && isOver(last)) return
      if (last?.event === 'thread.run.requires_action') {
        const outputs = new Map<string, string>()
        for (const { id } of last.data.required_action.submit_tool_outputs.tool_calls)
          outputs.set(id, `found ${random(1_000)}`)
        const tool_outputs = [...outputs].map(([tool_call_id, output]) => ({ tool_call_id, output }))
        const response = await ask('POST', `${path}/submit_tool_outputs`, { tool_outputs, stream: true })
        if (response.status === 200) {
          run.outputs = outputs
          await listen(run, response)
          continue
        }
        // The submission whose answer was lost had arrived.
        const refusal = await response.text()
        assert.match(refusal, /Runs in status .* do not accept tool outputs/)
      }
      const place: Record<string, string> = last ? { 'last-event-id': last.id } : {}
      await listen(run, await ask('GET', `${path}/stream`, undefined, place))
    }
  }

  async function converse(assistants: { id: string }[]): Promise<void> {
    const n = random(1_000_000)
    const thread = await acknowledge('/v1/threads', {
      messages: [{ role: 'user', content: `Hello ${n}` }],
      metadata: { n: String(n) },
    })
    const messages = `/v1/threads/${thread.id}/messages`
    const message = await acknowledge(messages, { role: 'user', content: `Look at ${n}` })
    if (chance(30)) {
      const change = { metadata: { again: String(n) } }
      attempted.set(`${messages}/${message.id}`, change)
      await acknowledge(`${messages}/${message.id}`, change)
    }
    if (chance(20)) await keepFile(n)
    const assistant = assistants[random(assistants.length)]
    const run: KnownRun = { id: '', threadId: thread.id, seen: [], outputs: new Map(), cancelled: false }
    const cancelAt = chance(10) ? 1 + random(8) : Infinity
    let deltas = 0
    let cancelling = Promise.resolve()
    try {
      const body = { assistant_id: assistant?.id, stream: true, metadata: { n: String(n) } }
      const response = await ask('POST', `/v1/threads/${thread.id}/runs`, body)
      await listen(run, response, ({ event }) => {
        if (event === 'thread.message.delta' && ++deltas === cancelAt) cancelling = cancel(run)
      })
      await lead(run)
    } catch (error) {
      if (run.id !== '') stranded.push(run)
      throw error
    } finally {
      await cancelling
    }
  }

  async function cancel(run: KnownRun): Promise<void> {
    try {
      const response = await ask('POST', `/v1/threads/${run.threadId}/runs/${run.id}/cancel`, {})
      const { status } = await json(response)
      run.cancelled ||= status === 'cancelling' || status === 'cancelled'
    } catch (error) {
      if (!(error instanceof Killed)) throw error
    }
  }

  async function keepFile(n: number): Promise<void> {
    const form = new FormData()
    form.set('purpose', 'assistants')
    form.set('file', new File([`content ${n}`], `${n}.txt`))
    const file = await acknowledge('/v1/files', form)
    contents.set(`/v1/files/${file.id}/content`, `content ${n}`)
    if (chance(50)) return
    contents.delete(`/v1/files/${file.id}/content`)
    acknowledged.delete(`/v1/files/${file.id}`)
    const response = await ask('DELETE', `/v1/files/${file.id}`)
    assert.equal((await json(response)).deleted, true)
    deleted.push(`/v1/files/${file.id}`)
  }

  const look = { type: 'function', function: { name: 'look', parameters: { type: 'object' } } }
  const assistants = [
    await acknowledge('/v1/assistants', { model: 'fake', instructions: 'Talk.' }),
    await acknowledge('/v1/assistants', { model: 'fake', tools: [look] }),
  ]

  let crashing = true
  const failures: unknown[] = []
  const untilKilled = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof Killed)) failures.push(error)
    }
  }
  const loop = async (more: () => boolean, work: () => Promise<void>) => {
    while (more() && failures.length === 0) await untilKilled(work)
  }
  const talking = Array.from({ length: clients }, () =>
    loop(
      () => crashing,
      () => converse(assistants),
    ),
  )
  const attaching = Array.from({ length: attachers }, () =>
    loop(
      () => crashing,
      async () => {
        const [run] = stranded.splice(random(stranded.length), 1)
        if (!run) return pause(10)
        try {
          await lead(run)
        } catch (error) {
          stranded.push(run)
          throw error
        }
      },
    ),
  )

  for (let kill = 0; kill < kills && failures.length === 0; kill++) {
    // From at once to a few seconds: so many events more, small numbers as often as large ones.
    const enough = heard + (chance(10) ? 0 : Math.round(2 ** (random(1_000) / 100)))
    const deadline = Date.now() + 120_000
    while (heard < enough && failures.length === 0) {
      assert.ok(Date.now() < deadline, `nothing was heard after kill ${kill}: ${server.stderr}`)
      await pause(1)
    }
    up = Promise.withResolvers()
    killed.add(server)
    await server.kill()
    server = await startServer(folder.path, env)
    up.resolve(server)
  }
  crashing = false
  await Promise.all([...talking, ...attaching])
  if (failures.length > 0) throw failures[0]

  // Nobody was told of these: their creation was lost with the server, but not in it.
  using database = new DatabaseSync(join(folder.path, 'threadmill.db'), { readOnly: true })
  let untold = 0
  for (const row of database.prepare('select id, thread_id from runs').all()) {
    const id = String(row['id'])
    if (runs.has(id)) continue
    const run: KnownRun = {
      id,
      threadId: String(row['thread_id']),
      seen: [],
      outputs: new Map(),
      cancelled: false,
    }
    runs.set(id, run)
    stranded.push(run)
    untold++
  }
  await Promise.all(stranded.map(lead))

  for (const [path, object] of acknowledged) {
    const response = await ask('GET', path)
    const found = { ...(await json(response)), ...shownOnce }
    const changed = { ...object, ...attempted.get(path), ...shownOnce }
    if (!isDeepStrictEqual(found, changed)) assert.deepEqual(found, { ...object, ...shownOnce }, path)
  }
  for (const [path, text] of contents) assert.equal(await (await ask('GET', path)).text(), text)
  for (const path of deleted) assert.equal((await ask('GET', path)).status, 404)

  let takenUpAgain = 0
  let withFunctions = 0
  for (const { id, threadId, seen, outputs, cancelled } of runs.values()) {
    const path = `/v1/threads/${threadId}/runs/${id}`
    const replay: SeenEvent[] = []
    for await (const event of streamed(await ask('GET', `${path}/stream`))) {
      if (event.event === 'done') break
      take(replay, event)
    }
    assert.deepEqual(seen, replay, `what the client of ${id} saw is not what happened`)
    if (replay.some(({ event }) => event === 'thread.run.step.failed')) takenUpAgain++

    const run = await json(await ask('GET', path))
    const last = replay.at(-1)
    assert.equal(last?.event, `thread.run.${run.status}`)
    assert.equal(replay.filter(isOver).length, 1)
    const steps = (await json(await ask('GET', `${path}/steps?order=asc&limit=100`))).data
    assert.ok(steps.every(({ status }: { status: string }) => status !== 'in_progress'))
    const all = await json(await ask('GET', `/v1/threads/${threadId}/messages?run_id=${id}&limit=100`))
    if (run.status === 'cancelled') continue
    assert.equal(run.status, 'completed', JSON.stringify(run.last_error))
    assert.ok(!cancelled, `the acknowledged cancel of ${id} was forgotten`)

    const spoken = all.data.filter(
      ({ content }: { content: { text: { value: string } }[] }) => content[0]?.text.value !== 'Let me look. ',
    )
    assert.equal(spoken.length, 1, `${id} has ${spoken.length} final answers`)
    const [answer] = spoken
    const text = answer.content[0].text.value
    assert.equal(answer.status, 'completed')
    assert.ok(answers.has(text), `the answer of ${id} is not one whole answer of the model: ${text}`)
    assert.equal(textOfDeltas(seen, answer.id), text)
    assert.equal(steps.at(-1).status, 'completed')
    assert.deepEqual(steps.at(-1).step_details.message_creation, { message_id: answer.id })

    const given = new Map<string, string>()
    for (const { status, step_details } of steps) {
      if (status !== 'completed' || step_details.type !== 'tool_calls') continue
      for (const { id: callId, function: called } of step_details.tool_calls) given.set(callId, called.output)
    }
    if (given.size > 0) withFunctions++
    for (const [callId, output] of outputs) assert.equal(given.get(callId), output)
  }

  server.signal('SIGTERM')
  assert.deepEqual(await server.exited, { code: 0, signal: null })
  const rows = (sql: string) => database.prepare(sql).all()
  assert.deepEqual(rows('pragma integrity_check'), [{ __proto__: null, integrity_check: 'ok' }])
  assert.deepEqual(rows('pragma foreign_key_check'), [])
  assert.deepEqual(rows('select id from runs where finished_at is null or lease_owner is not null'), [])
  assert.deepEqual(
    rows(
      `select id from runs join run_log on run = runs.seq and run_log.seq > 0 group by id
       having min(run_log.seq - ${eventsBeforeLast}) <> 1 or max(run_log.seq) <> sum(1 + ${eventsBeforeLast})
       or max(run_log.seq) <> last_event`,
    ),
    [],
  )
  t.diagnostic(
    `${kills} kills, ${runs.size} runs, ${takenUpAgain} taken up again within a step, ` +
      `${withFunctions} with functions, ${untold} untold, ${acknowledged.size} objects, ${heard} events`,
  )
  assert.ok(runs.size > kills && takenUpAgain > kills / 5 && withFunctions > kills / 5)
})
