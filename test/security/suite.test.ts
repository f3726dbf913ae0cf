import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { EngineId } from '../../src/sandbox/pair-ids.ts'
import { attempts } from './attempts.ts'
import { cases } from './cases.ts'
import { checksOf } from './checks.ts'
import { findPairs } from './pairs.ts'

/** Registers every attempt for every pair of this engine that works here, and says which pairs do not. */
export async function attemptsFail(engine: EngineId): Promise<void> {
  const pairs = await findPairs(engine)
  test(`which pairs of ${engine} are attacked here`, (t) => {
    const ids = pairs.found.map(({ id }) => id)
    t.diagnostic(
      `attacked: ${ids.join(', ') || 'none'}; not on this machine: ${pairs.missing.join('; ') || 'none'}`,
    )
  })
  for (const provider of pairs.found) {
    const checks = await checksOf(provider)
    describe(`attempts against ${provider.id}`, () => {
      after(async () => {
        await checks[Symbol.asyncDispose]()
        await provider.close?.()
      })
      const open = checks.all.filter((check) => check.open !== undefined)
      test('what is known to be open is open in the seat belt only', (t) => {
        t.diagnostic(`open in ${provider.id}: ${open.map(({ id }) => id).join(', ') || 'none'}`)
        assert.ok(open.length === 0 || provider.isolation === 'seat belt')
      })
      for (const { id, what, held, run } of checks.all.filter((check) => !open.includes(check))) {
        test(`${id} cannot ${what}: ${held}`, async () => {
          assert.deepEqual((await run()).leaks, [])
        })
      }
    })
  }
}

test('all attempts are there, each once', () => {
  const ids = [...attempts, ...cases].map(({ id }) => id)
  const counts = { S: 12, N: 10, K: 8, R: 8, M: 12, I: 1, P: 8, H: 8, T: 10 }
  const wanted = Object.entries(counts).flatMap(([group, count]) =>
    Array.from({ length: count }, (_, i) => `${group}${String(i + 1).padStart(2, '0')}`),
  )
  assert.deepEqual(ids.toSorted(), wanted.toSorted())
})
