import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  newConversationThreadId,
  newItemId,
  newMessageId,
  newResponseId,
  newRunId,
  newStepId,
  newThreadId,
} from './ids.ts'

for (const [prefix, newId] of Object.entries({
  thread: newThreadId,
  msg: newMessageId,
  run: newRunId,
  step: newStepId,
}))
  test(`ids that begin with ${prefix}_ are in the order of their time, and the rest of each is random`, async () => {
    const form = new RegExp(`^${prefix}_([A-Za-z0-9]{7})([A-Za-z0-9]{17})$`)
    const first = newId()
    await sleep(2)
    const later = Array.from({ length: 200 }, newId)
    assert.ok(later.every((id) => id > first))
    const parts = [first, ...later].map((id) => form.exec(id) ?? assert.fail(id))
    assert.equal(new Set(parts.map(([, , random]) => random)).size, 201)
  })

test('ids of responses begin with their chain, and chains are in the order of their time', async () => {
  const first = newResponseId()
  const conversation = newConversationThreadId().replace('thread_', 'conv_')
  await sleep(2)
  const later = Array.from({ length: 200 }, () => newResponseId())
  assert.ok(later.every((id) => id > first && /^resp_[0-9a-f]{50}$/.test(id)))
  const followers = [newResponseId(first), newResponseId(newResponseId(first))]
  assert.deepEqual([...new Set([first, ...followers].map((id) => id.slice(0, 21)))], [first.slice(0, 21)])
  assert.equal(newItemId('msg', first).slice(4, 20), first.slice(5, 21))
  assert.equal(newResponseId(conversation).slice(5, 21), conversation.slice(-16))
  assert.equal(new Set([first, ...followers, ...later].map((id) => id.slice(-24))).size, 203)
})
