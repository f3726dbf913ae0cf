import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultChunking } from '../../src/contract/chunking-strategy.ts'
import { postponeFile, waitingFiles } from '../../src/store/indexing-jobs.ts'
import { insertFile } from '../../src/store/files.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { attachFile } from '../../src/store/vector-store-files.ts'
import { insertVectorStore } from '../../src/store/vector-stores.ts'
import { migratePostgres } from '../../src/store/migrate-postgres.ts'
import { dropSchema, postgresOf } from '../database.ts'

test('when a file is tried again is a time of the database, whatever the clock of a server says', async (t) => {
  const database = await postgresOf('indexing-jobs')
  await migratePostgres(database)
  const db = openPostgres(database)
  const at = { project: 'p', vector_store_id: 'vs_1', batch_id: null }
  await db.write(async (tx) => {
    const body = {
      created_at: 1,
      name: null,
      description: null,
      expires_after: null,
      last_active_at: 1,
      metadata: {},
    }
    await insertVectorStore(tx, { id: 'vs_1', project: 'p', expires_at: null, body })
    const file = { filename: 'a.txt', created_at: 1, bytes: 1, sha256: 'x', status: 'processed' as const }
    await insertFile(tx, { id: 'file-1', project: 'p', purpose: 'assistants', expires_at: null, body: file })
    await attachFile(tx, at, { file_id: 'file-1', attributes: {}, chunking_strategy: defaultChunking }, 1)
  })
  const take = () =>
    db.write(async (tx) => {
      const queue = waitingFiles(tx, { owner: 'me', until: 1 }, { awaited: false, fits: () => true })
      return (await queue.laneAfter('')) === undefined ? undefined : queue.take('vs_1')
    })
  const first = await take()
  assert.ok(first)
  await db.write((tx) => postponeFile(tx, first, { pauseMs: 120_000, reason: 'away' }))
  // A server that is three minutes ahead does not take it early, and one that is behind sets no time in the past.
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 180_000 })
  assert.equal(await take(), undefined)
  t.mock.timers.setTime(Date.now() - 600_000)
  await db.write((tx) => tx.run('update vector_store_files set retry_at = null'))
  const again = await take()
  assert.ok(again)
  await db.write((tx) => postponeFile(tx, again, { pauseMs: 120_000, reason: 'away' }))
  t.mock.timers.reset()
  assert.equal(await take(), undefined)
  await db.close()
  await dropSchema(database)
})
