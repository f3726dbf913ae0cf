import assert from 'node:assert/strict'
import { test } from 'node:test'
import { APIError, BadRequestError } from 'openai'
import { createRunFixture, dialogue, until } from '../runs.ts'

const says = (error: unknown, status: number, message: string) => {
  assert.ok(error instanceof APIError)
  assert.equal(error.status, status)
  assert.equal((error.error as { message: string }).message, message)
  return true
}

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
