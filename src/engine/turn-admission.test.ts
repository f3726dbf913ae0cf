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

test('a request that its budget refuses has cost nothing, whether it is the first one or another', async () => {
  const settled: number[] = []
  const work = { recorder: { countRefused: async () => {} } } as unknown as RunWork
  const allowances = { next: async () => ({ settle: async (tokens: number) => void settled.push(tokens) }) }
  let isSpent = true
  const next: Budgets['next'] = async () => {
    if (isSpent) throw new Error('nothing is left')
  }
  const engine = { allowances, budgets: { next } } as never
  const admission = new TurnAdmission(engine, work, { model: 'm', max: undefined, reserved: 100 })
  await assert.rejects(admission.ask(50, {}), /nothing is left/)
  assert.deepEqual(settled.splice(0), [0])
  isSpent = false
  await admission.ask(50, {})
  isSpent = true
  await assert.rejects(admission.goOn({ ...noUsage, total_tokens: 70 }), /nothing is left/)
  assert.deepEqual(settled, [70, 0])
})
