import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endRun } from '../assistants/end-run.ts'
import { newMessageStep } from '../assistants/new-message-step.ts'
import { noUsage } from '../contract/usage.ts'
import { DatabaseUnavailable } from '../errors/unavailable.ts'
import { RunMoved, writeRun } from '../store/runs.ts'
import type { RunRecord } from '../contract/runs.ts'
import { createStoreFixture } from '../../test/store/fixture.ts'
import { createRecorder, endsAs, type Recorder } from './recorder.ts'
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
  const ending = recorder.end(
    (tx, now, waiting) => endRun(tx, s.log, now, { status: 'cancelled' }, waiting),
    'broken off',
  )
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
      recorder.end((tx, now) => endRun(tx, s.log, now, { status: 'completed' }), 'answered'),
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

/** A recorder of a run that has begun, and a message to open; `before` runs before each of its transactions. */
async function openingFixture(before: () => void = () => {}) {
  const s = await createStoreFixture()
  const queued = await s.run()
  const run = await s.db.write((tx) =>
    writeRun(tx, s.log, queued, { lease: { owner: 'o', until: 1 }, moves: ['in_progress'] }),
  )
  const write: typeof s.db.write = async (body, until) => {
    before()
    return await s.db.write(body, until)
  }
  const recorder = createRecorder({ ...s.db, write }, s.log, run)
  const { message, opening, insert } = newMessageStep(run)
  const as: string[] = []
  return {
    recorder,
    state: async () => (await s.read(run))?.state,
    /** How its rows were written. */
    as,
    open: () => recorder.open({ events: opening, rows: (tx, how) => (as.push(how), insert(tx, how)) }),
    say: () => recorder.delta('thread.message.delta', { id: message.id }, message.id),
    live: s.log.attach(run.id),
    events: async () => (await s.events(run)).slice(3).map(({ event }) => event.replace('thread.', '')),
    endRun: (status: 'completed' | 'cancelled' = 'completed') =>
      recorder.end((tx, now, waiting) => endRun(tx, s.log, now, { status }, waiting), endsAs(status)),
    [Symbol.asyncDispose]: () => s[Symbol.asyncDispose](),
  }
}
const opened = ['run.step.created', 'run.step.in_progress', 'message.created', 'message.in_progress']

test('what is opened, said and ended in one turn of the event loop is one transaction', async () => {
  let transactions = 0
  await using f = await openingFixture(() => transactions++)
  const { isOnDisk } = f.open()
  f.say()
  f.say()
  assert.deepEqual([isOnDisk, f.live.take(4)], [false, []])
  await f.endRun()
  assert.deepEqual([transactions, f.as], [1, ['grown']])
  const said = [...opened, 'message.delta', 'message.delta']
  assert.deepEqual((await f.events()).slice(0, 6), said)
  const shown = f.live.take(4).map(({ event }) => event.replace('thread.', ''))
  assert.deepEqual([shown.slice(0, 6), shown.at(-1)], [said, 'run.completed'])
  await f.recorder.close()
  assert.equal(transactions, 1)
})

test('what is said of something that was opened is shown once that is on disk, and then at once', async () => {
  await using f = await openingFixture()
  const one = f.open()
  f.say()
  assert.deepEqual(f.live.take(4), [])
  await until(async () => one.isOnDisk)
  assert.deepEqual([f.as, await f.events()], [['begun'], [...opened, 'message.delta']])
  assert.equal(f.live.take(4).length, 5)
  f.say()
  assert.equal(f.live.take(9).length, 1)
  await f.recorder.close()
})

test('while it is being written nothing that follows is shown, and all of it afterwards', async () => {
  let meanwhile = () => {}
  await using f = await openingFixture(() => meanwhile())
  let early: unknown[] | undefined
  meanwhile = () => {
    meanwhile = () => {}
    f.say()
    early = f.live.take(4)
  }
  const one = f.open()
  await until(async () => one.isOnDisk)
  assert.deepEqual(early, [])
  assert.deepEqual(
    f.live.take(4).map(({ seq }) => seq),
    [4, 5, 6, 7, 8],
  )
  assert.deepEqual(await f.events(), opened)
  await f.recorder.close()
  assert.deepEqual(await f.events(), [...opened, 'message.delta'])
})

test('what was opened while the database is away is written, and shown, when it is back', async () => {
  let isAway = true
  await using f = await openingFixture(() => {
    if (isAway) throw new DatabaseUnavailable('away')
  })
  const one = f.open()
  f.say()
  await new Promise((turn) => setTimeout(turn, 60))
  assert.deepEqual([one.isOnDisk, f.live.take(4)], [false, []])
  isAway = false
  f.say()
  await until(async () => one.isOnDisk)
  assert.deepEqual(
    f.live.take(4).map(({ seq }) => seq),
    [4, 5, 6, 7, 8, 9],
  )
  assert.deepEqual(await f.events(), [...opened, 'message.delta', 'message.delta'])
  await f.recorder.close()
})

test('a run of which something cannot be written has no answer, and can be broken off', async () => {
  let isRefused = true
  await using f = await openingFixture(() => {
    if (isRefused) throw new Error('refused')
  })
  f.say()
  f.open()
  f.say()
  await new Promise((turn) => setTimeout(turn, 60))
  isRefused = false
  assert.throws(() => f.recorder.check(), /refused/)
  f.say()
  await assert.rejects(f.recorder.write({}), /refused/)
  await assert.rejects(f.endRun(), /refused/)
  await f.endRun('cancelled')
  assert.deepEqual(await f.events(), ['message.delta', 'run.cancelling', 'run.cancelled'])
  assert.deepEqual(
    f.live.take(4).map(({ seq }) => seq),
    [4, 5, 6],
  )
  await f.recorder.close()
})

test('what cannot be written is not in the way of the end that was to take it along', async () => {
  let refusals = 1
  await using f = await openingFixture(() => {
    if (refusals-- > 0) throw new Error('refused')
  })
  f.open()
  await f.endRun('cancelled')
  assert.deepEqual([f.as, await f.events()], [[], ['run.cancelling', 'run.cancelled']])
  await f.recorder.close()
})

test('what refused answers have cost is on disk when the next one has begun', async () => {
  await using f = await openingFixture()
  await f.recorder.countRefused({ ...noUsage, prompt_tokens: 5, total_tokens: 5 })
  const one = f.open()
  await until(async () => one.isOnDisk)
  assert.equal((await f.state())?.refused_usage?.total_tokens, 5)
  await f.recorder.close()
})
