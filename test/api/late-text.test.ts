import { messageStep } from '../run-orders.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { call, done, event, say, startRawUpstream, textOf } from '../raw-upstream.ts'
import { addTrigger, executeSql, order, readEvents, until } from '../runs.ts'

const functions = ['f', 'g'].map((name) => ({ type: 'function' as const, function: { name } }))
const late = call(0, 'a', 'f', '{}') + event({ content: 'I have asked.' }) + event({}, 'tool_calls') + done

test('what a model says after calls of functions is said when their outputs are there', async () => {
  await using s = await startRawUpstream(
    (response, _, index) => void response.end(index === 0 ? late : say('All is well.')),
  )
  const { run, thread } = await s.run({}, { tools: functions })
  const { threads } = s.client.beta
  const [called] = run.required_action?.submit_tool_outputs.tool_calls ?? []
  const stream = threads.runs.submitToolOutputsStream(run.id, {
    thread_id: thread.id,
    tool_outputs: [{ tool_call_id: called?.id ?? '', output: 'fine' }],
  })
  const said: string[] = []
  stream.on('textDone', ({ value }) => void said.push(value))
  assert.equal((await stream.finalRun()).status, 'completed')
  assert.deepEqual(said, ['I have asked.', 'All is well.'])
  const messages = (s.requests[1]?.['messages'] as { role: string; content: string }[]).slice(1)
  assert.deepEqual(
    messages.map(({ role, content }) => [role, content]),
    [
      ['assistant', 'I have asked.'],
      ['tool', 'fine'],
    ],
  )
})

test('what a model says after its own calls is written together with their end', async () => {
  const stream = late.replace('"f"', '"made_up"')
  await using s = await startRawUpstream(
    (response, _, index) => void response.end(index === 0 ? stream : say('All is well.')),
  )
  const { messages, steps } = await s.run({}, { tools: functions })
  assert.deepEqual(messages.map(textOf), [['I have asked.'], ['All is well.']])
  assert.deepEqual(
    steps.map(({ type, status }) => [type, status]),
    [
      ['tool_calls', 'completed'],
      ['message_creation', 'completed'],
      ['message_creation', 'completed'],
    ],
  )
})

test('what a model says after its own calls is written with their end or with the end of the run', async () => {
  const stream = late.replace('"f"', '"made_up"')
  await using s = await startRawUpstream((response) => void response.end(stream))
  await addTrigger(s, {
    name: 'no_message',
    on: 'before insert on messages',
    when: "new.body like '%I have asked%' and exists (select 1 from run_steps where status = 'completed')",
    does: { refuse: 'the process died here' },
  })
  const { steps, messages } = await s.run({}, { tools: functions })
  assert.deepEqual(
    steps.map(({ status }) => status),
    ['failed', 'completed'],
  )
  assert.deepEqual(messages.map(textOf), [['I have asked.']])
})

/** A run that has said something beside its calls and waits for their outputs. */
async function waitingRun(stream = late) {
  const s = await startRawUpstream((response) => void response.end(stream))
  const { run, thread } = await s.run({}, { tools: functions })
  assert.equal(run.status, 'requires_action')
  const { threads } = s.client.beta
  return {
    ...s,
    run: run.id,
    thread: thread.id,
    async ended(): Promise<string> {
      const { status } = await threads.runs.poll(run.id, { thread_id: thread.id })
      return status
    },
    /** What the assistant has said, each message with its status and why it is not whole. */
    async said() {
      const { data } = await threads.messages.list(thread.id, { order: 'asc' })
      return data
        .slice(1)
        .map((one) => [textOf(one)?.join(''), one.status, one.incomplete_details?.reason ?? null])
    },
    async events() {
      const path = `/v1/threads/${thread.id}/runs/${run.id}/stream`
      const headers = { authorization: `Bearer ${s.apiKey}` }
      return readEvents(await fetch(s.url + path, { headers }))
    },
    [Symbol.asyncDispose]: () => s[Symbol.asyncDispose](),
  }
}

test('what a model said beside calls is kept when the run is cancelled while it waits for their outputs', async () => {
  await using s = await waitingRun()
  await s.client.beta.threads.runs.cancel(s.run, { thread_id: s.thread })
  assert.equal(await s.ended(), 'cancelled')
  assert.deepEqual(await s.said(), [['I have asked.', 'completed', null]])
  // The step of the calls is closed before the next one opens, as clients that put steps together want it.
  assert.deepEqual(order(await s.events()).slice(-12), [
    'thread.run.requires_action',
    'thread.run.cancelling',
    'thread.run.step.cancelled',
    ...messageStep,
    'thread.run.cancelled',
    'done',
  ])
})

test('what a model said beside calls is kept when nobody sends their outputs in time', async () => {
  await using s = await waitingRun(
    call(0, 'a', 'f', '{}') +
      call(1, 'b', 'g', '{}') +
      event({ content: 'Ask f, ' }) +
      event({ content: 'then g.' }) +
      event({}, 'tool_calls') +
      done,
  )
  await executeSql(s, 'update runs set expires_at = 1 where id = ?', s.run)
  assert.equal(await until(async () => (await s.ended()) === 'expired' && 'expired'), 'expired')
  assert.deepEqual(await s.said(), [['Ask f, then g.', 'completed', null]])
})

test('a refusal beside calls is kept as what it is', async () => {
  const stream = late.replace('"content"', '"refusal"')
  await using s = await waitingRun(stream)
  await s.client.beta.threads.runs.cancel(s.run, { thread_id: s.thread })
  const { data } = await s.client.beta.threads.messages.list(s.thread)
  assert.deepEqual(data[0]?.content, [{ type: 'refusal', refusal: 'I have asked.' }])
})

test('what a model said beside calls is known to the next run after it was cancelled', async () => {
  await using s = await startRawUpstream(
    (response, _, index) => void response.end(index === 0 ? late : say('As you like.')),
  )
  const { run, thread, assistant } = await s.run({}, { tools: functions })
  await s.client.beta.threads.runs.cancel(run.id, { thread_id: thread.id })
  await s.client.beta.threads.messages.create(thread.id, { role: 'user', content: 'Never mind.' })
  await s.client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
  const prompt = s.requests[1]?.['messages'] as { role: string; content: string }[]
  assert.deepEqual(
    prompt.map(({ role, content }) => [role, content]),
    [
      ['user', 'Hello'],
      ['assistant', 'I have asked.'],
      ['user', 'Never mind.'],
    ],
  )
})

for (const [finish, reason, inMessage] of [
  ['length', 'max_completion_tokens', 'max_tokens'],
  ['content_filter', 'content_filter', 'content_filter'],
] as const) {
  test(`what a model says after a call is kept when its answer ends there by ${finish}`, async () => {
    const stream = call(0, 'a', 'f', '{}') + event({ content: 'I have a' }) + event({}, finish) + done
    await using s = await startRawUpstream((response) => void response.end(stream))
    const { run, messages } = await s.run({}, { tools: functions })
    assert.deepEqual(run.incomplete_details, { reason })
    assert.deepEqual(messages.map(textOf), [['I have a']])
    assert.equal(messages[0]?.status, 'incomplete')
    assert.deepEqual(messages[0]?.incomplete_details, { reason: inMessage })
  })
}

test('what a model has said between calls when the run is cancelled in its turn is kept as broken off', async () => {
  const stream = call(0, 'a', 'f', '{}') + event({ content: 'I have a' }) + call(1, 'b', 'g', '{}')
  await using s = await startRawUpstream((response) => void response.write(stream))
  const { threads } = s.client.beta
  const assistant = await s.client.beta.assistants.create({ model: 'tiny', tools: functions })
  const thread = await threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  let called = 0
  const bothCalled = Promise.withResolvers<string>()
  const reading = threads.runs
    .stream(thread.id, { assistant_id: assistant.id })
    .on('toolCallCreated', () => void (++called === 2 && bothCalled.resolve('')))
  await bothCalled.promise
  const run = reading.currentRun()?.id ?? ''
  await threads.runs.cancel(run, { thread_id: thread.id })
  await reading.done()
  const { data } = await threads.messages.list(thread.id)
  assert.deepEqual(
    [textOf(data[0]), data[0]?.incomplete_details],
    [['I have a'], { reason: 'run_cancelled' }],
  )
  const steps = await threads.runs.steps.list(run, { thread_id: thread.id, order: 'asc' })
  assert.deepEqual(
    steps.data.map(({ type, status }) => [type, status]),
    [
      ['tool_calls', 'cancelled'],
      ['message_creation', 'cancelled'],
    ],
  )
})
