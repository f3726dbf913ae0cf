import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endsRun } from '../../src/assistants/events.ts'
import { raw } from '../raw.ts'
import { executeSql, parseEvents, createRunFixture, until } from '../runs.ts'

/** One last event of the run, and `done` after it. */
function endsOnce(text: string): void {
  const events = parseEvents(text).map(({ event }) => event)
  assert.equal(events.filter(endsRun).length, 1, events.join(' '))
  assert.equal(events.at(-1), 'done')
  assert.ok(endsRun(events.at(-2) ?? ''))
}

test('a stream ends with the last event of its run when the thread is deleted meanwhile', async () => {
  await using s = await createRunFixture([{ hang: true }])
  const stream = s.stream()
  await until(async () => (await s.threads.runs.list(s.thread.id)).data[0]?.status === 'in_progress')
  await s.threads.delete(s.thread.id)
  const events = await stream
  assert.deepEqual(events.map(({ event }) => event).slice(-2), ['thread.run.cancelled', 'done'])
})

test('a stream whose rows are gone before it has read them ends with the last event of its run all the same', async () => {
  await using s = await createRunFixture([{ hang: true }])
  const stream = s.stream()
  await until(async () => (await s.threads.runs.list(s.thread.id)).data[0]?.status === 'in_progress')
  await executeSql(s, 'delete from threads where id = ?', s.thread.id)
  const events = await stream
  const last = events.at(-2)
  assert.deepEqual([last?.event, events.at(-1)?.event], ['thread.run.cancelled', 'done'])
  assert.equal(last?.data.status, 'cancelled')
  assert.equal(last?.data.expires_at, null)
  assert.ok(last?.data.cancelled_at > 0)
  assert.equal(last?.data.usage.total_tokens, 0)
})

test('a run that is created while its thread is deleted is refused, or ends once', async () => {
  await using s = await createRunFixture(Array.from({ length: 40 }, () => ({ text: 'Hello', delayMs: 5 })))
  for (let round = 0; round < 20; round++) {
    const thread = await s.threads.create({ messages: [{ role: 'user', content: 'x' }] })
    const path = `/v1/threads/${thread.id}`
    const body = { assistant_id: s.assistant.id, stream: true }
    const [run] = await Promise.all([raw(s, 'POST', `${path}/runs`, body), raw(s, 'DELETE', path)])
    if (run.status === 404) continue
    assert.equal(run.status, 200)
    endsOnce(run.text)
  }
})
