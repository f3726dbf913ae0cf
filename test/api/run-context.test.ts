import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { toFile } from 'openai'
import type OpenAI from 'openai'
import { startFakeUpstream } from '../fake-upstream.ts'
import { say, startRawUpstream } from '../raw-upstream.ts'
import { createRunFixture, querySql } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { ofType, readParts, readSpans } from '../timelines.ts'

const dot = Buffer.from('89504e470d0a1a0a', 'hex')

test('what is left out of a thread is counted, between what is kept', async () => {
  await using s = await createRunFixture(() => ({ text: 'Yes.' }))
  const added: OpenAI.Beta.Threads.Message[] = []
  for (let number = 0; number < 5; number++) {
    added.push(await s.threads.messages.create(s.thread.id, { role: 'user', content: `Number ${number}` }))
  }
  const run = await s.finish({ truncation_strategy: { type: 'last_messages', last_messages: 2 } })
  const { data: all } = await s.threads.messages.list(s.thread.id, { order: 'asc' })
  const [parts] = await readParts(s.client, run)
  assert.deepEqual(parts?.slice(0, 1), [
    {
      type: 'dropped_messages',
      tokens: null,
      first_id: all[0]?.id,
      last_id: added[2]?.id,
      count: 4,
      reason: 'last_messages',
    },
  ])
  assert.deepEqual(
    parts.flatMap((part) => (part.type === 'message' ? [part.message_id] : [])),
    [added[3]?.id, added[4]?.id],
  )
})

for (const [reason, params] of [['max_prompt_tokens', { max_prompt_tokens: 300 }]] as const) {
  test(`with ${reason} the first message is kept, and the middle is left out`, async () => {
    await using s = await createRunFixture(() => ({ text: 'Yes.' }))
    const added: string[] = []
    for (let number = 0; number < 4; number++) {
      const content = `${number} ${'word '.repeat(100)}`
      added.push((await s.threads.messages.create(s.thread.id, { role: 'user', content })).id)
    }
    const [parts] = await readParts(s.client, await s.finish(params))
    const [first, dropped, ...others] = parts ?? []
    assert.equal(first?.type, 'message')
    assert.deepEqual(dropped, {
      type: 'dropped_messages',
      tokens: null,
      first_id: added[0],
      last_id: added[1],
      count: 2,
      reason,
    })
    assert.deepEqual(
      others.map((part) => part.type === 'message' && part.message_id),
      added.slice(2),
    )
  })
}

test('what a context window has no room for is left out, and the window is what the server said', async () => {
  const n_ctx = 2_048
  await using s = await startRawUpstream((response, { messages }) => {
    const n_prompt_tokens = Math.ceil(JSON.stringify(messages).length / 4)
    if (n_prompt_tokens <= n_ctx) return void response.end(say('Yes.'))
    const error = {
      code: 400,
      message: 'too long',
      type: 'exceed_context_size_error',
      n_prompt_tokens,
      n_ctx,
    }
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }))
  })
  const { id } = await s.client.beta.assistants.create({ model: 'tiny' })
  const messages = Array.from({ length: 20 }, () => ({ role: 'user' as const, content: 'word '.repeat(300) }))
  const run = await s.client.beta.threads.createAndRunPoll({ assistant_id: id, thread: { messages } })
  const turns = ofType(await readSpans(s.client, run), 'model_turn')
  assert.deepEqual(
    turns.map(({ status, context }) => [status, context.window_known, context.window === n_ctx]),
    [
      ['failed', false, false],
      ['completed', true, true],
    ],
  )
  const [all, fitting] = turns.map(({ context }) => context.parts)
  assert.equal(all?.length, 20)
  const dropped = fitting?.find((part) => part.type === 'dropped_messages')
  assert.equal(dropped?.reason, 'context_window')
  assert.equal(fitting?.filter(({ type }) => type === 'message').length, 20 - (dropped?.count ?? 0))
  assert.ok((turns[1]?.context.tokens ?? 0) + (turns[1]?.context.reserved ?? 0) <= n_ctx)
})

test('an answer in the wrong format is a failed turn, and the next one was asked for the format again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const THREADMILL_CONFIG = join(folder, 'config.json')
  const replies = ['no JSON', '{"a":1}']
  await using lab = await startFakeUpstream({ reply: (_request, at) => ({ tokens: [replies[at] ?? ''] }) })
  const models = { fake: { structured_outputs: false } }
  const provider = { type: 'openai-compatible', base_url: `${lab.url}/v1`, models }
  writeFileSync(THREADMILL_CONFIG, JSON.stringify({ providers: { lab: provider } }))
  await using s = await startTestServer({ env: { THREADMILL_CONFIG } })
  rmSync(folder, { recursive: true })
  const { id } = await s.client.beta.assistants.create({ model: 'lab/fake' })
  const run = await s.client.beta.threads.createAndRunPoll({
    assistant_id: id,
    response_format: { type: 'json_object' },
    thread: { messages: [{ role: 'user', content: 'Answer in JSON.' }] },
  })
  assert.equal(run.status, 'completed')
  const turns = ofType(await readSpans(s.client, run), 'model_turn')
  assert.deepEqual(
    turns.map(({ status }) => status),
    ['failed', 'completed'],
  )
  assert.match(turns[0]?.error ?? '', /format/)
  const [first, second] = turns.map(({ context }) => context.parts)
  assert.deepEqual(
    first?.map((part) => ('source' in part ? part.source : part.type)),
    ['response_format', 'message'],
  )
  assert.deepEqual(second?.slice(0, -1), first)
  assert.equal(second?.at(-1)?.type, 'repeated_request')
  const spent = turns.map(({ usage }) => usage?.total_tokens ?? 0)
  assert.equal(spent[0]! + spent[1]!, run.usage?.total_tokens)
})

test('passages that a search has given are named, and pictures are counted', async () => {
  await using s = await createRunFixture(
    [{ toolCalls: [{ name: 'file_search', arguments: { queries: ['ramen'] } }] }, { text: 'Ramen.' }],
    { tools: [{ type: 'file_search' }] },
  )
  const store = await s.client.vectorStores.create({})
  const facts = new File(['Mariam likes ramen most of all.'], 'facts.txt')
  const file = await s.client.vectorStores.files.uploadAndPoll(store.id, facts, { pollIntervalMs: 20 })
  await s.client.beta.assistants.update(s.assistant.id, {
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  })
  const picture = await s.client.files.create({ file: await toFile(dot, 'dot.png'), purpose: 'vision' })
  await s.threads.messages.create(s.thread.id, {
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_file', image_file: { file_id: picture.id } },
    ],
  })
  const [first, second] = await readParts(s.client, await s.finish())
  assert.deepEqual(
    first?.flatMap((part) => (part.type === 'message' ? [part.images] : [])),
    [0, 1],
  )
  assert.deepEqual(
    first?.flatMap((part) => (part.type === 'server_instructions' ? [part.source] : [])),
    ['file_search'],
  )
  const result = second?.at(-1)
  assert.ok(result?.type === 'tool_result')
  assert.deepEqual(result.passages, [{ file_id: file.id, result: 0, tokens: 8 }])
  assert.ok(result.tokens >= 8)
})

test('a thousand messages are noted in a few kilobytes, and a later turn adds what is new', async () => {
  await using s = await createRunFixture(
    [{ toolCalls: [{ name: 'none', arguments: {} }] }, { text: 'Done.' }],
    { instructions: 'Be brief.' },
  )
  const thread = await s.threads.create({})
  const content = (at: number) => 'word '.repeat((at % 10) + 1)
  for (let hundred = 0; hundred < 10; hundred++) {
    await Promise.all(
      Array.from({ length: 100 }, (_, at) =>
        s.threads.messages.create(thread.id, { role: at % 2 ? 'assistant' : 'user', content: content(at) }),
      ),
    )
  }
  const run = await s.threads.runs.createAndPoll(thread.id, { assistant_id: s.assistant.id })
  const [first, second] = await readParts(s.client, run)
  assert.equal(first?.filter(({ type }) => type === 'message').length, 1_000)
  assert.deepEqual(second?.slice(0, 1_001), first)
  assert.deepEqual(
    second.slice(1_001).map(({ type }) => type),
    ['tool_call', 'tool_result'],
  )
  const notes = await querySql<{ data: string }>(s, 'select data from run_log where seq < 0')
  const bytes = notes.reduce((all, { data }) => all + data.length, 0)
  assert.ok(bytes < 12_000, `${bytes} bytes`)
})

test('nothing of the text of a conversation is in the notes', async () => {
  await using s = await createRunFixture([{ text: 'The answer is plum.' }], {
    instructions: 'Speak of apples.',
  })
  await s.threads.messages.create(s.thread.id, { role: 'user', content: 'What about cherries?' })
  const run = await s.finish()
  const spans = JSON.stringify(await readSpans(s.client, run))
  for (const word of ['plum', 'apples', 'cherries', 'Hello']) assert.ok(!spans.includes(word), word)
})
