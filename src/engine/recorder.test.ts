import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endRun } from '../assistants/end-run.ts'
import { RunMoved, writeRun } from '../store/runs.ts'
import type { RunRecord } from '../contract/runs.ts'
import { createStoreFixture } from '../../test/store/fixture.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { until } from '../../test/runs.ts'

test('a worker that has lost its lease shows nothing more to the readers in its process', async () => {
  await using s = await createStoreFixture()
  const queued = await s.run()
  const claim = (run: typeof queued, owner: string) =>
    s.db.write((tx) =>
      writeRun(tx, s.log, run, {
        lease: { owner, until: 1 },
        ...(run.status === 'queued' && { moves: ['in_progress'] }),
      }),
    )
  const run = await claim(queued, 'frozen')
  const recorder = createRecorder(s.db, s.log, { ...run })
  using live = s.log.attach(run.id)
  recorder.delta('thread.message.delta', { id: 'msg_1' }, 'msg_1')
  assert.deepEqual(
    live.take(4).map(({ seq }) => seq),
    [4],
  )
  await claim(run, 'awake')
  await assert.rejects(recorder.write({}), RunMoved)
  recorder.delta('thread.message.delta', { id: 'msg_1' }, 'msg_1')
  assert.deepEqual(live.take(5), [])
  await recorder.close()
})

test('what a stopped program still prints while its run ends takes no numbers from the end', async () => {
  await using s = await createStoreFixture()
  const queued = await s.run()
  const run = await s.db.write((tx) =>
    writeRun(tx, s.log, queued, { lease: { owner: 'o', until: 1 }, moves: ['in_progress'] }),
  )
  const recorder = createRecorder(s.db, s.log, run)
  using live = s.log.attach(run.id)
  const print = () => recorder.delta('thread.run.step.delta', { id: 'step_1' }, 'step_1')
  print()
  const ending = recorder.end((tx, now, waiting) => endRun(tx, s.log, now, { status: 'cancelled' }, waiting))
  print()
  // The transaction has run, and is not on disk yet.
  await s.db.write(async () => print(), 'committed')
  await ending
  print()
  await recorder.close()

  const end = ['thread.run.step.delta', 'thread.run.cancelling', 'thread.run.cancelled']
  assert.deepEqual(
    live.take(4).map(({ seq, event }) => [seq, event]),
    end.map((event, at) => [at + 4, event]),
  )
  assert.deepEqual(
    (await s.events(run)).slice(3).map(({ seq, event }) => [seq, event]),
    end.map((event, at) => [at + 4, event]),
  )
  assert.equal((await s.read(run))?.last_event, 6)
})

test('a worker whose database has forgotten what was not on disk yet leaves no gap in the log', async () => {
  await using s = await createStoreFixture()
  const queued = await s.run()
  const run = await s.db.write((tx) =>
    writeRun(tx, s.log, queued, { lease: { owner: 'o', until: 1 }, moves: ['in_progress'] }),
  )
  const delta = (recorder: Recorder<RunRecord>) =>
    recorder.delta('thread.message.delta', { id: 'msg_1' }, 'msg_1')
  for (const goOn of [
    (recorder: Recorder<RunRecord>) => recorder.write({ gotOn: true }),
    (recorder: Recorder<RunRecord>) => (delta(recorder), recorder.write({})),
    (recorder: Recorder<RunRecord>) => (delta(recorder), recorder.close()),
    (recorder: Recorder<RunRecord>) =>
      recorder.end((tx, now) => endRun(tx, s.log, now, { status: 'completed' })),
  ]) {
    const recorder = createRecorder(s.db, s.log, { ...run })
    delta(recorder)
    await until(async () => (await s.read(run))?.last_event === 4)
    // As after a crash of PostgreSQL, which does not end its servers.
    await s.db.write(async (tx) => {
      await tx.run('delete from run_log where run = ? and seq > 3', run.seq)
      await tx.run('update runs set last_event = 3 where id = ?', run.id)
    })
    await goOn(recorder).catch((error: unknown) => assert.ok(error instanceof RunMoved))
    await recorder.close()
    assert.deepEqual(
      (await s.events(run)).map(({ seq }) => seq),
      [1, 2, 3],
    )
    assert.equal((await s.read(run))?.status, 'in_progress')
  }
})

test('rows that are written between two deltas take no number of a delta that is not on disk', async () => {
  await using s = await createStoreFixture()
  const queued = await s.run()
  const run = await s.db.write((tx) =>
    writeRun(tx, s.log, queued, { lease: { owner: 'o', until: 1 }, moves: ['in_progress'] }),
  )
  const recorder = createRecorder(s.db, s.log, run)
  const committed = Promise.withResolvers<void>()
  recorder.soon(async (tx) => {
    recorder.delta('thread.message.delta', { id: 'msg_1' }, 'msg_1')
    tx.afterCommit(committed.resolve)
  })
  await committed.promise
  const found = await s.db.get<{ events: number; last_event: number }>(
    'select last_event, (select count(*) from run_log where run = runs.seq and run_log.seq > 0) as events from runs where id = ?',
    run.id,
  )
  assert.equal(found?.events, found?.last_event)
  await recorder.close()
  assert.deepEqual((await s.events(run)).at(-1)?.seq, 4)
})

test('deltas whose readers are never to see what may be lost are on disk before they are shown', async () => {
  await using s = await createStoreFixture()
  const queued = await s.run()
  const run = await s.db.write((tx) =>
    writeRun(tx, s.log, queued, { lease: { owner: 'o', until: 1 }, moves: ['in_progress'] }),
  )
  const waited: unknown[] = []
  const db = {
    ...s.db,
    write: ((body, until) => (waited.push(until), s.db.write(body, until))) as typeof s.db.write,
  }
  for (const showsEarly of [true, false]) {
    const recorder = createRecorder(db, { ...s.log, showsEarly: () => showsEarly }, { ...run })
    recorder.delta('thread.message.delta', { id: 'msg_1' }, 'msg_1')
    await until(async () => waited.length > 0)
    assert.deepEqual(waited.splice(0), [showsEarly ? 'committed' : 'on disk'])
    run.last_event++
    await recorder.close()
  }
})
