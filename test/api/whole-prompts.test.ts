import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { startTestServer } from '../server.ts'

/** Around the length up to which a thread is read by the transaction that creates the run. */
const lengths = [1, 9, 10, 11, 49, 50, 51]
const messagesOf = (count: number, filler = '') =>
  Array.from({ length: count }, (_, at) => ({ role: 'user' as const, content: `M${at}.${filler}` }))

async function createServer() {
  const model = scripted(() => ({ text: 'Yes.' }))
  const s = await startTestServer({ models: { m: model } })
  /** The numbers of the messages that the model was sent last, in their order. */
  const sent = () =>
    [...JSON.stringify(model.calls.at(-1)?.prompt).matchAll(/M(\d+)\./g)].map(([, at]) => Number(at))
  return Object.assign(s, { sent })
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at)

test('a run is asked with all messages of its thread, in order, however many they are', async () => {
  await using s = await createServer()
  const { beta } = s.client
  const { id: assistant_id } = await beta.assistants.create({ model: 'm', instructions: 'Be brief.' })
  for (const count of lengths) {
    const { id } = await beta.threads.create({ messages: messagesOf(count) })
    const run = await beta.threads.runs.createAndPoll(id, { assistant_id })
    assert.equal(run.status, 'completed')
    assert.deepEqual(s.sent(), upTo(count))
  }
})

test('a response is asked with all items of its conversation, in order, however many they are', async () => {
  await using s = await createServer()
  for (const count of lengths) {
    const { id: conversation } = await s.client.conversations.create()
    for (let at = 0; at < count; at += 20)
      await s.client.conversations.items.create(conversation, {
        items: messagesOf(count)
          .slice(at, at + 20)
          .map((one) => ({ type: 'message', ...one })),
      })
    await s.client.responses.create({ model: 'm', conversation, input: `M${count}.` })
    assert.deepEqual(s.sent(), upTo(count + 1))
  }
})

test('long messages are sent as well as short ones', async () => {
  await using s = await createServer()
  const { beta } = s.client
  const { id: assistant_id } = await beta.assistants.create({ model: 'm', instructions: 'Be brief.' })
  const { id } = await beta.threads.create({ messages: messagesOf(3, ' and so on'.repeat(4_000)) })
  await beta.threads.runs.createAndPoll(id, { assistant_id })
  assert.deepEqual(s.sent(), upTo(3))
  const conversation = id.replace('thread_', 'conv_')
  await s.client.responses.create({ model: 'm', conversation, input: 'M3.' })
  assert.deepEqual(s.sent(), upTo(4))
})
