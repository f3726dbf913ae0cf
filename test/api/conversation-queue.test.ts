import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { asked, createResponsesFixture } from '../responses.ts'
import { until } from '../runs.ts'

const folder = mkdtempSync(join(tmpdir(), 'threadmill-queue-'))
const config = join(folder, 'config.json')
writeFileSync(config, JSON.stringify({ conversation_lock: 'queue' }))
after(() => rmSync(folder, { recursive: true }))

/** A server whose model waits at its first call until it is told to go on. */
async function createQueue(calls = false) {
  let goOn = () => {}
  const held = new Promise<void>((resolve) => (goOn = resolve))
  const s = await createResponsesFixture(
    async (prompt, call) => {
      if (call === 0) await held
      if (calls && call === 0) return { toolCalls: [{ name: 'look', arguments: {} }] }
      const last = prompt.findLast(({ role }) => role === 'user')?.content
      return { text: `To ${Array.isArray(last) ? (last[0] as { text: string }).text : ''}.` }
    },
    { env: { THREADMILL_CONFIG: config } },
  )
  const { id } = await s.client.conversations.create()
  const ask = (input: string, background = false) =>
    s.responses.create({ model: 'm', conversation: id, input, background })
  const status = async (response: string) => (await s.responses.retrieve(response)).status
  return { ...s, id, ask, goOn: () => goOn(), status }
}

test('responses in one conversation wait for each other, in their order, where the config says so', async () => {
  await using s = await createQueue()
  const first = s.ask('1')
  await until(async () => s.model.calls.length === 1)
  const second = await s.ask('2', true)
  const third = s.ask('3')
  await until(async () => (await s.client.get<{ data: unknown[] }>('/responses')).data.length === 3)
  assert.equal(second.status, 'queued')
  const cancelled = await s.ask('not this', true)
  assert.equal((await s.responses.cancel(cancelled.id)).status, 'cancelled')
  s.goOn()
  assert.equal((await first).output_text, 'To 1.')
  assert.equal((await third).output_text, 'To 3.')
  assert.equal(await s.status(second.id), 'completed')
  assert.equal(await s.status(cancelled.id), 'cancelled')
  assert.deepEqual(
    asked(s.model.calls[2]).map(([, text]) => text),
    ['1', 'To 1.', '2', 'To 2.', '3'],
  )
})

test('those that wait for a conversation are in the list of its responses', async () => {
  await using s = await createQueue()
  const list = async (query = '') => {
    const path = `/responses?conversation=${s.id}${query}`
    const { data } = await s.client.get<{ data: { id: string; status: string }[] }>(path)
    return data.map(({ id, status }) => [id, status])
  }
  const first = await s.ask('1', true)
  await until(async () => s.model.calls.length === 1)
  const second = await s.ask('2', true)
  const third = await s.ask('3', true)
  const waiting = [
    [third.id, 'queued'],
    [second.id, 'queued'],
  ]
  assert.deepEqual(await list(), [...waiting, [first.id, 'in_progress']])
  assert.deepEqual(await list('&status=queued'), waiting)
  assert.deepEqual(await list(`&after=${third.id}&limit=1`), [[second.id, 'queued']])
  const fourth = await s.ask('not this', true)
  await s.responses.cancel(fourth.id)
  assert.deepEqual((await list())[0], [fourth.id, 'cancelled'])
  s.goOn()
  await until(async () => (await s.status(third.id)) === 'completed')
  assert.deepEqual(await list(), [
    [fourth.id, 'cancelled'],
    ...[third, second, first].map(({ id }) => [id, 'completed']),
  ])
  await s.client.conversations.delete(s.id)
  assert.equal(await s.status(fourth.id), 'cancelled')
})

test('a response waits for a run in its thread, and reads what the run has left', async () => {
  await using s = await createQueue(true)
  const thread = s.id.replace('conv_', 'thread_')
  const assistant = await s.client.beta.assistants.create({
    model: 'm',
    tools: [{ type: 'function', function: { name: 'look' } }],
  })
  const run = await s.client.beta.threads.runs.create(thread, {
    assistant_id: assistant.id,
    additional_messages: [{ role: 'user', content: '1' }],
  })
  const response = s.ask('2')
  await until(async () => (await s.client.get<{ data: unknown[] }>('/responses')).data.length === 1)
  await assert.rejects(
    s.client.beta.threads.runs.create(thread, { assistant_id: assistant.id }),
    /already has an active run/,
    'a run is refused as ever',
  )
  s.goOn()
  const over = await until(async () => {
    const found = await s.client.beta.threads.runs.retrieve(run.id, { thread_id: thread })
    return found.status === 'requires_action' && found
  })
  const [call] = over.required_action?.submit_tool_outputs.tool_calls ?? []
  await s.client.beta.threads.runs.submitToolOutputs(run.id, {
    thread_id: thread,
    tool_outputs: [{ tool_call_id: call?.id ?? '', output: 'seen' }],
  })
  assert.equal((await response).output_text, 'To 2.')
  assert.equal((await s.client.beta.threads.runs.retrieve(run.id, { thread_id: thread })).status, 'completed')
  assert.deepEqual(
    asked(s.model.calls[2]).map(([, text]) => text),
    ['1', 'look', 'look', 'To 1.', '2'],
  )
})

test('what waits for a conversation that is deleted goes on without it', async () => {
  await using s = await createQueue()
  const first = s.ask('1').catch((error: unknown) => error)
  await until(async () => s.model.calls.length === 1)
  const waiting = await s.ask('2', true)
  await s.client.conversations.delete(s.id)
  s.goOn()
  await first
  await until(async () => (await s.status(waiting.id)) === 'completed')
  assert.deepEqual(
    asked(s.model.calls.at(-1)).map(([, text]) => text),
    ['2'],
  )
})

test('calls of a run that a response has waited for name a container that is there', async () => {
  let goOn = () => {}
  const held = new Promise<void>((resolve) => (goOn = resolve))
  await using s = await createResponsesFixture(
    async (_prompt, call) => {
      if (call === 0) await held
      return call === 0
        ? { toolCalls: [{ name: 'code_interpreter', arguments: { code: '1' } }] }
        : { text: 'Yes.' }
    },
    { env: { THREADMILL_CONFIG: config, THREADMILL_CODE_INTERPRETER: 'auto' } },
  )
  await s.server.sandbox
  const { beta } = s.client
  const assistant = await beta.assistants.create({ model: 'm', tools: [{ type: 'code_interpreter' }] })
  const { thread_id, id } = await beta.threads.createAndRun({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: '1' }] },
  })
  const conversation = thread_id.replace('thread_', 'conv_')
  const waiting = await s.responses.create({ model: 'm', conversation, input: '2', background: true })
  goOn()
  await until(async () => (await s.responses.retrieve(waiting.id)).status === 'completed')
  assert.equal((await beta.threads.runs.retrieve(id, { thread_id })).status, 'completed')
  const { data } = await s.client.conversations.items.list(conversation)
  const called = data.find(({ type }) => type === 'code_interpreter_call')
  assert.ok(called?.type === 'code_interpreter_call')
  assert.equal((await s.client.containers.retrieve(called.container_id)).status, 'running')
})
