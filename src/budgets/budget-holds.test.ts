import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sqliteOnly } from '../../test/database.ts'
import { countStatements } from '../../test/statements.ts'
import { createStoreFixture } from '../../test/store/fixture.ts'
import type { BudgetRecord } from '../contract/budgets.ts'
import { BudgetHolds } from './budget-holds.ts'

const tokens = (input_tokens: number) => ({
  model: 'm',
  input_tokens,
  cached_tokens: 0,
  output_tokens: 0,
  reasoning_tokens: 0,
})

/** Holders of a budget of 1,000 tokens, all of which are under way. */
async function createHolders(...ids: string[]) {
  const s = await createStoreFixture()
  for (const id of ids)
    await s.db.write((tx) =>
      tx.run(
        'insert into completions_under_way (id, project, api_key, lives_until) values (?, ?, ?, ?)',
        id,
        'p',
        'k',
        1e15,
      ),
    )
  const budget: BudgetRecord = {
    seq: 1,
    id: 'b',
    project: 'p',
    kind: 'budget',
    scope: 'project',
    unit: 'tokens',
    threshold: 1_000,
    action: 'stop',
    currency: '',
    created_at: 1,
    channel: null,
  }
  const parts = { db: s.db, budgetsOf: () => [budget], priceOf: () => undefined, log: () => {} }
  const holds = new BudgetHolds(parts)
  const { signal } = new AbortController()
  return {
    end: (id: string) => s.db.write((tx) => tx.run('delete from completions_under_way where id = ?', id)),
    hold: (id: string, more: number) => holds.hold({ id, project: 'p' }, tokens(more), { signal }),
    /** Asks for more when so much was used. `waiting` resolves when it has looked so many times and waits for others. */
    goOn(id: string, used: number, more: number, looks = 1) {
      const { promise: waiting, resolve } = Promise.withResolvers<void>()
      const waits = () => void (--looks === 0 && resolve())
      const asking = { signal, uncounted: tokens(used), waits }
      return { waiting, held: holds.hold({ id, project: 'p' }, tokens(used + more), asking) }
    },
    [Symbol.asyncDispose]: () => s[Symbol.asyncDispose](),
  }
}

test('those that wait with what they have used go on one after another, as long as something is left', async () => {
  await using s = await createHolders('asks', 'a', 'b')
  assert.equal(await s.hold('asks', 900), undefined)
  const going = ['a', 'b'].map((id) => ({ id, ...s.goOn(id, 300, 600) }))
  await Promise.all(going.map(({ waiting }) => waiting))
  await s.end('asks')
  const first = await Promise.race(going.map(({ id, held }) => held.then((over) => ({ id, over }))))
  assert.equal(first.over, undefined)
  await s.end(first.id)
  const [other] = going.filter(({ id }) => id !== first.id)
  assert.equal(await other?.held, undefined)
})

test('what those that wait have used together is used, so nobody waits where nothing is left', async () => {
  await using s = await createHolders('asks', 'a', 'b')
  assert.equal(await s.hold('asks', 900), undefined)
  const one = s.goOn('a', 600, 100)
  await one.waiting
  const over = await s.goOn('b', 600, 100).held
  assert.equal(over?.used, 1_200)
  await s.end('b')
  await s.end('asks')
  assert.equal(await one.held, undefined)
})

test(
  'what one that waits has used is written once, and not each time it looks again',
  sqliteOnly,
  async () => {
    using statements = countStatements()
    await using s = await createHolders('asks', 'a')
    assert.equal(await s.hold('asks', 900), undefined)
    statements.take()
    const one = s.goOn('a', 300, 600, 3)
    await one.waiting
    const written = statements.take().filter(({ text }) => text.startsWith('insert into budget_holds'))
    assert.equal(written.length, 1)
    await s.end('asks')
    assert.equal(await one.held, undefined)
  },
)
