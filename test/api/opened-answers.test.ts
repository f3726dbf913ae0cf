import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { scripted } from '../../src/models/scripted.ts'
import { addTrigger, createRunFixture, executeSql, order, until } from '../runs.ts'
import { startTestServer } from '../server.ts'

test('a worker whose run was taken by another while the model thought runs no tool', async () => {
  let ran = 0
  const model = scripted(async (_prompt, call) => {
    if (call > 0) return { text: 'A 4.' }
    const taken = "attempt = attempt + 1, lease_owner = 'other', lease_until = 99999999999999"
    await executeSql(server, `update runs set ${taken}`)
    return { toolCalls: [{ name: 'dice', arguments: {} }] }
  })
  const dice = { type: 'dice', description: 'Throws a dice.', parameters: { type: 'object' } }
  await using server = await startTestServer({
    models: { scripted: model },
    tools: [{ ...dice, run: async () => (ran++, 'a 4') }],
  })
  const { assistants, threads } = server.client.beta
  const assistant = await assistants.create({ model: 'scripted', tools: [{ type: 'dice' } as never] })
  const thread = await threads.create({ messages: [{ role: 'user', content: 'Throw it' }] })
  await threads.runs.create(thread.id, { assistant_id: assistant.id })
  await until(async () => model.calls.length === 1)
  await sleep(300)
  assert.equal(ran, 0)
})

test('a message that the database refuses ends its run, and the model is asked once', async () => {
  await using s = await createRunFixture(() => ({ text: 'Hello there' }))
  const refusal = { when: 'new.run_id is not null', does: { refuse: 'no more messages' } }
  await addTrigger(s, { name: 'refuse', on: 'before insert on messages', ...refusal })
  const { status, last_error: error } = await s.finish()
  assert.deepEqual([status, error?.code, s.model.calls.length], ['failed', 'server_error', 1])
  assert.deepEqual(await s.texts(), ['Hello'])
})

test('a run whose end is refused leaves no message that looks complete', async () => {
  await using s = await createRunFixture(() => ({ text: 'Hello there' }))
  const refusal = { when: "new.status = 'completed'", does: { refuse: 'not now' } }
  await addTrigger(s, { name: 'refuse', on: 'before update on runs', ...refusal })
  const events = order(await s.stream())
  assert.equal(events.includes('thread.message.completed'), false)
  assert.equal(events.includes('thread.run.failed'), true)
  const { data } = await s.threads.messages.list(s.thread.id)
  assert.deepEqual(
    data.filter(({ role, status }) => role === 'assistant' && status !== 'incomplete'),
    [],
  )
})
