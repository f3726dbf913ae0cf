import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noUsage } from '../contract/usage.ts'
import type { Budgets } from './budgets.ts'
import type { RunWork } from './run-work.ts'
import { TurnAdmission } from './turn-admission.ts'

test('what goes on after a pause waits for a budget no longer than its answer lasts', async () => {
  const work = { recorder: { countRefused: async () => {} } } as unknown as RunWork
  const allowances = { next: async () => ({ settle: async () => {} }) }
  /** A budget that others hold. */
  const next: Budgets['next'] = (_work, _turn, signal) =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  const engine = { allowances, budgets: { next } } as never
  const admission = new TurnAdmission(engine, work, { model: 'm', max: undefined, reserved: 100 })
  const answer = new AbortController()
  const going = admission.goOn(noUsage, answer.signal)
  setImmediate(() => answer.abort(new Error('the answer is over')))
  await assert.rejects(going, /the answer is over/)
})
