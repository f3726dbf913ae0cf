import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { APIError, BadRequestError } from 'openai'
import { executeSql, createRunFixture, until } from '../runs.ts'

const weather = { type: 'function' as const, function: { name: 'weather' } }
const says = (error: unknown, status: number, message: string) => {
  assert.ok(error instanceof APIError)
  assert.equal(error.status, status)
  assert.equal((error.error as { message: string }).message, message)
  return true
}
/** What was said, by whom, in the prompt of a call. */
const dialogue = (call: LanguageModelV4CallOptions | undefined) =>
  call?.prompt.map(({ role, content }) => [
    role,
    typeof content === 'string'
      ? content
      : content.map((part) => (part.type === 'text' ? part.text : part.type)).join('|'),
  ])

test('a run begins as queued, ends as completed, and leaves its answer, step and usage', async () => {
  await using s = await createRunFixture([{ text: 'Hello you', usage: { input: 5, output: 2 } }], {
    instructions: 'Be kind.',
  })
  const queued = await s.run()
  assert.equal(queued.status, 'queued')
  assert.equal(queued.started_at, null)
  assert.equal(queued.expires_at, queued.created_at + 600)
  assert.deepEqual(Object.keys(queued), [
    'id',
    'object',
    'created_at',
    'assistant_id',
    'thread_id',
    'status',
    'started_at',
    'expires_at',
    'cancelled_at',
    'failed_at',
    'completed_at',
    'required_action',
    'last_error',
    'model',
    'instructions',
    'tools',
    'tool_resources',
    'metadata',
    'temperature',
    'top_p',
    'reasoning_effort',
    'max_completion_tokens',
    'max_prompt_tokens',
    'truncation_strategy',
    'incomplete_details',
    'usage',
    'response_format',
    'tool_choice',
    'parallel_tool_calls',
  ])
  const run = await s.threads.runs.poll(queued.id, { thread_id: s.thread.id })
  assert.equal(run.status, 'completed')
  assert.equal(run.expires_at, null)
  assert.deepEqual(run.usage, {
    prompt_tokens: 5,
    completion_tokens: 2,
    total_tokens: 7,
    prompt_token_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  })
  assert.deepEqual(await s.texts(), ['Hello', 'Hello you'])
  const steps = await s.threads.runs.steps.list(run.id, { thread_id: s.thread.id })
  const [step] = steps.data
  assert.equal(steps.data.length, 1)
  assert.equal(step?.type, 'message_creation')
  assert.equal(step?.status, 'completed')
  assert.deepEqual(step?.usage, run.usage)
  const again = await s.threads.runs.steps.retrieve(step?.id ?? '', {
    thread_id: s.thread.id,
    run_id: run.id,
  })
  assert.deepEqual(again, step)
  const produced = await s.threads.messages.list(s.thread.id, { run_id: run.id })
  assert.equal(produced.data.length, 1)
  assert.equal(produced.data[0]?.assistant_id, s.assistant.id)
  assert.deepEqual(dialogue(s.model.calls[0]), [
    ['system', 'Be kind.'],
    ['user', 'Hello'],
  ])
})

test('the conversation goes to the model in order, and earlier tool calls with it', async () => {
  await using s = await createRunFixture(
    [{ toolCalls: [{ name: 'weather', arguments: {} }] }, { text: 'Sunny' }, { text: 'You are welcome' }],
    { tools: [weather] },
  )
  const waiting = await s.finish()
  const [call] = waiting.required_action?.submit_tool_outputs.tool_calls ?? []
  await s.threads.runs.submitToolOutputsAndPoll(waiting.id, {
    thread_id: s.thread.id,
    tool_outputs: [{ tool_call_id: call?.id ?? '', output: 'clear sky' }],
  })
  await s.threads.messages.create(s.thread.id, { role: 'user', content: 'Thanks' })
  await s.finish()
  assert.deepEqual(dialogue(s.model.calls[2]), [
    ['user', 'Hello'],
    ['assistant', 'tool-call'],
    ['tool', 'tool-result'],
    ['assistant', 'Sunny'],
    ['user', 'Thanks'],
  ])
})

test('a run keeps what its assistant was, and overrides and additions show in it', async () => {
  await using s = await createRunFixture([{ text: 'ok' }, { text: 'ok' }], {
    instructions: 'Base',
    metadata: { a: 'b' },
  })
  const plain = await s.finish({ additional_instructions: 'More', metadata: { k: 'v' } })
  assert.equal(plain.instructions, 'Base\nMore')
  assert.deepEqual(plain.metadata, { k: 'v' })
  const other = await s.finish({
    instructions: 'Other',
    temperature: 0.2,
    top_p: 0.5,
    additional_messages: [{ role: 'user', content: 'And this' }],
  })
  assert.equal(other.instructions, 'Other')
  assert.equal(other.temperature, 0.2)
  assert.equal(s.model.calls[1]?.temperature, 0.2)
  assert.equal(s.model.calls[1]?.topP, 0.5)
  assert.equal(s.model.calls[0]?.temperature, undefined)
  assert.deepEqual(await s.texts(), ['Hello', 'ok', 'And this', 'ok'])
})

test('one thread has one active run, and no message is added while it is active', async () => {
  await using s = await createRunFixture([{ hang: true }, { text: 'second' }])
  const run = await s.run()
  await assert.rejects(s.run(), (error) =>
    says(error, 400, `Thread ${s.thread.id} already has an active run ${run.id}.`),
  )
  await assert.rejects(s.threads.messages.create(s.thread.id, { role: 'user', content: 'Hm' }), (error) =>
    says(error, 400, `Can't add messages to ${s.thread.id} while a run ${run.id} is active.`),
  )
  await assert.rejects(
    s.threads.runs.update(run.id, { thread_id: s.thread.id, metadata: {} }),
    BadRequestError,
  )
  const cancelled = await s.threads.runs.cancel(run.id, { thread_id: s.thread.id })
  assert.equal(cancelled.status, 'cancelled')
  assert.equal(typeof cancelled.cancelled_at, 'number')
  await s.threads.messages.create(s.thread.id, { role: 'user', content: 'Now' })
  assert.equal((await s.finish()).status, 'completed')
  await assert.rejects(s.threads.runs.cancel(run.id, { thread_id: s.thread.id }), (error) =>
    says(error, 400, "Cannot cancel run with status 'cancelled'."),
  )
})

test('a cancelled run has stopped its model when the answer arrives', async () => {
  await using s = await createRunFixture([{ text: 'so', hang: true }])
  const run = await s.run()
  await until(async () => s.model.calls.length === 1)
  await s.threads.runs.cancel(run.id, { thread_id: s.thread.id })
  await until(async () => s.model.aborted === 1)
})

test('metadata of a finished run can be changed', async () => {
  await using s = await createRunFixture([{ text: 'ok' }])
  const run = await s.finish()
  const changed = await s.threads.runs.update(run.id, { thread_id: s.thread.id, metadata: { k: 'v' } })
  assert.deepEqual(changed.metadata, { k: 'v' })
  assert.deepEqual((await s.threads.runs.retrieve(run.id, { thread_id: s.thread.id })).metadata, { k: 'v' })
})

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

test('budgets: what is left is given to the model, and a spent one ends the run as incomplete', async () => {
  await using s = await createRunFixture([
    { toolCalls: [{ name: 'made_up', arguments: {} }], usage: { input: 100, output: 40 } },
    { toolCalls: [{ name: 'made_up', arguments: {} }], usage: { input: 100, output: 40 } },
  ])
  const run = await s.finish({ max_completion_tokens: 300, max_prompt_tokens: 150 })
  assert.equal(run.status, 'incomplete')
  assert.deepEqual(run.incomplete_details, { reason: 'max_prompt_tokens' })
  assert.equal(typeof run.completed_at, 'number')
  assert.equal(run.usage?.total_tokens, 280)
  assert.deepEqual(
    s.model.calls.map((call) => call.maxOutputTokens),
    [300, 260],
  )
})

test('a provider that is busy is asked again, and the answer comes once', async () => {
  await using s = await createRunFixture([
    { error: { status: 429, message: 'Slow down', retryAfterMs: 10 } },
    { text: ['Half', ' an'], error: { status: 503, message: 'Overloaded', retryAfterMs: 10 } },
    { text: 'Whole answer' },
  ])
  const run = await s.finish()
  assert.equal(run.status, 'completed')
  assert.deepEqual(await s.texts(), ['Hello', 'Whole answer'])
})

test('a provider that refuses ends the run with its reason', async () => {
  await using s = await createRunFixture([
    { error: { status: 429, message: 'You exceeded your current quota', code: 'insufficient_quota' } },
  ])
  const run = await s.finish()
  assert.equal(run.status, 'failed')
  assert.equal(run.last_error?.code, 'rate_limit_exceeded')
  assert.match(run.last_error?.message ?? '', /quota/)
  assert.equal(typeof run.failed_at, 'number')
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

test('a thread without a message and an assistant without instructions give nothing to run', async () => {
  await using s = await createRunFixture([])
  const empty = await s.threads.create()
  for (const params of [{}, { instructions: '' }, { additional_instructions: '' }]) {
    const run = s.threads.runs.create(empty.id, { assistant_id: s.assistant.id, ...params })
    await assert.rejects(run, (error) => {
      assert.equal((error as APIError).code, 'invalid_thread')
      return says(
        error,
        400,
        'Run creation requires a Thread with a user message or an assistant with instructions.',
      )
    })
  }
})

test('truncation: the last messages only, or the first and the newest that fit', async () => {
  await using s = await createRunFixture([{ text: 'a' }, { text: 'b' }])
  for (let n = 1; n <= 8; n++) {
    await s.threads.messages.create(s.thread.id, { role: 'user', content: `${n} ${'word '.repeat(400)}` })
  }
  await s.finish({ truncation_strategy: { type: 'last_messages', last_messages: 2 } })
  assert.deepEqual(
    dialogue(s.model.calls[0])?.map(([, text]) => text?.slice(0, 1)),
    ['7', '8'],
  )
  await s.finish({ max_prompt_tokens: 1_400 })
  assert.deepEqual(
    dialogue(s.model.calls[1])?.map(([, text]) => text?.slice(0, 5)),
    ['Hello', '7 wor', '8 wor', 'a'],
  )
})

test('pictures reach the model, inline and from files', async () => {
  await using s = await createRunFixture([{ text: 'A dot' }])
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
    'base64',
  )
  const file = await s.client.files.create({ file: new File([png], 'dot.png'), purpose: 'vision' })
  await s.threads.messages.create(s.thread.id, {
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_file', image_file: { file_id: file.id } },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${png.toString('base64')}` } },
    ],
  })
  assert.equal((await s.finish()).status, 'completed')
  const asked = s.model.calls[0]?.prompt.at(-1)
  const parts = asked?.role === 'user' ? asked.content.filter((part) => part.type === 'file') : []
  assert.equal(parts.length, 2)
  for (const part of parts) {
    assert.equal(part.mediaType, 'image/png')
    assert.ok(part.data.type === 'data' && png.equals(Buffer.from(part.data.data as Uint8Array)))
  }
})

test("a picture's address inside this machine is refused", async () => {
  await using s = await createRunFixture([{ text: 'never' }])
  await s.threads.messages.create(s.thread.id, {
    role: 'user',
    content: [{ type: 'image_url', image_url: { url: `${s.url}/v1/models` } }],
  })
  const run = await s.finish()
  assert.equal(run.status, 'failed')
  assert.match(run.last_error?.message ?? '', /^Error while downloading /)
  assert.equal(run.last_error?.code, 'invalid_image_url')
})

test('runs are listed newest first and paged by cursor', async () => {
  await using s = await createRunFixture([{ text: '1' }, { text: '2' }, { text: '3' }])
  const ids = []
  for (let n = 0; n < 3; n++) ids.push((await s.finish()).id)
  const seen = []
  for await (const run of s.threads.runs.list(s.thread.id, { limit: 2 })) seen.push(run.id)
  assert.deepEqual(seen, ids.toReversed())
})

test('deleting a thread ends its active run', async () => {
  await using s = await createRunFixture([{ hang: true }])
  const run = await s.run()
  await s.threads.delete(s.thread.id)
  await assert.rejects(s.threads.runs.retrieve(run.id, { thread_id: s.thread.id }), (error) =>
    says(error, 404, `No thread found with id '${s.thread.id}'.`),
  )
})
