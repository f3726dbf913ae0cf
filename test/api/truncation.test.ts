import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import type OpenAI from 'openai'
import { say, startRawUpstream } from '../raw-upstream.ts'
import { startFakeUpstream } from '../fake-upstream.ts'
import { createRunFixture } from '../runs.ts'
import { startTestServer } from '../server.ts'

const weather = { type: 'function' as const, function: { name: 'weather' } }

/** The first words of each message of a prompt. */
const said = (call: LanguageModelV4CallOptions | undefined) =>
  call?.prompt.flatMap(({ content }) =>
    typeof content === 'string'
      ? [content]
      : content.flatMap((part) => (part.type === 'text' ? [part.text.slice(0, 20)] : [])),
  )

for (const params of [
  { truncation_strategy: { type: 'last_messages' as const, last_messages: 1 } },
  { max_prompt_tokens: 700 },
]) {
  test(`what a run says before its tools does not push out what it was asked: ${Object.keys(params).join()}`, async () => {
    await using s = await createRunFixture(
      [
        {
          usage: { input: 10, output: 10 },
          text: `Let me look. ${'word '.repeat(200)}`,
          toolCalls: [{ name: 'weather', arguments: {} }],
        },
        { text: 'Sunny.' },
      ],
      { tools: [weather] },
    )
    await s.threads.messages.create(s.thread.id, {
      role: 'user',
      content: `What is the weather? ${'word '.repeat(200)}`,
    })
    const run = await s.finish(params)
    const calls = run.required_action?.submit_tool_outputs.tool_calls ?? []
    await s.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id: s.thread.id,
      tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: 'sunny' })),
    })
    assert.deepEqual(said(s.model.calls[1])?.slice(-2), ['What is the weather?', 'Let me look. word wo'])
  })
}

const long = 'word '.repeat(3_000)

test('a long first message leaves a prompt that the caller does not pay for', async () => {
  await using s = await createRunFixture([{ text: 'Yes.' }])
  await s.threads.messages.create(s.thread.id, { role: 'user', content: `The story: ${long}` })
  await s.threads.messages.create(s.thread.id, { role: 'user', content: 'Did you read it?' })
  const run = await s.finish({ max_prompt_tokens: 256 })
  assert.equal(run.status, 'completed')
  assert.deepEqual(said(s.model.calls[0]), ['Hello', 'Did you read it?'])
})

for (const [what, instructions, content] of [
  ['the newest message', 'Be kind.', long],
  ['the instructions', long, 'Hello'],
] as const) {
  test(`where ${what} cannot be cut to what the caller pays for, nothing is sent`, async () => {
    await using s = await createRunFixture([], { instructions })
    await s.threads.messages.create(s.thread.id, { role: 'user', content })
    const run = await s.finish({ max_prompt_tokens: 256 })
    assert.equal(run.status, 'incomplete')
    assert.deepEqual(run.incomplete_details, { reason: 'max_prompt_tokens' })
    assert.equal(run.usage?.total_tokens, 0)
    assert.equal(s.model.calls.length, 0)
  })
}

/** A run whose function answers with this many bytes, on a model that is asked how often. */
async function afterOutput(
  bytes: number,
  params: Parameters<Awaited<ReturnType<typeof createRunFixture>>['finish']>[0],
) {
  const usage = { input: 10, output: 10 }
  const s = await createRunFixture(
    [{ usage, toolCalls: [{ name: 'weather', arguments: {} }] }, { text: 'Sunny.' }],
    {
      tools: [weather],
    },
  )
  const asked = await s.finish(params)
  const calls = asked.required_action?.submit_tool_outputs.tool_calls ?? []
  const run = await s.threads.runs.submitToolOutputsAndPoll(asked.id, {
    thread_id: s.thread.id,
    tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: 'x'.repeat(bytes) })),
  })
  await s[Symbol.asyncDispose]()
  return { run, turns: s.model.calls.length }
}

for (const [what, bytes, params] of [
  ['what the caller pays for', 100_000, { max_prompt_tokens: 1_000 }],
  ['what is left of that', 2_000, { max_prompt_tokens: 520 }],
  ["the model's context window", 512_000, {}],
] as const) {
  test(`where the output of a function does not fit ${what}, it is not sent`, async () => {
    const { run, turns } = await afterOutput(bytes, params)
    assert.equal(run.status, 'incomplete')
    assert.deepEqual(run.incomplete_details, { reason: 'max_prompt_tokens' })
    assert.equal(turns, 1)
  })
}

test('the output of a function that fits is sent', async () => {
  assert.equal((await afterOutput(2_000, { max_prompt_tokens: 1_000 })).run.status, 'completed')
  assert.equal((await afterOutput(400_000, {})).run.status, 'completed')
})

/** A run on a model that is said to read so many tokens, and what it was sent. */
async function onWindow(content: string, limits: object, assistant: object = {}) {
  return withWindow(limits, async ({ beta }) => {
    const { id } = await beta.assistants.create({ model: 'lab/m', ...assistant })
    return beta.threads.createAndRunPoll({
      assistant_id: id,
      thread: { messages: [{ role: 'user', content }] },
    })
  })
}

/** Runs something against a server whose model has these limits. */
async function withWindow<Run>(limits: object, use: (client: OpenAI) => Promise<Run>) {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const THREADMILL_CONFIG = join(folder, 'config.json')
  await using lab = await startFakeUpstream({ models: ['m'], reply: { tokens: ['Yes.'] } })
  const provider = { type: 'openai-compatible', base_url: `${lab.url}/v1`, models: { m: limits } }
  writeFileSync(THREADMILL_CONFIG, JSON.stringify({ providers: { lab: provider } }))
  try {
    await using s = await startTestServer({ env: { THREADMILL_CONFIG } })
    const run = await use(s.client)
    return { run, asked: lab.requests.filter(({ method }) => method === 'POST').length }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

for (const [what, content, instructions, told] of [
  [
    'a newest message',
    long,
    '',
    'the newest message has about 3754 tokens, instructions and tools have about 1',
  ],
  [
    'instructions',
    'Hello',
    long,
    'the newest message has about 6 tokens, instructions and tools have about 3751',
  ],
] as const) {
  test(`${what} longer than the model reads ends the run with the reason, and nothing is sent`, async () => {
    const { run, asked } = await onWindow(content, { context_window: 2_048 }, { instructions })
    assert.equal(run.status, 'failed')
    assert.deepEqual(run.last_error, {
      code: 'invalid_prompt',
      message: `The prompt does not fit the model's context window: ${told}, and 'lab/m' reads 2048.`,
    })
    assert.equal(asked, 0)
  })
}

test('a response to more than the model reads fails with the code for that, and nothing is sent', async () => {
  const { run, asked } = await withWindow({ context_window: 2_048 }, ({ responses }) =>
    responses.create({ model: 'lab/m', input: long }),
  )
  assert.equal(run.status, 'failed')
  assert.equal(run.error?.code, 'context_length_exceeded')
  assert.equal(asked, 0)
})

test('a long message is sent where it fits, and where nobody has said what the model reads', async () => {
  assert.equal((await onWindow(long, { context_window: 4_096 })).run.status, 'completed')
  const { run, asked } = await onWindow('word '.repeat(40_000), {})
  assert.deepEqual([run.status, asked], ['completed', 1])
})

test('a server that refuses a prompt and says what its model reads gets one that fits, in this run and the next', async () => {
  const n_ctx = 2_048
  await using s = await startRawUpstream((response, { messages }) => {
    const n_prompt_tokens = Math.ceil(JSON.stringify(messages).length / 4)
    if (n_prompt_tokens <= n_ctx) return void response.end(say('Yes.'))
    // As llama.cpp says it.
    const message = 'the request exceeds the available context size, try increasing it'
    const error = { code: 400, message, type: 'exceed_context_size_error', n_prompt_tokens, n_ctx }
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
  })
  const { id } = await s.client.beta.assistants.create({ model: 'tiny' })
  const messages = Array.from({ length: 20 }, () => ({ role: 'user' as const, content: 'word '.repeat(300) }))
  const thread = await s.client.beta.threads.create({ messages })
  const statuses: string[] = []
  for (let count = 0; count < 2; count++) {
    const run = await s.client.beta.threads.runs.createAndPoll(thread.id, { assistant_id: id })
    statuses.push(run.status)
  }
  assert.deepEqual(statuses, ['completed', 'completed'])
  assert.equal(s.requests.length, 3)

  const tooLong = { messages: [{ role: 'user' as const, content: 'word '.repeat(5_000) }] }
  const run = await s.client.beta.threads.createAndRunPoll({ assistant_id: id, thread: tooLong })
  assert.match(run.last_error?.message ?? '', /'openai-compatible\/tiny' reads 2048/)
  assert.equal(s.requests.length, 3)
})

test('a schema that the answer must follow counts', async () => {
  await using s = await createRunFixture([])
  const schema = { type: 'object', description: long }
  const run = await s.finish({
    max_prompt_tokens: 1_000,
    response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
  })
  assert.deepEqual(run.incomplete_details, { reason: 'max_prompt_tokens' })
  assert.equal(s.model.calls.length, 0)
})

test('a thread that is longer than llama.cpp has room for is cut to what it says', async () => {
  const fake = { models: ['tiny'], reply: { tokens: ['Here.'] }, llamaCpp: 2_000 }
  await using upstream = await startFakeUpstream(fake)
  await using s = await startTestServer({ env: { OPENAI_BASE_URL: `${upstream.url}/v1` } })
  const { id } = await s.client.beta.assistants.create({ model: 'gpt-4-turbo' })
  const messages = Array.from({ length: 10 }, (_, index) => ({
    role: 'user' as const,
    content: `${index} ${'word '.repeat(800)}`,
  }))
  const run = await s.client.beta.threads.createAndRunPoll({ assistant_id: id, thread: { messages } })
  assert.equal(run.status, 'completed')
  const { body } = upstream.requests.find(({ method }) => method === 'POST')!
  const size = JSON.stringify(body?.messages).length
  assert.ok(size > 3_000 && size < 8_000, `${size} bytes were sent`)
})
