import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type OpenAI from 'openai'
import type { Thread } from '../../src/contract/threads.ts'
import { raw, refused } from '../raw.ts'
import { createRunFixture, executeSql, until } from '../runs.ts'

type Message = OpenAI.Beta.Threads.Message
type Fixture = Awaited<ReturnType<typeof createRunFixture>>

let f: Fixture
before(async () => {
  f = await createRunFixture(
    (prompt) =>
      prompt.at(-1)?.role === 'user' && JSON.stringify(prompt.at(-1)).includes('weather')
        ? { text: 'Let me see.', toolCalls: [{ name: 'ask', arguments: { about: 'weather' } }] }
        : { text: `Answer to ${prompt.length} messages.` },
    { tools: [{ type: 'function', function: { name: 'ask' } }] },
  )
})
after(() => f[Symbol.asyncDispose]())

const copy = (id: string, body: Record<string, unknown> = {}) =>
  f.client.post<Thread>(`/threads/${id}/copy`, { body })
const messagesOf = async (id: string): Promise<Message[]> => {
  const all: Message[] = []
  for await (const one of f.threads.messages.list(id, { order: 'asc', limit: 100 })) all.push(one)
  return all
}
const textsOf = async (id: string) =>
  (await messagesOf(id)).map(({ content: [part] }) => (part?.type === 'text' ? part.text.value : ''))
const waiting = async (thread: string) => {
  const { id } = await f.threads.runs.create(thread, { assistant_id: f.assistant.id })
  return until(async () => {
    const run = await f.threads.runs.retrieve(id, { thread_id: thread })
    return run.status === 'requires_action' && run
  })
}
const answer = async (thread: string) => {
  const run = await waiting(thread)
  const calls = run.required_action?.submit_tool_outputs.tool_calls ?? []
  await f.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id: thread,
    tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: 'sunny' })),
  })
  return run.id
}
const runOn = async (thread: string) => {
  await f.threads.messages.create(thread, { role: 'user', content: 'And tomorrow?' })
  await f.threads.runs.createAndPoll(thread, { assistant_id: f.assistant.id })
  return f.model.calls.at(-1)?.prompt
}
const thread = async (...contents: string[]) =>
  f.threads.create({
    messages: contents.map((content) => ({ role: 'user', content, metadata: { about: content } })),
    metadata: { team: 'red' },
  })

test('a copy has every message as it is, in order, under new ids, and its runs and steps', async () => {
  const { id } = await thread('Hello', 'How is the weather?')
  const runId = await answer(id)
  const made = await copy(id)
  assert.notEqual(made.id, id)
  const [given, copied] = [await messagesOf(id), await messagesOf(made.id)]
  const same = (message: Message) => ({ ...message, id: '', thread_id: '', run_id: '' })
  assert.equal(given.length, 4)
  assert.deepEqual(copied.map(same), given.map(same))
  assert.ok(copied.every((one) => one.thread_id === made.id && !given.some((other) => other.id === one.id)))

  const [run] = (await f.threads.runs.list(made.id)).data
  const original = await f.threads.runs.retrieve(runId, { thread_id: id })
  assert.deepEqual(run, { ...original, id: run?.id, thread_id: made.id, copied_from: runId })
  assert.deepEqual(
    copied.map(({ run_id }) => run_id),
    [null, null, run?.id, run?.id],
  )
  const steps = (await f.threads.runs.steps.list(run?.id ?? '', { thread_id: made.id, order: 'asc' })).data
  const before = (await f.threads.runs.steps.list(runId, { thread_id: id, order: 'asc' })).data
  assert.deepEqual(
    steps.map(({ type, status, usage }) => ({ type, status, usage })),
    before.map(({ type, status, usage }) => ({ type, status, usage })),
  )
  assert.deepEqual(
    steps.flatMap(({ step_details: one }) =>
      one.type === 'message_creation' ? one.message_creation.message_id : [],
    ),
    copied.flatMap(({ id: one, run_id }) => (run_id ? one : [])),
  )
  assert.ok(steps.every((step) => step.thread_id === made.id && step.run_id === run?.id))
})

test('a model is sent the same in the copy, results of tools among it, also after the original is gone', async () => {
  const { id } = await thread('How is the weather?')
  await answer(id)
  const { id: first } = await copy(id)
  const { id: second } = await copy(id)
  const expected = await runOn(id)
  assert.match(JSON.stringify(expected), /sunny/)
  assert.deepEqual(await runOn(first), expected)
  await f.threads.delete(id)
  assert.deepEqual(await runOn(second), expected)
})

test('a copied run is listed in its thread, and not among the runs of all threads', async () => {
  const { id } = await thread('How is the weather?')
  const runId = await answer(id)
  const { id: to } = await copy(id)
  const list = async (query: Record<string, unknown>) =>
    (await f.client.get<{ data: { id: string }[] }>('/runs', { query })).data.map((one) => one.id)
  const [run] = (await f.threads.runs.list(to)).data
  assert.deepEqual(await list({ thread_id: to }), [run?.id])
  const all = await list({ limit: 100 })
  assert.ok(all.includes(runId) && !all.includes(run?.id ?? ''))
})

test('a copy ends with a message, or before one', async () => {
  const { id } = await thread('one', 'two', 'three')
  const [, two] = await messagesOf(id)
  assert.deepEqual(await textsOf((await copy(id, { through: two?.id })).id), ['one', 'two'])
  assert.deepEqual(await textsOf((await copy(id, { before: two?.id })).id), ['one'])
})

test('a copy that ends in the middle of a run has its steps up to there', async () => {
  const { id } = await thread('How is the weather?')
  await answer(id)
  const [, middle] = await messagesOf(id)
  const { id: to } = await copy(id, { through: middle?.id })
  assert.deepEqual(await textsOf(to), ['How is the weather?', 'Let me see.'])
  const [run] = (await f.threads.runs.list(to)).data
  const steps = await f.threads.runs.steps.list(run?.id ?? '', { thread_id: to, order: 'asc' })
  assert.equal(steps.data.at(-1)?.type, 'message_creation')
})

test('while a run is active, what is finished is copied, and the copy is free', async () => {
  const { id } = await thread('How is the weather?')
  const active = await waiting(id)
  const { id: to } = await copy(id)
  const said = await textsOf(to)
  assert.equal(said[0], 'How is the weather?')
  assert.ok((await messagesOf(to)).every(({ status }) => status === 'completed'))
  for (const run of (await f.threads.runs.list(to)).data) assert.equal(run.status, 'cancelled')
  assert.ok(await runOn(to))
  assert.equal((await f.threads.runs.retrieve(active.id, { thread_id: id })).status, 'requires_action')
  await f.threads.runs.cancel(active.id, { thread_id: id })
})

test('a message that is being written is left out', async () => {
  const { id } = await thread('one', 'two')
  const [, two] = await messagesOf(id)
  const halfWritten = `update messages set run_id = 'run_1',
    body = replace(body, '"status":"completed"', '"status":"in_progress"') where id = ?`
  await executeSql(f, halfWritten, two?.id ?? '')
  assert.deepEqual(await textsOf((await copy(id)).id), ['one'])
})

test('metadata is that of the thread, unless other is given', async () => {
  const { id } = await thread('one')
  assert.deepEqual((await copy(id)).metadata, { team: 'red' })
  assert.deepEqual((await copy(id, { metadata: { team: 'blue' } })).metadata, { team: 'blue' })
  assert.deepEqual((await copy(id, { metadata: null })).metadata, {})
})

test('files and stores of the thread are shared', async () => {
  const store = await f.client.vectorStores.create({})
  const tool_resources = { file_search: { vector_store_ids: [store.id] } }
  const { id } = await f.threads.create({ tool_resources })
  assert.deepEqual((await copy(id)).tool_resources, tool_resources)
})

test('a thread of 2,500 messages is copied whole and in order', async () => {
  const { id } = await thread('0')
  for (let from = 1; from < 2_500; from += 500) {
    const contents = Array.from({ length: Math.min(500, 2_500 - from) }, (_, n) => String(from + n))
    await f.threads.runs.createAndPoll(id, {
      assistant_id: f.assistant.id,
      additional_messages: contents.map((content) => ({ role: 'user', content })),
    })
  }
  const { id: to } = await copy(id)
  const texts = await textsOf(id)
  assert.ok(texts.length > 2_500)
  assert.deepEqual(await textsOf(to), texts)
})

test('what cannot be copied is refused', async () => {
  const [one, other] = [await thread('one'), await thread('other')]
  const [message] = await messagesOf(one.id)
  const [foreign] = await messagesOf(other.id)
  const path = `/v1/threads/${one.id}/copy`
  refused(
    await raw(f, 'POST', '/v1/threads/thread_unknown/copy', {}),
    404,
    "No thread found with id 'thread_unknown'.",
  )
  refused(
    await raw(f, 'POST', path, { through: foreign?.id }),
    404,
    `No message found with id '${foreign?.id}'.`,
    { param: 'through' },
  )
  refused(
    await raw(f, 'POST', path, { through: message?.id, before: message?.id }),
    400,
    "Invalid 'before': only one of 'through' and 'before' may be given.",
    { param: 'before', code: 'invalid_value' },
  )
  refused(await raw(f, 'POST', path, { until: message?.id }), 400, "Unknown parameter: 'until'.", {
    param: 'until',
    code: 'unknown_parameter',
  })
})
