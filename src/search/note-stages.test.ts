import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileStage } from '../contract/vector-store-files.ts'
import type { Database, Value } from '../store/database.ts'
import type { IndexingJob } from '../store/indexing-jobs.ts'
import { noteStages } from './note-stages.ts'

/** A database whose writes wait until they are let go. */
function createSlowDatabase() {
  const written: string[] = []
  const waiting: (() => Promise<void>)[] = []
  const tx = {
    run: async (_sql: string, progress: Value) =>
      written.push((JSON.parse(String(progress)) as FileStage).stage),
  }
  const write = (work: (given: typeof tx) => Promise<unknown>) =>
    new Promise<void>((resolve) => waiting.push(async () => void (await work(tx), resolve())))
  return { db: { write } as unknown as Database, written, waiting }
}

test('stages are written one at a time, so that a late write leaves no older stage than the last', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { db, written, waiting } = createSlowDatabase()
  const settle = async () => {
    await waiting.shift()?.()
    await new Promise(setImmediate)
  }
  const notes = noteStages(db, { seq: 1, attempt: 1, progress: null } as IndexingJob)
  notes.note({ stage: 'reading' })
  t.mock.timers.tick(1_000)
  notes.note({ stage: 'cutting' })
  notes.note({ stage: 'embedding' })
  t.mock.timers.tick(1_000)
  assert.equal(waiting.length, 1, 'the first one is not written yet')
  await settle()
  t.mock.timers.tick(1_000)
  await settle()
  assert.deepEqual(written, ['reading', 'embedding'])
  notes.note({ stage: 'indexing' })
  notes[Symbol.dispose]()
  t.mock.timers.tick(1_000)
  assert.equal(waiting.length, 0, 'the file is done')
})
