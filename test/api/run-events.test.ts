import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BadRequestError, NotFoundError } from 'openai'
import { createRunFixture } from '../runs.ts'
import { listEvents } from '../timelines.ts'

test('events are listed as they were streamed, with their times, in pages both ways', async () => {
  await using s = await createRunFixture([{ text: 'Hello there.' }])
  const streamed = (await s.stream()).filter(({ event }) => event !== 'done')
  const run = {
    id: streamed.find(({ event }) => event === 'thread.run.created')?.data.id,
    thread_id: s.thread.id,
  }
  const all = await listEvents(s.client, run, { order: 'asc', limit: 100 })
  assert.deepEqual(
    all.data.map(({ id, event, data }) => ({ id, event, data })),
    streamed,
  )
  assert.deepEqual([all.has_more, all.first_id, all.last_id], [false, streamed[0]?.id, streamed.at(-1)?.id])
  for (const { object, created_at } of all.data) {
    assert.equal(object, 'thread.run.event')
    assert.ok(created_at !== null && created_at > 1_700_000_000)
  }
  const ids = streamed.map(({ id }) => id)
  const newest = await listEvents(s.client, run, { limit: 3 })
  assert.deepEqual([newest.data.map(({ id }) => id), newest.has_more], [ids.slice(-3).toReversed(), true])
  const next = await listEvents(s.client, run, { order: 'asc', after: ids[1], limit: 2 })
  assert.deepEqual([next.data.map(({ id }) => id), next.has_more], [ids.slice(2, 4), true])
  const back = await listEvents(s.client, run, { order: 'asc', before: ids[4], limit: 2 })
  assert.deepEqual([back.data.map(({ id }) => id), back.has_more], [ids.slice(2, 4), true])
  for (const after of ['7-7', 'nonsense', '-1']) {
    await assert.rejects(listEvents(s.client, run, { after }), (error) => {
      assert.ok(error instanceof BadRequestError)
      assert.equal(error.param, 'after')
      return true
    })
  }
})

test('events of a run that is not there are not found', async () => {
  await using s = await createRunFixture([])
  await assert.rejects(listEvents(s.client, { thread_id: s.thread.id, id: 'run_missing' }), NotFoundError)
})

test('the events of a deleted message are not listed any more', async () => {
  await using s = await createRunFixture([{ text: 'A secret.' }])
  const run = await s.finish()
  const [message] = (await s.threads.messages.list(s.thread.id)).data
  await s.threads.messages.delete(message?.id ?? '', { thread_id: s.thread.id })
  const { data } = await listEvents(s.client, run, { limit: 100 })
  assert.ok(!JSON.stringify(data).includes('secret'))
  assert.ok(data.some(({ event }) => event === 'thread.run.completed'))
})
