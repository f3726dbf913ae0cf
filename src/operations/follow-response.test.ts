import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logStart } from '../contract/run-events.ts'
import { followResponse } from './follow-response.ts'

test('a reader of whom nothing was asked lets go of the live events when it is ended', async () => {
  let isLet = false
  const live = { take: () => [], missed: () => false, wait: () => Promise.resolve('news' as const) }
  const follow = {
    from: logStart,
    until: 'end' as const,
    live: { ...live, [Symbol.dispose]: () => void (isLet = true) },
  }
  const events = followResponse({} as never, { id: 'resp_1' } as never, follow, AbortSignal.abort())
  await events.return()
  assert.ok(isLet)
})
