import assert from 'node:assert/strict'
import { test } from 'node:test'
import { removeOrphans } from '../../src/store/check/remove-orphans.ts'
import type { Database } from '../../src/store/database.ts'
import { createStoreFixture } from './fixture.ts'

/** Remembers how many rows each transaction has removed. */
function counted(db: Database): { db: Database; removed: number[] } {
  const removed: number[] = []
  const write: Database['write'] = async (...args) => {
    const result = await db.write(...args)
    removed.push(Number(result))
    return result
  }
  return { db: { ...db, all: db.all.bind(db), write }, removed }
}

test('rows whose parent is gone are removed in slices, and no others', async () => {
  await using s = await createStoreFixture()
  await s.db.write(async (tx) => {
    await tx.run('create table parents (id bigint primary key)')
    await tx.run('create table children (parent bigint, seq bigint, primary key (parent, seq))')
    const rows = (parent: number, n: number) =>
      tx.run(
        `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${n})
         insert into children select ${parent}, n from numbers`,
      )
    // More parents than one page has, one of them with many rows.
    for (let parent = 1; parent <= 450; parent++) await rows(parent, parent === 7 ? 20_000 : 2)
    await tx.run('insert into parents select distinct parent from children where parent % 3 = 0')
  })
  const { db, removed } = counted(s.db)
  const of = { table: 'children', column: 'parent', row: 'seq', parent: 'parents', key: 'id' }
  assert.equal(await removeOrphans(db, of), 20_000 + 299 * 2)
  assert.ok(Math.max(...removed) <= 1_000, `${Math.max(...removed)} rows in one transaction`)
  const left = await s.db.get<object>('select count(*) as n, sum(parent % 3) as others from children')
  assert.deepEqual({ ...left }, { n: 300, others: 0 })
  assert.equal(await removeOrphans(db, of), 0)
})
