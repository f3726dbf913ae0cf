import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventFeed } from '../../src/assistants/event-feed.ts'
import { assistantsEvents, type AssistantsEvent } from '../../src/assistants/events.ts'
import { logStart, type LoggedEvent } from '../../src/contract/run-events.ts'
import { toRun } from '../../src/contract/runs.ts'
import { dropDeltas } from '../../src/store/chores/drop-logs.ts'
import { followRun } from '../../src/store/follow-run.ts'
import { createRunLog, insertEvents, readRunEvents, resumeAfter } from '../../src/store/run-log.ts'
import { createStoreFixture } from './fixture.ts'

const event = (seq: number, attempt = 1, name = 'note'): LoggedEvent => ({
  seq,
  attempt,
  event: name,
  subject: null,
  data: '{}',
  shown: '{}',
})
const newLog = () => createRunLog({ assistants: assistantsEvents })
const span = (from: number, to: number, attempt = 1) =>
  Array.from({ length: to - from + 1 }, (_, at) => event(from + at, attempt))
const numbers = (events: { seq: number }[]) => events.map(({ seq }) => seq)
const never = new AbortController().signal

test('a reader takes live events once, from the number that it asks for', () => {
  const log = newLog()
  using live = log.attach('run_1')
  log.show('run_1', span(1, 3))
  log.show('run_2', span(1, 9))
  assert.deepEqual(numbers(live.take(2)), [2, 3])
  assert.deepEqual(live.take(2), [])
  log.show('run_1', span(4, 5))
  assert.deepEqual(numbers(live.take(4)), [4, 5])
})

test('events behind a gap are not handed out: what is missing is on disk', () => {
  const log = newLog()
  using live = log.attach('run_1')
  log.show('run_1', span(5, 6))
  assert.deepEqual(live.take(3), [])
  log.show('run_1', span(7, 7))
  assert.deepEqual(numbers(live.take(5)), [5, 6, 7], 'they wait for a reader that has caught up')
})

test('a gap in the middle ends what is handed out: another process wrote what is missing', () => {
  const log = newLog()
  using live = log.attach('run_1')
  log.show('run_1', span(1, 3))
  log.show('run_1', span(8, 9))
  assert.deepEqual(numbers(live.take(1)), [1, 2, 3])
})

test('events with numbers that were given again are not handed out behind those of the attempt before', () => {
  const log = newLog()
  using live = log.attach('run_1')
  log.show('run_1', span(1, 4))
  log.show('run_1', span(3, 5, 2))
  const taken = live.take(1)
  assert.deepEqual(places(taken), ['1-1', '1-2', '1-3', '1-4'])
})

const places = (events: { attempt: number; seq: number }[]) =>
  events.map(({ seq, attempt }) => `${attempt}-${seq}`)

test('what the worker before still says between the events of a later attempt is handed out to nobody', () => {
  const log = newLog()
  using live = log.attach('run_1')
  log.show('run_1', [event(6, 2)])
  log.show('run_1', [event(7, 1)])
  log.show('run_1', [event(7, 2)])
  assert.deepEqual(places(live.take(6, 1)), ['2-6', '2-7'])
})

test('events of two attempts are not handed out together: what another process wrote between them is on disk', () => {
  const log = newLog()
  using live = log.attach('run_1')
  log.show('run_1', [event(8), event(9)])
  log.show('run_1', [event(10, 3)])
  assert.deepEqual(places(live.take(8, 1)), ['1-8', '1-9'])
  assert.deepEqual(places(live.take(10, 1)), ['3-10'])
})

test('a reader that falls too far behind keeps nothing, and goes on live when it has caught up', () => {
  const log = newLog()
  using live = log.attach('run_1')
  for (const one of span(1, 600)) log.show('run_1', [one])
  assert.deepEqual(live.take(1), [])
  const from = 601
  log.show('run_1', span(from, from + 2))
  assert.deepEqual(numbers(live.take(from)), [601, 602, 603])
})

test('waiting ends with a raise that came before it, during it, after the time, or with the signal', async () => {
  const log = newLog()
  using live = log.attach('run_1')
  const forever = 3_600_000
  log.wake('run_1')
  await live.wait(forever, never)

  const woken = live.wait(forever, never)
  log.show('run_1', span(1, 1))
  await woken

  await live.wait(1, never)

  const leaving = new AbortController()
  const left = live.wait(forever, leaving.signal)
  leaving.abort()
  await left
  await live.wait(forever, leaving.signal)
})

test('reading from disk goes on after a number, a bounded count of events at a time', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  await s.db.write((tx) => insertEvents(tx, run.seq, span(3, 600)))
  const seen: number[] = []
  for (;;) {
    const { events } = await readRunEvents(s.db, run.id, seen.at(-1) ?? 0)
    if (events.length === 0) break
    assert.ok(events.length <= 256)
    seen.push(...numbers(events))
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 600 }, (_, at) => at + 1),
  )
})

test('a reader resumes behind what it has seen, but not behind events that were lost with their attempt', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  // Attempt 1 showed events 3 to 9, but only 3 to 6 were on disk when it died. Attempt 2 continued from 7.
  await s.db.write((tx) => insertEvents(tx, run.seq, [...span(3, 6), ...span(7, 12, 2)]))
  const resume = (attempt: number, seq: number) => resumeAfter(s.db, run.id, { attempt, seq })
  assert.equal(await resume(0, 0), 0)
  assert.equal(await resume(0, 2), 2)
  assert.equal(await resume(1, 4), 4)
  assert.equal(await resume(1, 6), 6)
  assert.equal(await resume(1, 9), 6)
  assert.equal(await resume(2, 8), 8)
  assert.equal(await resume(2, 12), 12)
  assert.equal(await resume(2, 20), 12, 'the deltas after 12 are not on disk')
  assert.equal(await resumeAfter(s.db, 'run_unknown', { attempt: 1, seq: 5 }), 0)
})

test('deltas go some time after their run has ended; every other event and its number stay', async () => {
  await using s = await createStoreFixture()
  const [old, young, going] = [await s.run(), await s.run(), await s.run()]
  for (const run of [old, young, going]) {
    const events = [
      event(3, 1, 'thread.message.delta'),
      event(4, 1, 'response.image_generation_call.partial_image'),
      event(5, 1, 'thread.run.completed'),
    ]
    await s.db.write((tx) => insertEvents(tx, run.seq, events))
  }
  await s.db.write(async (tx) => {
    await tx.run('update runs set finished_at = 100 where id = ?', old.id)
    await tx.run('update runs set finished_at = 200 where id = ?', young.id)
  })
  const left = async (run: typeof old) => numbers(await s.events(run))
  for (let again = 0; again < 2; again++) {
    await dropDeltas(s.db, 150)
    assert.deepEqual(await left(old), [1, 2, 5])
    assert.deepEqual(await left(young), [1, 2, 3, 4, 5])
    assert.deepEqual(await left(going), [1, 2, 3, 4, 5])
  }
  assert.equal(await resumeAfter(s.db, old.id, { attempt: 1, seq: 3 }), 3)
})

test('a follower that is left before its first event leaves no reader behind', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  const isShown = () =>
    s.log.prepare(run, logStart, { event: 'thread.run.queued', run } as AssistantsEvent).shown
  const live = s.log.attach(run.id)
  const feed = eventFeed(s.db, 'p', toRun(run))
  const events = followRun({ ...s, feed }, { from: logStart, until: 'pause', live }, never)
  assert.notEqual(isShown(), undefined)
  await events.return()
  assert.equal(isShown(), undefined)
})

test('a follower who has seen a later attempt is not shown what the worker before still says', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  await s.db.write(async (tx) => {
    insertEvents(tx, run.seq, [...span(3, 4), ...span(5, 9, 2)])
    await tx.run('update runs set last_event = 9 where id = ?', run.id)
  })
  const feed = eventFeed(s.db, 'p', toRun(run))
  const live = s.log.attach(run.id)
  const leaving = new AbortController()
  const follow = { from: { attempt: 2, seq: 9 }, until: 'end' as const, live }
  const events = followRun({ ...s, feed }, follow, leaving.signal)
  s.log.show(run.id, [event(10, 1, 'thread.message.delta')])
  const next = events.next()
  await s.db.write((tx) => insertEvents(tx, run.seq, [event(10, 2)]))
  s.log.writtenElsewhere(run.id)
  assert.deepEqual(places((await next).value ?? []), ['2-10'])
  leaving.abort()
  await events.return()
})

test('a follower who names an attempt that never was is shown at once what is shown to one of the attempt that is', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  await s.db.write(async (tx) => {
    insertEvents(tx, run.seq, span(3, 4))
    await tx.run('update runs set last_event = 4, attempt = 1 where id = ?', run.id)
  })
  const feed = eventFeed(s.db, 'p', toRun(run))
  for (const attempt of [1, 7]) {
    const leaving = new AbortController()
    const follow = { from: { attempt, seq: 3 }, until: 'end' as const }
    const events = followRun({ ...s, feed }, follow, leaving.signal)
    assert.deepEqual(places((await events.next()).value ?? []), ['1-4'])
    const next = events.next()
    // It is on no disk.
    s.log.show(run.id, [event(5, 1, 'thread.message.delta')])
    const guard = setTimeout(() => leaving.abort(), 5_000)
    assert.deepEqual(places((await next).value ?? []), ['1-5'])
    clearTimeout(guard)
    leaving.abort()
    await events.return()
  }
})
