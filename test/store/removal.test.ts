import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nowSeconds } from '../../src/common/clock.ts'
import { openFolderBlobs } from '../../src/store/blobs/folder.ts'
import { openCheckpoint } from '../../src/store/sqlite/checkpoint.ts'
import { deleteFile, getFile, insertFile, removeDeletedFiles } from '../../src/store/files.ts'
import { giveBackSpace } from '../../src/store/sqlite/free-space.ts'
import { removeOldRuns } from '../../src/store/remove-runs.ts'
import { deleteIdleThreads, removeDeletedThreads } from '../../src/store/chores/remove-threads.ts'
import { insertEvents } from '../../src/store/run-log.ts'
import { listThreads } from '../../src/store/list-threads.ts'
import { deleteThread, getThread } from '../../src/store/threads.ts'
import { getVectorStoreFile, removeDetachedFiles } from '../../src/store/vector-store-files.ts'
import { createStoreFixture } from './fixture.ts'
import { sqliteOnly } from '../database.ts'

type StoreFixture = Awaited<ReturnType<typeof createStoreFixture>>

const tables = ['run_log', 'run_steps', 'runs', 'messages', 'run_requests', 'threads'] as const

async function count(s: StoreFixture, of: readonly string[] = tables): Promise<number> {
  let all = 0
  for (const table of of) all += (await s.db.get<{ n: number }>(`select count(*) as n from ${table}`))?.n ?? 0
  return all
}

/** Calls a chore until nothing is left. Returns the largest number of rows that one call removed. */
async function maxRowsPerSlice(
  s: StoreFixture,
  chore: () => Promise<boolean>,
  of?: readonly string[],
): Promise<number> {
  let most = 0
  for (let before = await count(s, of); await chore();) {
    const after = await count(s, of)
    most = Math.max(most, before - after)
    before = after
  }
  return most
}

const delta = (seq: number) => ({
  seq,
  attempt: 1,
  event: 'thread.message.delta',
  subject: null,
  data: JSON.stringify('x'.repeat(400)),
  shown: '{}',
})
const deltas = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, at) => delta(from + at))
const finish = (s: StoreFixture) =>
  s.db.write((tx) => tx.run("update runs set status = 'completed', finished_at = 100"))

/** A thread with `runs` finished runs. The first one has a long log. */
async function filledThread(s: StoreFixture, runs: number): Promise<string> {
  const thread = await s.thread()
  for (let at = 0; at < runs; at++) {
    const run = await s.run(thread)
    await s.message(thread, `msg_${thread}_${at}`)
    if (at === 0) await s.db.write((tx) => insertEvents(tx, run.seq, deltas(3, 5_000)))
    await finish(s)
  }
  return thread
}

test('a deleted thread is out of sight at once, and its rows go in slices', async () => {
  await using s = await createStoreFixture()
  const kept = await filledThread(s, 2)
  const before = await count(s)
  const thread = await filledThread(s, 300)
  const full = await count(s)
  assert.ok(await s.db.write((tx) => deleteThread(tx, 'p', thread)))
  assert.equal(await count(s), full, 'the delete itself takes no rows')
  assert.equal(await getThread(s.db, 'p', thread), undefined)
  const { data } = await listThreads(s.db, 'p', { limit: 10, order: 'asc', metadata: {} })
  assert.deepEqual(
    data.map(({ id }) => id),
    [kept],
  )
  assert.equal(await s.db.write((tx) => deleteThread(tx, 'p', thread)), false, 'it is gone')
  assert.ok((await maxRowsPerSlice(s, () => removeDeletedThreads(s.db))) <= 1_100)
  assert.equal(await count(s), before, 'nothing of it is left, and everything of the other')
})

test('the rows of a deleted thread wait for its run to end', async () => {
  await using s = await createStoreFixture()
  const thread = await s.thread()
  await s.run(thread)
  await s.db.write((tx) => deleteThread(tx, 'p', thread))
  assert.equal(await removeDeletedThreads(s.db), false)
  await finish(s)
  await maxRowsPerSlice(s, () => removeDeletedThreads(s.db))
  assert.equal(await count(s), 0)
})

test('old runs go with their logs, one as long as it may be in slices; younger ones and messages stay', async () => {
  await using s = await createStoreFixture()
  const thread = await filledThread(s, 50)
  const young = await s.run(thread)
  await s.db.write((tx) =>
    tx.run("update runs set status = 'completed', finished_at = 200 where id = ?", young.id),
  )
  assert.ok((await maxRowsPerSlice(s, () => removeOldRuns(s.db, 150))) <= 1_100)
  assert.deepEqual(
    (await s.db.all<{ id: string }>('select id from runs')).map(({ id }) => id),
    [young.id],
  )
  assert.equal((await s.events(young)).length, 2)
  assert.equal(await count(s, ['messages']), 50)
  assert.equal(await count(s, ['run_requests']), 1, 'what the younger run was asked')
})

test('threads in which nothing was said for long are deleted, those that are used are not', async () => {
  await using s = await createStoreFixture()
  const [idle, used] = [await s.thread(), await s.thread()]
  await s.db.write((tx) => tx.run('update threads set active_at = 100 where id = ?', idle))
  await s.db.write((tx) => tx.run('update threads set active_at = 300 where id = ?', used))
  while (await deleteIdleThreads(s.db, 200)) {
    // Each call deletes some of them.
  }
  assert.equal(await getThread(s.db, 'p', idle), undefined)
  assert.ok(await getThread(s.db, 'p', used))
})

test('a file that is in very many stores is gone from all of them at once, and its rows go in slices', async () => {
  await using s = await createStoreFixture()
  const blobs = openFolderBlobs(`${s.folder}/files`)
  const body = {
    filename: 'a.txt',
    bytes: 1,
    created_at: nowSeconds(),
    status: 'processed' as const,
    sha256: 'x',
  }
  const stores = 300
  await s.db.write(async (tx) => {
    await insertFile(tx, { id: 'file-0001', project: 'p', purpose: 'assistants', expires_at: null, body })
    for (let n = 0; n < stores; n++) {
      await tx.run("insert into vector_stores (id, project, body) values (?, 'p', '{}')", `vs_${n}`)
      await tx.run(
        `insert into vector_store_files (id, project, vector_store_id, status, created_at, attributes, chunking)
         values ('file-0001', 'p', ?, 'completed', 0, '{}', '{}')`,
        `vs_${n}`,
      )
    }
    // In one of the stores the file has many chunks.
    for (let n = 0; n < 3_000; n++)
      await tx.run(
        "insert into chunks (id, vector_store_id, file_id, ord, text, tokens, terms) values (?, 'vs_0', 'file-0001', ?, 'x', 1, 1)",
        n + 1,
        n,
      )
  })
  const of = ['vector_store_files', 'chunks']
  assert.ok(await s.db.write((tx) => deleteFile(tx, blobs, 'p', 'file-0001')))
  assert.ok((await count(s, of)) > 3_000, 'the delete itself takes few rows')
  assert.equal(await getFile(s.db, 'p', 'file-0001'), undefined)
  for (const n of [0, 150, stores - 1])
    assert.equal(await getVectorStoreFile(s.db, 'p', `vs_${n}`, 'file-0001'), undefined)
  assert.ok((await maxRowsPerSlice(s, () => removeDeletedFiles(s.db), of)) <= 2_000)
  assert.ok((await maxRowsPerSlice(s, () => removeDetachedFiles(s.db), of)) <= 1_100)
  assert.equal(await count(s, [...of, 'files']), 0)
})

test(
  'the space of what was deleted is given back to the file system, some at a time',
  sqliteOnly,
  async () => {
    await using s = await createStoreFixture()
    const thread = await filledThread(s, 200)
    const pages = async () => (await s.db.get<{ page_count: number }>('pragma page_count'))?.page_count ?? 0
    const full = await pages()
    await s.db.write((tx) => deleteThread(tx, 'p', thread))
    await maxRowsPerSlice(s, () => removeDeletedThreads(s.db))
    let before = await pages()
    assert.equal(before, full)
    while (await giveBackSpace(s.db)) {
      const now = await pages()
      assert.ok(now < before && before - now <= 500)
      before = now
    }
    assert.ok(before < full / 2, `${before} of ${full} pages are left`)
  },
)

test(
  'a checkpoint in a thread puts what is in the log into its place, as often as it is asked',
  sqliteOnly,
  async () => {
    await using s = await createStoreFixture()
    const checkpoint = openCheckpoint(s.file)
    const inLog = async () =>
      (await s.db.get<{ log: number; checkpointed: number }>('pragma wal_checkpoint(noop)')) ?? {
        log: 0,
        checkpointed: -1,
      }
    for (let again = 0; again < 2; again++) {
      await s.run()
      const before = await inLog()
      assert.ok(before.log > before.checkpointed)
      await checkpoint.run()
      const after = await inLog()
      assert.equal(after.log, after.checkpointed)
    }
    await checkpoint.close()
  },
)
