import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabaseOf } from '../database.ts'
import { raw } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'

test('items are paged in both orders and from both sides, wherever a page ends between messages and what stands after them', async () => {
  await using s = await createResponsesFixture([])
  const message = { type: 'message' as const, role: 'user' as const, content: 'Hi' }
  const call = (id: string) => [
    { type: 'function_call' as const, call_id: id, name: 'look', arguments: '{}' },
    { type: 'function_call_output' as const, call_id: id, output: 'seen' },
  ]
  const { id } = await s.client.conversations.create({
    items: [...call('a'), message, message, ...call('b'), ...call('c'), message],
  })
  type Page = { data: { id: string }[]; has_more: boolean }
  const page = async (query: string): Promise<Page> =>
    (await raw(s, 'GET', `/v1/conversations/${id}/items?${query}`)).json
  for (const order of ['asc', 'desc']) {
    const all = (await page(`order=${order}&limit=100`)).data.map((item) => item.id)
    assert.equal(all.length, 9)
    for (const limit of [1, 2, 4])
      for (const [at, cursor] of all.entries()) {
        const after = await page(`order=${order}&limit=${limit}&after=${cursor}`)
        assert.deepEqual(
          after.data.map((item) => item.id),
          all.slice(at + 1, at + 1 + limit),
        )
        assert.equal(after.has_more, at + 1 + limit < all.length)
        const before = await page(`order=${order}&limit=${limit}&before=${cursor}`)
        assert.deepEqual(
          before.data.map((item) => item.id),
          all.slice(Math.max(0, at - limit), at),
        )
      }
    const between = await page(`order=${order}&after=${all[1]}&before=${all[6]}`)
    assert.deepEqual(
      between.data.map((item) => item.id),
      all.slice(2, 6),
    )
  }
})

test('of a chain of very many responses the input is listed, and the tree around each', async () => {
  await using s = await createResponsesFixture([{ text: 'Yes.' }, { text: 'Still.' }])
  const { id } = await s.responses.create({ model: 'm', input: 'Hi' })
  const db = await openDatabaseOf(s.dataDir)
  const [row = {}] = await db.all<Record<string, unknown>>('select * from runs where id = ?', id)
  const same = Object.keys(row)
    .filter((column) => !['seq', 'id', 'previous'].includes(column))
    .join(', ')
  const length = 17_000
  await db.write((tx) =>
    tx.run(
      `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${length})
       insert into runs (id, previous, ${same})
       select 'resp_' || n, case when n = 1 then ? else 'resp_' || (n - 1) end, ${same}
       from numbers join runs on runs.id = ? order by n`,
      id,
      id,
    ),
  )
  await db.close()
  const last = `resp_${length}`
  const { data } = (await raw(s, 'GET', `/v1/responses/${last}/input_items`)).json
  assert.deepEqual(
    data.map((item: { role: string }) => item.role),
    ['assistant', 'user'],
  )
  for (const [of, first] of [
    [last, length - 999],
    ['resp_9000', 8_501],
  ] as const) {
    const tree = (await raw(s, 'GET', `/v1/responses/${of}/chain`)).json
    const ids = new Set(tree.data.map((one: { id: string }) => one.id))
    assert.deepEqual([ids.size, tree.has_more], [1_000, true])
    for (const one of [of, `resp_${first}`]) assert.ok(ids.has(one), one)
  }
  const next = await s.responses.create({ model: 'm', previous_response_id: last, input: 'And now?' })
  assert.equal(next.output_text, 'Still.')
  assert.equal(s.model.calls.at(-1)?.prompt.length, 3)
})
