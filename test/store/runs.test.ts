import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunRecord } from '../../src/contract/runs.ts'
import { createRecorder, type Recorder } from '../../src/engine/recorder.ts'
import { laneOfRun } from '../../src/store/run-lane.ts'
import { readLimits } from '../../src/store/usage/limits.ts'
import { takeLostRun, waitingRuns } from '../../src/store/claim-runs.ts'
import { reclaimJobs, releaseLeases } from '../../src/store/leases.ts'
import { createdEvents, type AssistantsEvent } from '../../src/assistants/events.ts'
import { endRun } from '../../src/assistants/end-run.ts'
import { insertWhereFree } from '../../src/store/insert-runs.ts'
import { nowSeconds } from '../../src/common/clock.ts'
import { insertMessage } from '../../src/store/messages.ts'
import {
  renewLeases,
  requestCancel,
  RunMoved,
  runsToExpire,
  writeRun,
  type RunChange,
} from '../../src/store/runs.ts'
import { message, createStoreFixture, newRun } from './fixture.ts'

const note: AssistantsEvent = { event: 'thread.message.delta', data: 1 }

type StoreFixture = Awaited<ReturnType<typeof createStoreFixture>>
const write = (s: StoreFixture, run: RunRecord, change: RunChange) =>
  s.db.write((tx) => writeRun(tx, s.log, run, change))
const any = { mayHave: () => true, notBlamed: 9 }
const claim = (s: StoreFixture, run: RunRecord, owner: string, until = 1_000) =>
  write(s, run, { lease: { owner, until }, ...(run.status === 'queued' && { moves: ['in_progress'] }) })

test('the database itself refuses a second active run of a thread', async () => {
  await using s = await createStoreFixture()
  const thread = await s.thread()
  const first = await s.run(thread)
  const second = /UNIQUE constraint failed: runs.thread_id|unique constraint "one_active_run"/
  await assert.rejects(s.run(thread), second)
  const claimed = await claim(s, first, 'w')
  await assert.rejects(s.run(thread), second)
  const waiting = await write(s, claimed, { moves: ['requires_action'] })
  await assert.rejects(s.run(thread), second)
  await s.db.write((tx) => endRun(tx, s.log, waiting, { status: 'cancelled' }))
  assert.equal((await s.run(thread)).status, 'queued')
})

test('of two runs that are created at once in one thread, one is', async () => {
  await using s = await createStoreFixture()
  const thread = await s.thread()
  const results = await Promise.allSettled([s.run(thread), s.run(thread)])
  assert.deepEqual(results.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
})

test('a run of a free thread is added in one piece, with its number, and of no other thread', async () => {
  await using s = await createStoreFixture()
  const refusal = new Error('look at the thread')
  const add = (run: RunRecord) =>
    s.db.write((tx) => {
      const lease = { owner: 'w', until: 1 }
      const of = { events: createdEvents(run), lease, server: 'here', refusal: () => refusal }
      const added = insertWhereFree(tx, s.log, run, of)
      return { added }
    })
  const isRefused = (thread: string) =>
    assert.rejects(add(newRun(thread, `run_of_${thread}`)), (error) => error === refusal)
  const thread = await s.thread()
  await s.message(thread, 'msg_a')
  await isRefused(thread)
  const touch = (server: string | null, at: number) =>
    s.db.write((tx) =>
      tx.run('update threads set active_at = ?, session_server = ? where id = ?', at, server, thread),
    )
  await touch('elsewhere', nowSeconds())
  await isRefused(thread)
  for (const server of [null, 'here']) {
    await touch(server, nowSeconds())
    const { added } = await add(newRun(thread, `run_${server}`))
    const run = await added
    const kept = await s.read(run)
    assert.deepEqual({ ...kept, ...run, after_message: 'msg_a' }, kept)
    assert.deepEqual(
      (await s.events(run)).map(({ seq, attempt, event }) => [seq, attempt, event]),
      [
        [1, 0, 'thread.run.created'],
        [2, 0, 'thread.run.queued'],
        [3, 1, 'thread.run.in_progress'],
      ],
    )
    await isRefused(thread)
    await s.db.write((tx) => endRun(tx, s.log, run, { status: 'cancelled' }))
  }
  await isRefused('thread_missing')
})

test('a run, its move and its events are one transaction, numbered from 1', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  await assert.rejects(
    s.db.write(async (tx) => {
      await writeRun(tx, s.log, run, { moves: ['in_progress'], lease: { owner: 'w', until: 1 } })
      throw new Error('power cut')
    }),
  )
  assert.deepEqual(await s.read(run), run)
  const claimed = await claim(s, run, 'w')
  await write(s, claimed, { events: [note], moves: ['completed'] })
  assert.deepEqual(
    (await s.events(run)).map(({ seq, attempt, event }) => [seq, attempt, event]),
    [
      [1, 0, 'thread.run.created'],
      [2, 0, 'thread.run.queued'],
      [3, 1, 'thread.run.in_progress'],
      [4, 1, 'thread.message.delta'],
      [5, 1, 'thread.run.completed'],
    ],
  )
  const ended = await s.read(run)
  assert.deepEqual([ended?.status, ended?.last_event, ended?.lease_owner], ['completed', 5, null])
})

test('a run notes after which message of its thread it began', async () => {
  await using s = await createStoreFixture()
  const thread = await s.thread()
  const placeOf = async (run: RunRecord) =>
    (await s.db.get<{ place: string | null }>('select after_message as place from runs where id = ?', run.id))
      ?.place
  const early = await s.run(thread)
  await s.db.write((tx) => endRun(tx, s.log, early, { status: 'cancelled' }))
  await s.message(thread, 'msg_1')
  await s.message(thread, 'msg_2')
  assert.equal(await placeOf(await s.run(thread)), 'msg_2')
  assert.equal(await placeOf(early), null)
})

test('a move that the table of statuses does not have is refused, and nothing is written', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  for (const status of ['completed', 'requires_action', 'cancelled', 'failed'] as const) {
    await assert.rejects(write(s, run, { moves: [status] }), RunMoved)
  }
  assert.deepEqual(await s.read(run), run)
  assert.equal((await s.events(run)).length, 2)
})

test('a worker whose lease went to another cannot write: no row, no event, no message', async () => {
  await using s = await createStoreFixture()
  const old = await claim(s, await s.run(), 'frozen')
  const current = await claim(s, old, 'awake')
  assert.equal(current.attempt, old.attempt + 1)
  const before = [await s.read(old), await s.events(old)]
  const rows = (tx: Parameters<Parameters<StoreFixture['db']['write']>[0]>[0]) =>
    insertMessage(tx, message(old.thread_id, 'msg_1'))

  const attempts = [
    (recorder: Recorder<RunRecord>) => recorder.write({ rows, events: [note] }),
    (recorder: Recorder<RunRecord>) => recorder.write({ rows, moves: ['requires_action'] }),
    (recorder: Recorder<RunRecord>) =>
      recorder.end(async (tx, run, waiting) => {
        await rows(tx)
        return endRun(tx, s.log, run, { status: 'completed' }, waiting)
      }, 'answered'),
    (recorder: Recorder<RunRecord>) =>
      recorder.end(async (tx, run, waiting) => {
        await rows(tx)
        return endRun(tx, s.log, run, { status: 'cancelled' }, waiting)
      }, 'broken off'),
  ]
  for (const attempt of attempts) {
    const recorder = createRecorder(s.db, s.log, { ...old })
    recorder.delta('thread.message.delta', { id: 'msg_1' })
    await assert.rejects(attempt(recorder), RunMoved)
    await recorder.close()
  }
  assert.deepEqual([await s.read(old), await s.events(old)], before)
  assert.deepEqual(await s.db.all('select id from messages'), [])
})

test('one worker that claims its own run a second time cannot write with its first attempt', async () => {
  await using s = await createStoreFixture()
  const old = await claim(s, await s.run(), 'w')
  await claim(s, old, 'w')
  await assert.rejects(write(s, old, { moves: ['completed'] }), RunMoved)
})

test('of two workers that claim one run at once, one has it', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  const results = await Promise.allSettled([claim(s, run, 'a'), claim(s, run, 'b')])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  assert.equal((await s.read(run))?.lease_owner, 'a')
})

test('runs wait by provider and project, the oldest of each first; those of a lost server are taken one by one', async () => {
  await using s = await createStoreFixture()
  const [first, second, third, fourth] = [await s.run(), await s.run(), await s.run(), await s.run()]
  await s.db.write((tx) => tx.run("update runs set provider = 'q' where id = ?", second.id))
  await claim(s, first, 'dead')
  await claim(s, third, 'alive')
  assert.equal(await reclaimJobs(s.db, 'dead'), 1)
  const lease = { owner: 'w', until: 900 }
  const taken = await s.db.write(async (tx) => {
    const queue = waitingRuns(tx, s.log, lease, readLimits([]))
    const [p, q] = [laneOfRun({ provider: 'p', project: 'p' }), laneOfRun({ provider: 'q', project: 'p' })]
    assert.deepEqual(
      [await queue.laneAfter(''), await queue.laneAfter(p), await queue.laneAfter(q)],
      [p, q, p],
    )
    const runs = [await queue.take(p), await queue.take(p), await queue.take(q)]
    assert.equal(await queue.laneAfter(''), undefined)
    const lost = [
      await takeLostRun(tx, s.log, lease, { mayHave: () => false, notBlamed: 9 }, readLimits([])),
      await takeLostRun(tx, s.log, lease, any, readLimits([])),
    ]
    return [...runs, ...lost]
  })
  assert.deepEqual(
    taken.map((run) => (run && run !== 'full' ? [run.id, run.attempt, run.losses] : run)),
    [[fourth.id, 1, 0], undefined, [second.id, 1, 0], undefined, [first.id, 2, 1]],
  )
})

test('what a server held alone, or tried by itself, is to blame for its end; of the rest anything may be', async () => {
  await using s = await createStoreFixture()
  const [one, two, other] = [await s.run(), await s.run(), await s.run()]
  const held = async (run: RunRecord) => {
    const { losses, blamed } = (await s.read(run)) ?? run
    return [losses, blamed]
  }
  for (const run of [one, two]) await claim(s, run, 'first')
  await claim(s, other, 'second')
  await reclaimJobs(s.db, 'first')
  await reclaimJobs(s.db, 'second')
  assert.deepEqual(
    [await held(one), await held(two), await held(other)],
    [
      [1, 0],
      [1, 0],
      [1, 1],
    ],
  )

  const lease = { owner: 'third', until: 900 }
  const fresh = await s.run()
  await claim(s, fresh, 'third')
  await s.db.write((tx) => takeLostRun(tx, s.log, lease, any, readLimits([])))
  await reclaimJobs(s.db, 'third')
  assert.deepEqual(
    [await held(one), await held(two), await held(fresh)],
    [
      [2, 1],
      [1, 0],
      [1, 0],
    ],
  )
})

test('the only run that a server has not renewed in time is not to blame, since it held others', async () => {
  await using s = await createStoreFixture()
  const late = await s.run()
  const renewed = await s.run()
  await claim(s, late, 'alive', 100)
  await claim(s, renewed, 'alive', 200)
  assert.equal(await reclaimJobs(s.db, 'alive', 100), 1)
  const read = async (run: RunRecord) => {
    const { lease_owner, losses, blamed } = (await s.read(run)) ?? run
    return [lease_owner, losses, blamed]
  }
  assert.deepEqual(await read(late), [null, 1, 0])
  assert.deepEqual(await read(renewed), ['alive', 0, 0])
})

test('a step that is done wipes the slate of its run clean', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  await claim(s, run, 'dead')
  await reclaimJobs(s.db, 'dead')
  const again = await s.db.write((tx) =>
    takeLostRun(tx, s.log, { owner: 'w', until: 900 }, any, readLimits([])),
  )
  assert.ok(again)
  assert.equal(again.losses, 1)
  const step = { event: 'thread.run.step.completed', data: {} }
  assert.equal((await write(s, again as RunRecord, { events: [step], gotOn: true })).losses, 0)
  assert.deepEqual([(await s.read(run))?.losses, (await s.read(run))?.blamed], [0, 0])
})

test('a worker renews and lets go of its own runs only, and is told which are to stop', async () => {
  await using s = await createStoreFixture()
  const [one, two, other] = [await s.run(), await s.run(), await s.run()]
  const mine = [await claim(s, one, 'w', 100), await claim(s, two, 'w', 100)]
  const lost = await claim(s, other, 'v', 100)
  await s.db.write((tx) => requestCancel(tx, two.id))
  const held = await s.db.write((tx) => renewLeases(tx, 'w', [...mine, lost], 900))
  assert.deepEqual(
    new Map(held.map(({ id, cancel_requested }) => [id, cancel_requested])),
    new Map([
      [one.id, 0],
      [two.id, 1],
    ]),
  )
  const leases = async () => [
    (await s.read(one))?.lease_until,
    (await s.read(two))?.lease_until,
    (await s.read(other))?.lease_until,
  ]
  assert.deepEqual(await leases(), [900, 900, 100])
  assert.deepEqual(await s.db.write((tx) => renewLeases(tx, 'w', [{ id: one.id, attempt: 7 }], 950)), [])
  await s.db.write((tx) => releaseLeases(tx, 'runs', 'w'))
  assert.deepEqual(await leases(), [0, 0, 100])
})

test('a run past its time is expired by the sweeper only where no worker holds it', async () => {
  await using s = await createStoreFixture()
  const [queued, held, lost] = [await s.run(), await s.run(), await s.run()]
  // The lease is over by the clocks of others: that of the worker may be behind.
  await claim(s, held, 'w', 1_000)
  await claim(s, lost, 'dead', 1_000)
  await reclaimJobs(s.db, 'dead')
  const overdue = async (seconds: number) => (await runsToExpire(s.db, seconds)).map(({ id }) => id)
  const expiry = queued.expires_at
  assert.deepEqual(await overdue(expiry - 1), [])
  assert.deepEqual((await overdue(expiry + 1)).toSorted(), [queued.id, lost.id].toSorted())
})

test('the answer of a write that fails is not lost to the next: its deltas go with it', async () => {
  await using s = await createStoreFixture()
  const run = await claim(s, await s.run(), 'w')
  const recorder = createRecorder(s.db, s.log, run)
  recorder.delta('thread.message.delta', { id: 'msg_1', n: 1 })
  recorder.delta('thread.message.delta', { id: 'msg_1', n: 2 })
  await assert.rejects(recorder.write({ rows: () => Promise.reject(new Error('disk full')) }), /disk full/)
  recorder.delta('thread.message.delta', { id: 'msg_1', n: 3 })
  await recorder.end(
    (tx, now, waiting) => endRun(tx, s.log, now, { status: 'completed' }, waiting),
    'answered',
  )
  assert.deepEqual((await s.events(run)).map(({ seq, event }) => `${seq} ${event}`).slice(3), [
    '4 thread.message.delta',
    '5 thread.message.delta',
    '6 thread.message.delta',
    '7 thread.run.completed',
  ])
})
