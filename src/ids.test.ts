import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { newMessageId, newRunId, newStepId, newThreadId } from './ids.ts'

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
