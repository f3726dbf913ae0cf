import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { createStoreFixture } from '../../test/store/fixture.ts'
import { readLimits } from '../store/usage/limits.ts'
import { HeldCompletions } from './held-completions.ts'

test('nothing of a completion that is over stays with the signal of its caller', async () => {
  await using s = await createStoreFixture()
  const limits = readLimits([{ owner: 'p', model: '', name: 'max_concurrent_runs', value: 1 }])
  const held = new HeldCompletions({
    db: s.db,
    budgetsOf: () => [],
    priceOf: () => undefined,
    log: () => {},
    limits: () => limits,
  })
  const { signal } = new AbortController()
  const plan = { model: 'm', input_tokens: 1, output_tokens: 1 }
  for (let times = 1; times <= 2; times++) {
    const completion = await held.begin({ project: 'p', apiKey: 'key' }, plan, signal)
    assert.equal(getEventListeners(signal, 'abort').length, 1)
    await completion.end()
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  }
  await held.close()
})
