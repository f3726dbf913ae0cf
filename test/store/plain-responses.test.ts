import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nowSeconds } from '../../src/common/clock.ts'
import type { StoredItem } from '../../src/contract/responses/items.ts'
import type { ResponseRecord } from '../../src/contract/responses/response.ts'
import { createdEvents, responsesEvents } from '../../src/responses/events.ts'
import { addEntries } from '../../src/store/conversation-items.ts'
import { insertWhereFree } from '../../src/store/insert-runs.ts'
import { itemsOfRun, saveItems } from '../../src/store/items.ts'
import { createRunLog } from '../../src/store/run-log.ts'
import { usedInThread, addToThread } from '../../src/store/usage/spending.ts'
import { waitForThread } from '../../src/store/waiting-runs.ts'
import { createStoreFixture, newRun } from './fixture.ts'

type Fixture = Awaited<ReturnType<typeof createStoreFixture>>

const refusal = new Error('look at the conversation')
const log = createRunLog({ responses: responsesEvents })
const newResponse = (thread: string | null, id: string) =>
  ({ ...newRun('', id), thread_id: thread, api: 'responses' }) as unknown as ResponseRecord

/** Adds a response in one piece, with an item of its input. */
function add(s: Fixture, thread: string | null, id: string) {
  const queued = newResponse(thread, id)
  const body: StoredItem = {
    item: { id: `msg_of_${id}`, type: 'message', role: 'user', content: [] } as never,
  }
  const input = { id: body.item.id, project: 'p', run: 0, part: 'input' as const, output_index: null, body }
  return s.db.write((tx) => {
    const of = { events: createdEvents(queued), lease: undefined, server: 'here', refusal: () => refusal }
    const added = insertWhereFree(tx, log, queued, of)
    saveItems(tx, [input], id)
    return { added }
  })
}

async function newConversation(s: Fixture) {
  const id = await s.thread()
  await s.db.write((tx) => tx.run('update threads set active_at = ? where id = ?', nowSeconds(), id))
  return id
}

test('a response is added in one piece, by itself and in a conversation that is free', async () => {
  await using s = await createStoreFixture()
  for (const thread of [null, await newConversation(s)]) {
    const { added } = await add(s, thread, `resp_in_${thread}`)
    const { seq, thread_id } = await added
    assert.equal(thread_id, thread)
    const [item, ...others] = await itemsOfRun(s.db, seq, ['input'])
    assert.equal(item?.id, `msg_of_resp_in_${thread}`)
    assert.deepEqual(others, [])
    const row = await s.db.get('select id, thread_id, status from runs where seq = ?', seq)
    assert.deepEqual({ ...(row as object) }, { id: `resp_in_${thread}`, thread_id: thread, status: 'queued' })
  }
})

test('what was called in a conversation, what waits for it and what is active in it is looked at first', async () => {
  await using s = await createStoreFixture()
  const call: StoredItem = { item: { id: 'fc_1', type: 'function_call', call_id: 'c' } as never }
  const ways: Record<string, (id: string) => Promise<unknown>> = {
    'a call': (id) => s.db.write((tx) => addEntries(tx, { id, project: 'p' }, [call], 1)),
    'one that waits': async (id) => {
      const { seq } = await s.run()
      await s.db.write((tx) => waitForThread(tx, seq, id))
    },
    'a run': (id) => s.run(id),
    'a step of a run': async (id) => {
      const run = await s.run(id)
      await s.db.write(async (tx) => {
        await tx.run("update runs set status = 'completed' where seq = ?", run.seq)
        await tx.run(
          "insert into run_steps (id, project, run_id, status, body) values ('step_1', 'p', ?, 'completed', '{}')",
          run.id,
        )
      })
    },
    'its deletion': (id) => s.db.write((tx) => tx.run('update threads set removed = 1 where id = ?', id)),
  }
  for (const [what, happens] of Object.entries(ways)) {
    const id = await newConversation(s)
    await happens(id)
    await assert.rejects(add(s, id, `resp_${id}`), (error) => error === refusal, what)
    assert.equal(await s.db.get('select 1 from items where id = ?', `msg_of_resp_${id}`), undefined, what)
  }
})

test('to a conversation that is deleted nothing is added any more', async () => {
  await using s = await createStoreFixture()
  const id = await newConversation(s)
  const used = { model: 'm', input_tokens: 1, cached_tokens: 0, output_tokens: 1, reasoning_tokens: 0 }
  const message = (of: string): StoredItem => ({
    item: { id: `msg_${of}`, type: 'message', role: 'user', status: 'completed', content: [] } as never,
  })
  const call = (of: string): StoredItem => ({
    item: { id: `fc_${of}`, type: 'function_call', call_id: of } as never,
  })
  const say = (of: string) =>
    s.db.write((tx) => {
      addEntries(tx, { id, project: 'p' }, [message(of), call(of)], 1)
      addToThread(tx, id, used)
    })
  const said = async () => [
    await s.db.all('select id from messages'),
    await s.db.all('select id from conversation_items'),
    await usedInThread(s.db, id),
  ]
  await say('before')
  const before = await said()
  assert.deepEqual(
    before.map((rows) => rows.length),
    [1, 1, 1],
  )
  await s.db.write((tx) => tx.run('update threads set removed = 1 where id = ?', id))
  await say('after')
  assert.deepEqual(await said(), before)
})
