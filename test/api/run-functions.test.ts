import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APIError, BadRequestError } from 'openai'
import { executeSql, createRunFixture, until } from '../runs.ts'

const weather = { type: 'function' as const, function: { name: 'weather' } }

const says = (error: unknown, status: number, message: string) => {
  assert.ok(error instanceof APIError)
  assert.equal(error.status, status)
  assert.equal((error.error as { message: string }).message, message)
  return true
}

test('functions: all outputs at once, in any order, and only while they are asked for', async () => {
  await using s = await createRunFixture(
    [
      {
        toolCalls: [
          { name: 'weather', arguments: { a: 1 } },
          { name: 'weather', arguments: {} },
        ],
      },
      { text: 'done' },
    ],
    { tools: [weather] },
  )
  const run = await s.finish()
  assert.equal(run.status, 'requires_action')
  assert.equal(run.usage, null)
  const ids = run.required_action?.submit_tool_outputs.tool_calls.map(({ id }) => id) ?? []
  const submit = (tool_outputs: { tool_call_id: string; output: string }[]) =>
    s.threads.runs.submitToolOutputs(run.id, { thread_id: s.thread.id, tool_outputs })
  const [one = '', two = ''] = ids
  await assert.rejects(submit([{ tool_call_id: one, output: '1' }]), (error) =>
    says(error, 400, `Expected tool outputs for call_ids ['${one}', '${two}'], got ['${one}']`),
  )
  await assert.rejects(
    submit([
      { tool_call_id: one, output: '1' },
      { tool_call_id: 'call_zzz', output: '' },
    ]),
    (error) =>
      says(error, 400, `Expected tool outputs for call_ids ['${one}', '${two}'], got ['${one}', 'call_zzz']`),
  )
  await assert.rejects(
    submit([
      { tool_call_id: one, output: 'x'.repeat(600_000) },
      { tool_call_id: two, output: '' },
    ]),
    (error) =>
      says(error, 400, "'tool_outputs' too large: the combined tool outputs must be less than 512kb."),
  )
  const queued = await submit([
    { tool_call_id: two, output: 'second' },
    { tool_call_id: one, output: '' },
  ])
  assert.equal(queued.status, 'queued')
  assert.equal(queued.required_action, null)
  const done = await s.threads.runs.poll(run.id, { thread_id: s.thread.id })
  assert.equal(done.status, 'completed')
  await assert.rejects(submit([]), (error) =>
    says(error, 400, 'Runs in status "completed" do not accept tool outputs.'),
  )
  const results = s.model.calls[1]?.prompt.at(-1)
  assert.deepEqual(
    results?.role === 'tool' && results.content.map((part) => part.type === 'tool-result' && part.output),
    [
      { type: 'text', value: '' },
      { type: 'text', value: 'second' },
    ],
  )
})

test('a waiting run can be cancelled at once, its step with it', async () => {
  await using s = await createRunFixture([{ toolCalls: [{ name: 'weather', arguments: {} }] }], {
    tools: [weather],
  })
  const run = await s.finish()
  assert.equal((await s.threads.runs.cancel(run.id, { thread_id: s.thread.id })).status, 'cancelled')
  const steps = await s.threads.runs.steps.list(run.id, { thread_id: s.thread.id })
  assert.equal(steps.data[0]?.status, 'cancelled')
  const { usage } = await s.threads.runs.retrieve(run.id, { thread_id: s.thread.id })
  assert.ok(
    (usage?.total_tokens ?? 0) > 0,
    'what the model was asked for is told, where the original told nothing',
  )
})

test('a tool that the run does not have is refused to the model, which goes on', async () => {
  await using s = await createRunFixture([
    { toolCalls: [{ name: 'made_up', arguments: {} }] },
    { text: 'Sorry' },
  ])
  assert.equal((await s.finish()).status, 'completed')
  const results = s.model.calls[1]?.prompt.at(-1)
  assert.match(JSON.stringify(results), /no tool named 'made_up'/)
})

test('a forced tool is forced on the first turn only', async () => {
  await using s = await createRunFixture(
    [{ toolCalls: [{ name: 'weather', arguments: {} }] }, { text: 'ok' }],
    {
      tools: [weather],
    },
  )
  const run = await s.finish({ tool_choice: { type: 'function', function: { name: 'weather' } } })
  const id = run.required_action?.submit_tool_outputs.tool_calls[0]?.id ?? ''
  await s.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id: s.thread.id,
    tool_outputs: [{ tool_call_id: id, output: '' }],
  })
  assert.deepEqual(
    s.model.calls.map((call) => call.toolChoice),
    [{ type: 'tool', toolName: 'weather' }, { type: 'auto' }],
  )
  await assert.rejects(
    s.run({ tool_choice: { type: 'function', function: { name: 'other' } } }),
    BadRequestError,
  )
})

test('without parallel_tool_calls only one call of a turn counts', async () => {
  await using s = await createRunFixture(
    [
      {
        toolCalls: [
          { name: 'weather', arguments: { n: 1 } },
          { name: 'weather', arguments: { n: 2 } },
        ],
      },
    ],
    { tools: [weather] },
  )
  const run = await s.finish({ parallel_tool_calls: false })
  assert.equal(run.required_action?.submit_tool_outputs.tool_calls.length, 1)
})

test('a run that waits too long for its outputs expires, and its thread is free again', async () => {
  await using s = await createRunFixture(
    [{ toolCalls: [{ name: 'weather', arguments: {} }] }, { text: 'ok' }],
    {
      tools: [weather],
    },
  )
  const run = await s.finish()
  await executeSql(s, 'update runs set expires_at = 1 where id = ?', run.id)
  const expired = await until(async () => {
    const now = await s.threads.runs.retrieve(run.id, { thread_id: s.thread.id })
    return now.status === 'expired' && now
  })
  assert.equal(expired.last_error, null)
  await assert.rejects(
    s.threads.runs.submitToolOutputs(run.id, { thread_id: s.thread.id, tool_outputs: [] }),
    (error) => says(error, 400, 'Runs in status "expired" do not accept tool outputs.'),
  )
  assert.equal((await s.finish()).status, 'completed')
})
