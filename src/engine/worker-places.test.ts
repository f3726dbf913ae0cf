import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createdEvents } from '../assistants/events.ts'
import { leaseMs } from '../store/leases.ts'
import { insertRun, nextRunNumber } from '../store/insert-runs.ts'
import { until } from '../../test/runs.ts'
import { newRun } from '../../test/store/fixture.ts'
import { openWorker } from './worker-fixture.test.ts'

/** Writes a run with a place for it, as whoever creates one does. `meanwhile` is called while it is being written. */
async function createWith(
  s: Awaited<ReturnType<typeof openWorker>>,
  place: NonNullable<ReturnType<typeof s.worker.reserve>>,
  meanwhile = () => {},
) {
  const queued = newRun(await s.thread(), 'run_reserved')
  await s.db.write(async (tx) => {
    meanwhile()
    const events = createdEvents(queued)
    const run = insertRun(
      tx,
      s.log,
      { ...queued, seq: await nextRunNumber(tx) },
      { events, lease: place.lease },
    )
    tx.afterCommit(() => place.begin(run), 'committed')
  })
  return queued
}

test('a run that is created with a place begins without being claimed, and its place is free after it', async () => {
  await using s = await openWorker([{ text: 'Done.' }])
  const place = s.worker.reserve('p')
  assert.ok(place)
  const run = await createWith(s, place)
  await until(async () => (await s.read(run))?.status === 'completed')
  assert.equal((await s.read(run))?.attempt, 1)
  // Whoever created it may learn of a failure only now.
  place.giveBack()
  await until(async () => s.turns.free === s.turns.size)
})

test('a run that had to wait until its lease was over before it was written is begun once', async (t) => {
  const { promise: answer, resolve: mayAnswer } = Promise.withResolvers<void>()
  await using s = await openWorker(async () => {
    await answer
    return { text: 'Done.' }
  })
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const place = s.worker.reserve('p')
  assert.ok(place)
  t.mock.timers.tick(leaseMs + 1_000)
  // The renewal knows nothing of the run yet, and is written after it.
  const run = await createWith(s, place, s.worker.renewSoon)
  await until(async () => Number((await s.read(run))?.lease_until) > place.lease.until)
  mayAnswer()
  await until(async () => (await s.read(run))?.status === 'completed')
  assert.equal((await s.read(run))?.attempt, 1)
  assert.equal(s.model.calls.length, 1)
})

test('a place that was not needed is given back once', async () => {
  await using s = await openWorker([])
  const place = s.worker.reserve('p')
  assert.equal(s.turns.free, s.turns.size - 1)
  place?.giveBack()
  place?.giveBack()
  assert.equal(s.turns.free, s.turns.size)
})

test('a run that is created while its worker closes is let go of, and none is begun afterwards', async () => {
  await using s = await openWorker([{ hang: true }])
  const place = s.worker.reserve('p')
  assert.ok(place)
  const closing = s.worker.close()
  const run = await createWith(s, place)
  await closing
  const left = await s.read(run)
  assert.deepEqual([left?.status, left?.lease_owner], ['in_progress', null])
  assert.equal(s.worker.reserve('p'), undefined)
})
