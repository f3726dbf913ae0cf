import { messageStep, runBegins, runCompletes, stepBegins } from '../run-orders.ts'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { order, readEvents, createRunFixture, until, type SeenEvent } from '../runs.ts'

const names = (events: SeenEvent[]) => events.map(({ event }) => event)
const last = (events: SeenEvent[], name: string) => events.findLast(({ event }) => event === name)?.data

test('a plain answer streams in the recorded order, its first delta with annotations and later ones without', async () => {
  await using s = await createRunFixture([{ text: ['Fil', 'ip', '.'], usage: { input: 11, output: 3 } }])
  const events = await s.stream()
  assert.deepEqual(names(events), [
    'thread.run.created',
    'thread.run.queued',
    'thread.run.in_progress',
    'thread.run.step.created',
    'thread.run.step.in_progress',
    'thread.message.created',
    'thread.message.in_progress',
    'thread.message.delta',
    'thread.message.delta',
    'thread.message.delta',
    'thread.message.completed',
    'thread.run.step.completed',
    'thread.run.completed',
    'done',
  ])
  const deltas = events
    .filter(({ event }) => event === 'thread.message.delta')
    .map(({ data }) => data.delta.content)
  assert.deepEqual(deltas, [
    [{ index: 0, type: 'text', text: { value: 'Fil', annotations: [] } }],
    [{ index: 0, type: 'text', text: { value: 'ip' } }],
    [{ index: 0, type: 'text', text: { value: '.' } }],
  ])
  const [created, queued, started] = events
  assert.deepEqual(created?.data, queued?.data)
  assert.equal(created?.data.status, 'queued')
  assert.equal(created?.data.started_at, null)
  assert.equal(started?.data.status, 'in_progress')
  assert.equal(typeof started?.data.started_at, 'number')
  assert.equal(last(events, 'thread.run.step.created').usage, null)
  assert.equal(last(events, 'thread.message.created').status, 'in_progress')
  assert.deepEqual(last(events, 'thread.message.created').content, [])
  assert.equal(last(events, 'thread.message.completed').content[0].text.value, 'Filip.')
  const step = last(events, 'thread.run.step.completed')
  assert.equal(step.usage.total_tokens, 14)
  assert.equal(step.expires_at, created?.data.expires_at)
  const run = last(events, 'thread.run.completed')
  assert.equal(run.expires_at, null)
  assert.equal(run.usage.total_tokens, 14)
  assert.equal(events.at(-1)?.data, '[DONE]')
})

test('create-and-run streams thread.created first', async () => {
  await using s = await createRunFixture([{ text: 'Hi' }])
  const stream = await s.threads.createAndRun({
    assistant_id: s.assistant.id,
    thread: { messages: [{ role: 'user', content: 'Hello' }] },
    stream: true,
  })
  const seen = []
  for await (const { event } of stream) seen.push(event)
  assert.deepEqual(seen.slice(0, 2), ['thread.created', 'thread.run.created'])
  assert.equal(seen.at(-1), 'thread.run.completed')
})

test("the official client's stream helper gathers the message and the final run", async () => {
  await using s = await createRunFixture([{ text: ['Hello', ' you'] }])
  const stream = s.threads.runs.stream(s.thread.id, { assistant_id: s.assistant.id })
  let text = ''
  stream.on('textDelta', (delta) => (text += delta.value))
  const run = await stream.finalRun()
  const [message] = await stream.finalMessages()
  assert.equal(text, 'Hello you')
  assert.equal(run.status, 'completed')
  assert.equal(message?.content[0]?.type === 'text' && message.content[0].text.value, 'Hello you')
})

test('function calls pause the stream, and the stream of their outputs begins with the completed step', async () => {
  await using s = await createRunFixture(
    [
      {
        toolCalls: [
          { name: 'weather', arguments: { city: 'Paris' } },
          { name: 'weather', arguments: { city: 'Rome' } },
        ],
        usage: { input: 20, output: 8 },
      },
      { text: 'Sunny.', usage: { input: 30, output: 2 } },
    ],
    { tools: [{ type: 'function', function: { name: 'weather' } }] },
  )
  const first = await s.stream()
  assert.deepEqual(order(first), [
    ...runBegins,
    ...stepBegins,
    'thread.run.step.delta',
    'thread.run.requires_action',
    'done',
  ])
  assert.deepEqual(last(first, 'thread.run.step.created').step_details, {
    type: 'tool_calls',
    tool_calls: [],
  })
  const deltas = first
    .filter(({ event }) => event === 'thread.run.step.delta')
    .map(({ data }) => data.delta.step_details.tool_calls[0])
  const { id } = deltas[0]
  assert.deepEqual(deltas[0], {
    index: 0,
    id,
    type: 'function',
    function: { name: 'weather', arguments: '', output: null },
  })
  assert.deepEqual(deltas[1], {
    index: 0,
    type: 'function',
    function: { arguments: deltas[1].function.arguments },
  })
  assert.deepEqual([...new Set(deltas.map((call) => call.index))], [0, 1])

  const run = last(first, 'thread.run.requires_action')
  assert.equal(run.usage, null)
  const calls = run.required_action.submit_tool_outputs.tool_calls
  assert.deepEqual(
    calls.map((call: { function: unknown }) => call.function),
    [
      { name: 'weather', arguments: '{"city":"Paris"}' },
      { name: 'weather', arguments: '{"city":"Rome"}' },
    ],
  )
  const response = await fetch(`${s.url}/v1/threads/${s.thread.id}/runs/${run.id}/submit_tool_outputs`, {
    method: 'POST',
    headers: { authorization: `Bearer ${s.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      stream: true,
      tool_outputs: calls.map((call: { id: string }) => ({
        tool_call_id: call.id,
        output: `out ${call.id}`,
      })),
    }),
  })
  const second = await readEvents(response)
  assert.deepEqual(order(second), [
    'thread.run.step.completed',
    'thread.run.queued',
    'thread.run.in_progress',
    ...messageStep,
    ...runCompletes,
  ])
  const step = second[0]?.data
  assert.equal(step.step_details.tool_calls[1].function.output, `out ${calls[1].id}`)
  assert.equal(step.usage.total_tokens, 28)
  assert.equal(last(second, 'thread.run.completed').usage.total_tokens, 60)
})

test('a cancelled stream ends with the incomplete message, the cancelled step and the cancelled run', async () => {
  await using s = await createRunFixture([{ text: ['Once upon', ' a time'], hang: true }])
  const stream = s.threads.runs.stream(s.thread.id, { assistant_id: s.assistant.id })
  const seen: string[] = []
  let incomplete
  stream.on('event', ({ event, data }) => {
    if (event.endsWith('.delta') && seen.at(-1) !== event)
      void s.threads.runs.cancel(stream.currentRun()?.id ?? '', { thread_id: s.thread.id })
    if (event === 'thread.message.incomplete') incomplete = data
    if (seen.at(-1) !== event) seen.push(event)
  })
  const run = await stream.finalRun()
  assert.deepEqual(seen.slice(-5), [
    'thread.message.delta',
    'thread.run.cancelling',
    'thread.message.incomplete',
    'thread.run.step.cancelled',
    'thread.run.cancelled',
  ])
  assert.equal(run.status, 'cancelled')
  assert.equal(
    (incomplete as unknown as { incomplete_details: { reason: string } }).incomplete_details.reason,
    'run_cancelled',
  )
})

test('a run that reaches its token limit ends as incomplete, its step completed', async () => {
  await using s = await createRunFixture([{ text: 'Too long', finishReason: 'length' }])
  const events = await s.stream()
  assert.deepEqual(names(events).slice(-4), [
    'thread.message.incomplete',
    'thread.run.step.completed',
    'thread.run.incomplete',
    'done',
  ])
  assert.deepEqual(last(events, 'thread.message.incomplete').incomplete_details, { reason: 'max_tokens' })
  assert.deepEqual(last(events, 'thread.run.incomplete').incomplete_details, {
    reason: 'max_completion_tokens',
  })
  assert.equal(last(events, 'thread.run.incomplete').last_error, null)
})

test('a client that does not know the event of an incomplete run is told in the form of before', async () => {
  await using s = await createRunFixture(() => ({ text: 'Too long', finishReason: 'length' }))
  const authorization = `Bearer ${s.apiKey}`
  const run = await s.finish()
  const endFor = async (lang: string, version: string) => {
    const response = await fetch(`${s.url}/v1/threads/${s.thread.id}/runs/${run.id}/stream`, {
      headers: { authorization, 'x-stainless-lang': lang, 'x-stainless-package-version': version },
    })
    const { event, data } = (await readEvents(response)).at(-2) ?? { data: {} }
    assert.equal(data.status, 'incomplete')
    return event
  }
  for (const [lang, version] of [
    ['js', '4.104.0'],
    ['js', '5.1.0'],
    ['python', '1.30.5'],
  ] as const)
    assert.equal(await endFor(lang, version), 'thread.run.completed', `${lang} ${version}`)
  for (const [lang, version] of [
    ['js', '5.1.1'],
    ['js', '10.0.0'],
    ['python', '1.31.0'],
    ['python', '2.0.0'],
    ['java', '0.1.0'],
    ['js', 'unknown'],
  ] as const)
    assert.equal(await endFor(lang, version), 'thread.run.incomplete', `${lang} ${version}`)
})

test('an answer that breaks off is kept to its last letter', async () => {
  await using s = await createRunFixture([{ text: 'It is about boats', finishReason: 'length' }])
  const events = await s.stream()
  const deltas = events.filter(({ event }) => event === 'thread.message.delta')
  assert.equal(deltas.map(({ data }) => data.delta.content[0].text.value).join(''), 'It is about boats')
  assert.deepEqual(await s.texts(), ['Hello', 'It is about boats'])
})

test('a content filter ends the run as incomplete and says so', async () => {
  await using s = await createRunFixture([{ text: 'Well', finishReason: 'content-filter' }])
  const events = await s.stream()
  assert.deepEqual(last(events, 'thread.message.incomplete').incomplete_details, { reason: 'content_filter' })
  assert.deepEqual(last(events, 'thread.run.incomplete').incomplete_details, { reason: 'content_filter' })
})

test('a failing model ends the stream with the failed step and the failed run', async () => {
  await using s = await createRunFixture([
    { text: 'I was about', error: { status: 400, message: 'The prompt is bad.' } },
  ])
  const events = await s.stream()
  assert.deepEqual(names(events).slice(-4), [
    'thread.message.incomplete',
    'thread.run.step.failed',
    'thread.run.failed',
    'done',
  ])
  assert.deepEqual(last(events, 'thread.message.incomplete').incomplete_details, { reason: 'run_failed' })
  assert.match(last(events, 'thread.run.failed').last_error.message, /The prompt is bad/)
})

test('every event has an id, numbered without gaps', async () => {
  await using s = await createRunFixture([{ text: ['a', 'b', 'c'] }])
  const events = await s.stream()
  const numbers = events.filter(({ event }) => event !== 'done').map(({ id }) => Number(id.split('-')[1]))
  assert.deepEqual(
    numbers,
    numbers.map((_, at) => at + 1),
  )
  assert.equal(events.at(-1)?.id, events.at(-2)?.id)
})

test('attaching to a run replays exactly what was missed, whether it is live or finished', async () => {
  let goOn = () => {}
  const gate = new Promise<void>((resolve) => (goOn = resolve))
  await using s = await createRunFixture(async (_prompt, call) => {
    if (call === 1) await gate
    return call === 0
      ? { toolCalls: [{ name: 'nothing', arguments: {} }] }
      : { text: ['one ', 'two ', 'three'] }
  })
  const run = await s.run()
  const attach = (init: { query?: string; headers?: Record<string, string> } = {}) =>
    fetch(`${s.url}/v1/threads/${s.thread.id}/runs/${run.id}/stream${init.query ?? ''}`, {
      headers: { authorization: `Bearer ${s.apiKey}`, ...init.headers },
    })
  await until(async () => s.model.calls.length === 2)
  const live = attach()
  goOn()
  const whole = await readEvents(await live)
  assert.equal(whole[0]?.event, 'thread.run.created')
  assert.equal(whole.at(-2)?.event, 'thread.run.completed')
  for (const at of [0, 4, whole.length - 3]) {
    const after = whole[at]?.id ?? ''
    assert.deepEqual(await readEvents(await attach({ query: `?after=${after}` })), whole.slice(at + 1))
    assert.deepEqual(
      await readEvents(await attach({ headers: { 'last-event-id': after } })),
      whole.slice(at + 1),
    )
  }
  assert.equal((await attach({ query: '?after=nonsense' })).status, 400)
})

test('a client that leaves does not stop the run', async () => {
  await using s = await createRunFixture([
    { text: Array.from({ length: 20 }, (_, at) => `${at} `), delayMs: 5 },
  ])
  const stream = s.threads.runs.stream(s.thread.id, { assistant_id: s.assistant.id })
  const id = await new Promise<string>((resolve) =>
    stream.on('event', ({ event, data }) => {
      if (event === 'thread.run.created') resolve(data.id)
    }),
  )
  stream.abort()
  await stream.done().catch(() => {})
  const run = await s.threads.runs.poll(id, { thread_id: s.thread.id })
  assert.equal(run.status, 'completed')
})
