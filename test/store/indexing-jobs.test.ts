import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultChunking } from '../../src/contract/chunking-strategy.ts'
import { toVectorStoreFile, type FileStage } from '../../src/contract/vector-store-files.ts'
import { cancelFileBatch } from '../../src/store/file-batches.ts'
import {
  completeFile,
  failFile,
  noteStage,
  postponeFile,
  takeLostFile,
  waitingFiles,
  type IndexingJob,
} from '../../src/store/indexing-jobs.ts'
import { insertFile } from '../../src/store/files.ts'
import { reclaimJobs } from '../../src/store/leases.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { attachFile, getVectorStoreFile } from '../../src/store/vector-store-files.ts'
import { deleteVectorStore, insertVectorStore } from '../../src/store/vector-stores.ts'
import { migratePostgres } from '../../src/store/postgres/migrate.ts'
import { dropSchema, postgresOf } from '../database.ts'

/** A file in a store, on PostgreSQL. */
async function createFixture(name: string) {
  const database = await postgresOf(name)
  await migratePostgres(database)
  const db = openPostgres(database)
  const at = { project: 'p', vector_store_id: 'vs_1', batch_id: 'vsfb_1' }
  const body = {
    created_at: 1,
    name: null,
    description: null,
    expires_after: null,
    last_active_at: 1,
    metadata: {},
  }
  const attach = () =>
    db.write((tx) =>
      attachFile(tx, at, { file_id: 'file-1', attributes: {}, chunking_strategy: defaultChunking }, 1),
    )
  await db.write(async (tx) => {
    await insertVectorStore(tx, { id: 'vs_1', project: 'p', expires_at: null, body })
    const file = { filename: 'a.txt', created_at: 1, bytes: 1, sha256: 'x', status: 'processed' as const }
    await insertFile(tx, { id: 'file-1', project: 'p', purpose: 'assistants', expires_at: null, body: file })
  })
  await attach()
  return {
    db,
    attach,
    take: (owner = 'me') =>
      db.write(async (tx) => {
        const queue = waitingFiles(tx, { owner, until: 1 }, { awaited: false, fits: () => true })
        return (await queue.laneAfter('')) === undefined ? undefined : queue.take('vs_1')
      }),
    takeLost: (owner: string) =>
      db.write((tx) =>
        takeLostFile(tx, { owner, until: 1 }, { mayHave: () => true, notBlamed: -1, fits: () => true }),
      ),
    look: async () => {
      const file = await getVectorStoreFile(db, 'p', 'vs_1', 'file-1')
      assert.ok(file)
      return file
    },
    async [Symbol.asyncDispose]() {
      await db.close()
      await dropSchema(database)
    },
  }
}

test('when a file is tried again is a time of the database, whatever the clock of a server says', async (t) => {
  await using staged = await createFixture('retry-times')
  const { db, take } = staged
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
})

const embedding: FileStage = { stage: 'embedding', chunks: 100, embedded: 40, reason: null }

test('a worker that was lost leaves no stage to the next one, and can note none in its file', async () => {
  await using staged = await createFixture('lost-stages')
  const { db, take, takeLost, look } = staged
  const shown = async () => toVectorStoreFile(await look()).progress
  const first = await take('first')
  assert.ok(first)
  await db.write((tx) => postponeFile(tx, first, { pauseMs: 0, reason: 'away' }))
  await db.write((tx) => tx.run('update vector_store_files set retry_at = null'))
  const lost = await take('lost')
  assert.ok(lost)
  const note = (stage: FileStage, job = lost) => db.write((tx) => noteStage(tx, job, stage))
  assert.equal(await note({ ...embedding, reason: 'away' }), 1)
  assert.partialDeepStrictEqual(await shown(), { stage: 'embedding', embedded: 40 })
  await reclaimJobs(db, 'lost')
  const waits = { stage: 'waiting', chunks: null, embedded: null, reason: 'away', tries: 1, retry_at: null }
  assert.deepEqual(await shown(), waits)
  assert.equal(await note(embedding), 0, 'nobody holds the file')
  const next = await takeLost('next')
  assert.ok(next)
  assert.deepEqual(await shown(), waits)
  assert.equal(await note(embedding), 0, 'another worker holds the file')
  assert.equal(await note({ ...embedding, stage: 'reading' }, next), 1)
  assert.equal((await shown())?.stage, 'reading')
  // The first attempts of a file that was put in again have numbers of their own.
  await staged.attach()
  assert.equal((await look()).progress, null)
  assert.ok(await take('again'))
  for (const former of [first, lost, next]) assert.equal(await note(embedding, former), 0)
  assert.equal((await look()).progress, null)
})

test('however the work on a file ends, nothing stays of what was being done with it', async () => {
  await using staged = await createFixture('ended-stages')
  const { db } = staged
  const ended = async (status: string, end: (held: IndexingJob) => Promise<unknown>) => {
    await staged.attach()
    const held = await staged.take()
    assert.ok(held)
    assert.equal(await db.write((tx) => noteStage(tx, held, embedding)), 1)
    await end(held)
    assert.equal(await db.write((tx) => noteStage(tx, held, embedding)), 0, `${status}, and noted in`)
    const row = await db.get<{ status: string; progress: string | null }>(
      'select status, progress from vector_store_files',
    )
    assert.deepEqual(row, { status, progress: null })
  }
  await ended('completed', (held) => db.write((tx) => completeFile(tx, held, 1, [])))
  await ended('failed', (held) =>
    db.write((tx) => failFile(tx, held, { code: 'server_error', message: 'x' })),
  )
  const batch = {
    id: 'vsfb_1',
    seq: 1,
    project: 'p',
    vector_store_id: 'vs_1',
    body: { created_at: 1, cancelled: false },
  }
  await ended('cancelled', () => db.write((tx) => cancelFileBatch(tx, batch)))
  await ended('cancelled', () => db.write((tx) => deleteVectorStore(tx, 'p', 'vs_1')))
})
