import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deleteMessage, insertMessage, listMessages } from '../../src/store/messages.ts'
import { UnknownCursor, type PageQuery } from '../../src/store/page.ts'
import { message, createStoreFixture } from './fixture.ts'

/** Makes a thread with the messages m1 to m6, all of the same second. A page of it is written as `m2 m3 ...`. */
async function six() {
  const s = await createStoreFixture()
  const thread = await s.thread()
  const other = await s.thread()
  await s.db.write(async (tx) => {
    for (const n of [1, 2, 3, 4, 5, 6]) {
      await insertMessage(tx, message(thread, `m${n}`))
      await insertMessage(tx, message(other, `other${n}`))
    }
  })
  return {
    ...s,
    remove: (id: string) => s.db.write((tx) => deleteMessage(tx, 'p', thread, id)),
    async page(query: Partial<PageQuery>) {
      const { data, hasMore } = await listMessages(s.db, 'p', thread, { limit: 2, order: 'asc', ...query })
      return [...data.map(({ id }) => id), ...(hasMore ? ['...'] : [])].join(' ')
    },
  }
}

test('objects of one second keep the order in which they were made, in both directions', async () => {
  await using s = await six()
  assert.equal(await s.page({ limit: 6 }), 'm1 m2 m3 m4 m5 m6')
  assert.equal(await s.page({ limit: 6, order: 'desc' }), 'm6 m5 m4 m3 m2 m1')
  assert.equal(await s.page({ limit: 5 }), 'm1 m2 m3 m4 m5 ...')
})

test('`after` goes on behind its cursor', async () => {
  await using s = await six()
  assert.equal(await s.page({ after: 'm2' }), 'm3 m4 ...')
  assert.equal(await s.page({ after: 'm4' }), 'm5 m6')
  assert.equal(await s.page({ after: 'm6' }), '')
  assert.equal(await s.page({ after: 'm5', order: 'desc' }), 'm4 m3 ...')
})

test('`before` takes those nearest to its cursor, in the order asked for', async () => {
  await using s = await six()
  assert.equal(await s.page({ before: 'm5' }), 'm3 m4 ...')
  assert.equal(await s.page({ before: 'm3' }), 'm1 m2')
  assert.equal(await s.page({ before: 'm1' }), '')
  assert.equal(await s.page({ before: 'm2', order: 'desc' }), 'm4 m3 ...')
})

test('both cursors cut a piece from the middle', async () => {
  await using s = await six()
  assert.equal(await s.page({ after: 'm1', before: 'm5' }), 'm2 m3 ...')
  assert.equal(await s.page({ after: 'm1', before: 'm4' }), 'm2 m3')
  assert.equal(await s.page({ after: 'm5', before: 'm2', order: 'desc' }), 'm4 m3')
})

test('paging through visits every object once, although each page is deleted once it is read', async () => {
  await using s = await six()
  const visited: string[] = []
  let after: string | undefined
  for (;;) {
    const page = await s.page({ after })
    const ids = page.split(' ').filter((id) => id.startsWith('m'))
    visited.push(...ids)
    for (const id of ids) await s.remove(id)
    after = ids.at(-1)
    if (!page.endsWith('...')) break
  }
  assert.deepEqual(visited, ['m1', 'm2', 'm3', 'm4', 'm5', 'm6'])
})

test('a deleted object keeps its place as a cursor, and a new one never takes it', async () => {
  await using s = await six()
  await s.remove('m6')
  await s.message('thread_1', 'm7')
  assert.equal(await s.page({ after: 'm6' }), 'm7')
  assert.equal(await s.page({ before: 'm6', limit: 6 }), 'm1 m2 m3 m4 m5')
})

test('a cursor that never was an id is named, with the parameter', async () => {
  await using s = await six()
  for (const param of ['after', 'before'] as const) {
    await assert.rejects(s.page({ [param]: 'm9' }), (error) => {
      assert.ok(error instanceof UnknownCursor)
      assert.deepEqual([error.param, error.id], [param, 'm9'])
      return true
    })
  }
})
