import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RunMoved, writeRun } from '../store/runs.ts'
import { openStage } from '../../test/store/stage.ts'
import { createRecorder } from './recorder.ts'

test('a worker that has lost its lease shows nothing more to the readers in its process', async () => {
  await using s = openStage()
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
