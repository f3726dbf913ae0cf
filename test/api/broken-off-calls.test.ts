import { callStep, messageStep, runBegins, runCompletes, stepBegins } from '../run-orders.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scripted, type ScriptedTurn } from '../../src/models/scripted.ts'
import type { OwnToolCall } from '../../src/tools/own-tool.ts'
import { executeSql, order, readEvents, type SeenEvent } from '../runs.ts'
import { startTestServer } from '../server.ts'

const busy = { status: 503, message: 'busy', retryAfterMs: 1 }
const throwDice: ScriptedTurn = { toolCalls: [{ name: 'dice', arguments: { sides: 6 } }] }
const look = { type: 'function', function: { name: 'look' } } as const

/** A server with a tool of its own that a test runs, and a thread in which the user said something. */
async function createFixture(script: ScriptedTurn[], run: (call: OwnToolCall) => Promise<string> | string) {
  const model = scripted(script)
  const dice = { type: 'dice', description: 'Throws a dice.', parameters: { type: 'object' }, run }
  const server = await startTestServer({ models: { scripted: model }, tools: [dice] })
  const { assistants, threads } = server.client.beta
  const tools = [{ type: 'dice' } as never, look]
  const assistant = await assistants.create({ model: 'scripted', tools })
  const thread = await threads.create({ messages: [{ role: 'user', content: 'Throw it' }] })
  return {
    ...server,
    model,
    threads,
    thread,
    async stream(path = '', body: object = { assistant_id: assistant.id }) {
      const response = await fetch(`${server.url}/v1/threads/${thread.id}/runs${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, stream: true }),
      })
      assert.equal(response.status, 200)
      return readEvents(response)
    },
    async steps(runId: string) {
      const { data } = await threads.runs.steps.list(runId, { thread_id: thread.id, order: 'asc' })
      return data.map(({ status, step_details, last_error, usage }) => ({
        status,
        usage,
        error: last_error?.message,
        calls: step_details.type === 'tool_calls' ? step_details.tool_calls.map(shown) : undefined,
      }))
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** A call without its id, which differs. */
function shown(call: object) {
  const { id: _id, ...rest } = call as { id: string }
  return rest as object
}

const runOf = (events: SeenEvent[]) => events[0]?.data.id as string
const rolesOf = (prompt: { role: string }[] | undefined) => prompt?.map(({ role }) => role).join(' ')

test('a call whose provider breaks off is never run, and the model calls again', async () => {
  const given: unknown[] = []
  await using s = await createFixture(
    [{ text: 'I throw.', ...throwDice, error: busy }, throwDice, { text: 'A 4.' }],
    (call) => {
      given.push(call.arguments)
      return 'You threw a 4.'
    },
  )
  const events = await s.stream()
  assert.deepEqual(order(events), [
    ...runBegins,
    ...messageStep,
    ...stepBegins,
    'thread.run.step.delta',
    'thread.run.step.failed',
    ...callStep,
    ...messageStep,
    ...runCompletes,
  ])
  assert.deepEqual(given, [{ sides: 6 }])
  const steps = await s.steps(runOf(events))
  assert.deepEqual(
    steps.map(({ status, error, calls }) => [status, error, calls]),
    [
      ['completed', undefined, undefined],
      ['failed', steps[1]?.error, [{ type: 'dice', dice: { arguments: '{"sides":6}', output: null } }]],
      [
        'completed',
        undefined,
        [{ type: 'dice', dice: { arguments: '{"sides":6}', output: 'You threw a 4.' } }],
      ],
      ['completed', undefined, undefined],
    ],
  )
  assert.match(steps[1]?.error ?? '', /busy/)
  // The call that broke off was never made: no model is told of it, in this run or in a later one.
  assert.deepEqual(
    s.model.calls.map(({ prompt }) => rolesOf(prompt)),
    ['user', 'user assistant user', 'user assistant tool'],
  )
})

test('a call of a function whose provider breaks off asks nothing of the caller', async () => {
  const looks: ScriptedTurn = { toolCalls: [{ name: 'look', arguments: { at: 'it' } }] }
  await using s = await createFixture([{ ...looks, error: busy }, looks, { text: 'Seen.' }], () => '')
  const first = await s.stream()
  const { required_action } = first.at(-2)?.data
  const [call, ...more] = required_action.submit_tool_outputs.tool_calls
  assert.deepEqual(more, [])
  const second = await s.stream(`/${runOf(first)}/submit_tool_outputs`, {
    tool_outputs: [{ tool_call_id: call.id, output: 'seen' }],
  })
  assert.deepEqual(order(second).slice(0, 3), [
    'thread.run.step.completed',
    'thread.run.queued',
    'thread.run.in_progress',
  ])
  assert.equal(order(second).at(-2), 'thread.run.completed')
  const steps = await s.steps(runOf(first))
  assert.deepEqual(
    steps.map(({ status }) => status),
    ['failed', 'completed', 'completed'],
  )
  assert.deepEqual(
    s.model.calls.map(({ prompt }) => rolesOf(prompt)),
    ['user', 'user', 'user assistant tool'],
  )
})

test('two attempts that break off with open calls end the run, its usage without them', async () => {
  await using s = await createFixture(
    [
      { ...throwDice, error: busy },
      { ...throwDice, error: busy },
    ],
    () => assert.fail('it is not run'),
  )
  const events = await s.stream()
  const { status, last_error, usage } = events.at(-2)?.data
  assert.deepEqual([status, usage.total_tokens], ['failed', 0])
  assert.match(last_error.message, /busy/)
  const steps = await s.steps(runOf(events))
  assert.deepEqual(
    steps.map((step) => step.status),
    ['failed', 'failed'],
  )
})

for (const heeds of [true, false]) {
  const how = heeds ? 'heeds its signal' : 'heeds nothing'
  test(`a run that expires while a tool runs that ${how} ends with what was shown, and its thread is free`, async () => {
    const entered = Promise.withResolvers<OwnToolCall>()
    const late = Promise.withResolvers<string>()
    await using s = await createFixture([throwDice, { text: 'Again' }], (call) => {
      entered.resolve(call)
      call.show('rolling')
      if (heeds) call.signal.addEventListener('abort', () => late.reject(new Error('stopped')))
      return late.promise
    })
    const streaming = s.stream()
    const { runId, signal, show } = await entered.promise
    await executeSql(s, 'update runs set expires_at = 1 where id = ?', runId)
    const events = await streaming
    assert.deepEqual(order(events).slice(-4), [
      'thread.run.step.delta',
      'thread.run.step.expired',
      'thread.run.expired',
      'done',
    ])
    assert.equal(signal.aborted, true)
    show(' on')
    late.resolve('rolling: a 4')
    const { last_error, usage } = events.at(-2)?.data
    assert.match(last_error.message, /expired before its tools had ended/)
    const [step] = await s.steps(runId)
    assert.deepEqual(step?.calls, [{ type: 'dice', dice: { arguments: '{"sides":6}', output: 'rolling' } }])
    // The model turn was over, and has cost what it has cost.
    assert.ok(usage.total_tokens > 0)
    assert.deepEqual(step?.usage, usage)
    await s.threads.messages.create(s.thread.id, { role: 'user', content: 'Go on' })
    const next = (await s.stream()).at(-2)?.data
    assert.equal(next.status, 'completed')
  })
}

for (const heeds of [true, false]) {
  const how = heeds ? 'heeds its signal' : 'heeds nothing'
  test(`a thread that is deleted while a tool runs that ${how} ends its run, and the server closes`, async () => {
    const entered = Promise.withResolvers<OwnToolCall>()
    const late = Promise.withResolvers<string>()
    await using s = await createFixture([throwDice], (call) => {
      entered.resolve(call)
      call.show('rolling')
      if (heeds) call.signal.addEventListener('abort', () => late.reject(new Error('stopped')))
      return late.promise
    })
    const streaming = s.stream()
    const { runId, signal } = await entered.promise
    await s.threads.delete(s.thread.id)
    const events = await streaming
    assert.deepEqual(order(events).slice(-3), ['thread.run.step.cancelled', 'thread.run.cancelled', 'done'])
    assert.equal(signal.aborted, true)
    await assert.rejects(s.threads.runs.retrieve(runId, { thread_id: s.thread.id }), { status: 404 })
  })
}
