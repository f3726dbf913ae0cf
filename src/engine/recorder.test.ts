import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endRun } from '../assistants/end-run.ts'
import { RunMoved, writeRun } from '../store/runs.ts'
import { createStoreFixture } from '../../test/store/fixture.ts'
import { createRecorder } from './recorder.ts'

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
  recorder.delta('thread.message.delta', {})
  assert.deepEqual(
    live.take(4).map(({ seq }) => seq),
    [4],
  )
  await claim(run, 'awake')
  await assert.rejects(recorder.write({}), RunMoved)
  recorder.delta('thread.message.delta', {})
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
  const print = () => recorder.delta('thread.run.step.delta', {})
  print()
  const ending = recorder.end((tx, now, shown) => endRun(tx, s.log, now, { status: 'cancelled' }, { shown }))
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
