import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createdEvents } from '../../src/assistants/events.ts'
import { nowSeconds } from '../../src/clock.ts'
import type { RunRecord } from '../../src/contract/runs.ts'
import { insertInFreeThread } from '../../src/store/insert-runs.ts'
import { createStoreFixture, newRun } from './fixture.ts'

type StoreFixture = Awaited<ReturnType<typeof createStoreFixture>>

/** Another run has the same request, so that this database has it too: this process may know it of the database of another test. */
async function freeThread(s: StoreFixture): Promise<string> {
  await s.run()
  const id = await s.thread()
  await s.db.write((tx) => tx.run('update threads set active_at = ? where id = ?', nowSeconds(), id))
  return id
}

const refused = new Error('not free')
const beginIn = (s: StoreFixture, thread: string, run: RunRecord) =>
  s.db.write((tx) =>
    insertInFreeThread(tx, s.log, run, {
      events: createdEvents(run),
      lease: { owner: 'here', until: 1_000 },
      thread,
      server: 'here',
      refusal: () => refused,
    }),
  )

test('a run in a free thread has the number of its row when it is committed, and its events have it too', async () => {
  await using s = await createStoreFixture()
  const thread = await freeThread(s)
  const before = await s.run()
  const seen: number[] = []
  const run = await s.db.write((tx) => {
    const inserted = insertInFreeThread(tx, s.log, newRun(thread, 'run_new'), {
      events: createdEvents(newRun(thread, 'run_new')),
      thread,
      server: 'here',
      refusal: () => refused,
    })
    tx.afterCommit(() => seen.push(inserted.seq), 'committed')
    return inserted
  })
  assert.ok(run.seq > before.seq)
  assert.deepEqual(seen, [run.seq])
  const stored = await s.read(run)
  assert.deepEqual({ ...stored, ...run }, stored)
  assert.deepEqual(
    (await s.events(run)).map(({ seq, event }) => [seq, event]),
    [
      [1, 'thread.run.created'],
      [2, 'thread.run.queued'],
    ],
  )
  // The next number is another one, however it is taken.
  assert.ok((await s.run()).seq > run.seq)
})

test('of two runs that are begun at once in a free thread, the second finds it taken', async () => {
  await using s = await createStoreFixture()
  const thread = await freeThread(s)
  const results = await Promise.allSettled(
    ['run_1', 'run_2'].map((id) => beginIn(s, thread, newRun(thread, id))),
  )
  const failures = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  assert.deepEqual(failures, [refused])
  const written = await s.db.all('select id from runs where thread_id = ?', thread)
  assert.equal(written.length, 1)
  // The log has what these and the run of before have written.
  assert.equal((await s.db.all('select distinct run from run_log')).length, 2)
})

const notFree: [what: string, sql: string][] = [
  ['is deleted', 'update threads set removed = 1'],
  ['is of another project', "update threads set project = 'another'"],
  ['was not in use for an hour', 'update threads set active_at = active_at - 3700'],
  ['has its Python session elsewhere', "update threads set session_server = 'elsewhere'"],
]
for (const [what, sql] of notFree)
  test(`a thread that ${what} is not free for a run`, async () => {
    await using s = await createStoreFixture()
    const thread = await freeThread(s)
    await s.db.write((tx) => tx.run(sql))
    await assert.rejects(beginIn(s, thread, newRun(thread, 'run_1')), (error) => error === refused)
    assert.deepEqual(await s.db.all('select id from runs where thread_id = ?', thread), [])
  })

test('a thread whose Python session is here is free for a run', async () => {
  await using s = await createStoreFixture()
  const thread = await freeThread(s)
  await s.db.write((tx) => tx.run("update threads set session_server = 'here'"))
  const run = await beginIn(s, thread, newRun(thread, 'run_1'))
  assert.deepEqual([run.status, run.lease_owner], ['in_progress', 'here'])
})
