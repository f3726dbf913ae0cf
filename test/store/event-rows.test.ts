import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoggedEvent } from '../../src/contract/run-events.ts'
import type { RunRecord } from '../../src/contract/runs.ts'
import { createRecorder } from '../../src/engine/recorder.ts'
import { forgetEvents, insertEvents, readRunEvents, resumeAfter } from '../../src/store/run-log.ts'
import { eventsPage } from '../../src/store/run-timeline.ts'
import { writeRun } from '../../src/store/runs.ts'
import { createStoreFixture } from './fixture.ts'

type Fixture = Awaited<ReturnType<typeof createStoreFixture>>

const delta = (seq: number, more: Partial<LoggedEvent> = {}): LoggedEvent => {
  const { deltaOf = 'msg_1' } = more
  const data = JSON.stringify({ id: deltaOf, delta: seq })
  return {
    seq,
    attempt: 1,
    event: 'thread.message.delta',
    subject: null,
    data,
    shown: data,
    deltaOf,
    ...more,
  }
}
const deltas = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => delta(from + index))

async function rowsOf(s: Fixture, run: RunRecord) {
  return s.db.all<{ seq: number; data: string }>(
    'select seq, data from run_log where run = ? and seq > 2 order by seq',
    run.seq,
  )
}

/** The numbers of the last events of the rows that these events become. A run has two events of its own before them. */
async function stored(s: Fixture, events: LoggedEvent[]): Promise<number[]> {
  const run = await s.run()
  await s.db.write((tx) => insertEvents(tx, run.seq, events))
  return (await rowsOf(s, run)).map(({ seq }) => seq)
}

async function begin(s: Fixture): Promise<RunRecord> {
  const queued = await s.run()
  return s.db.write((tx) =>
    writeRun(tx, s.log, queued, { lease: { owner: 'o', until: 1 }, moves: ['in_progress'] }),
  )
}

test('deltas that are written together are one row, and are read back to the byte as they were shown', async () => {
  await using s = await createStoreFixture()
  const run = await begin(s)
  using live = s.log.attach(run.id)
  const recorder = createRecorder(s.db, s.log, run)
  const values = [
    [0, -0, 1e21, 1e-7, 0.1 + 0.2, Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, Number.NaN],
    ['two\nlines\r\n', '\u2028\u2029\u0000\u001f\u007f', '\ud83d', '👩‍👩‍👧', 'e\u0301', '"],[{"', '\\n', '\\\n'],
    [{ 2: 'b', 10: 'a', 1: 'c', b: 1, a: 2, '': 0, '01': 1 }],
    [Object.fromEntries([['__proto__', { id: 'x' }]]), JSON.parse('{"__proto__":1,"constructor":2}')],
    [{ toJSON: () => '\n' }, undefined, null, new Date(0)],
    [[], {}, '', ' ', ['\n']],
  ]
  for (const value of values) recorder.delta('thread.message.delta', { id: 'msg_1', value }, 'msg_1')
  const shown = live.take(4)
  assert.equal(shown.length, values.length)
  await recorder.close()

  assert.deepEqual(
    (await rowsOf(s, run)).map(({ seq }) => seq),
    [3, 3 + values.length],
  )
  const { events } = await readRunEvents(s.db, run.id, 3)
  assert.deepEqual(
    events.map(({ seq, attempt, event, data }) => ({ seq, attempt, event, data })),
    shown,
  )
})

test('a reader that comes back in the middle of a row gets the rest of it', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  await s.db.write((tx) => insertEvents(tx, run.seq, deltas(3, 40)))
  await s.db.write((tx) => insertEvents(tx, run.seq, deltas(41, 50)))
  assert.ok((await rowsOf(s, run)).length < 5)
  for (let seen = 2; seen <= 50; seen++) {
    assert.equal(await resumeAfter(s.db, run.id, { attempt: 1, seq: seen }), seen)
    const { events, more } = await readRunEvents(s.db, run.id, seen)
    assert.deepEqual(
      events.map(({ seq, data }) => [seq, data]),
      deltas(seen + 1, 50).map(({ seq, data }) => [seq, data]),
    )
    assert.equal(more, false)
  }
})

test('a list of events is paged by events, wherever the rows begin', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  const other = { deltaOf: 'msg_2' }
  const events = [...deltas(3, 5), delta(6, other), delta(7, other), { ...delta(8), event: 'note' }, delta(9)]
  await s.db.write((tx) => insertEvents(tx, run.seq, events))
  const all = [1, 2, 3, 4, 5, 6, 7, 8, 9]
  const idOf = (seq: number) => `${seq < 3 ? 0 : 1}-${seq}`
  for (const order of ['asc', 'desc'] as const)
    for (const limit of [1, 2, 3, 9])
      for (const cursor of [undefined, ...all])
        for (const side of ['after', 'before'] as const) {
          const query = { order, limit, [side]: cursor === undefined ? undefined : idOf(cursor) }
          const ordered = order === 'asc' ? all : all.toReversed()
          const at = cursor === undefined ? -1 : ordered.indexOf(cursor)
          const rest =
            cursor !== undefined && side === 'before' ? ordered.slice(0, at) : ordered.slice(at + 1)
          const expected =
            cursor !== undefined && side === 'before' ? rest.slice(-limit) : rest.slice(0, limit)
          const { data, hasMore } = await eventsPage(s.db, run.id, query)
          const what = JSON.stringify(query)
          assert.deepEqual(
            data.map(({ seq }) => seq),
            expected,
            what,
          )
          assert.equal(hasMore, rest.length > limit, what)
        }
  for (const unknown of ['2-4', '1-10', '0-0', '1-0'])
    await assert.rejects(eventsPage(s.db, run.id, { order: 'asc', limit: 5, after: unknown }), unknown)
})

test('a row has deltas of one object, one kind and one attempt', async () => {
  await using s = await createStoreFixture()
  const step = { event: 'thread.run.step.delta' }
  assert.deepEqual(await stored(s, [delta(3), delta(4), delta(5, { deltaOf: 'msg_2' }), delta(6)]), [4, 5, 6])
  assert.deepEqual(await stored(s, [delta(3), delta(4, step), delta(5, step)]), [3, 5])
  assert.deepEqual(await stored(s, [delta(3), delta(4, { attempt: 2 }), delta(5, { attempt: 2 })]), [3, 5])
  const { deltaOf: _, ...whole } = delta(5)
  assert.deepEqual(await stored(s, [delta(3), delta(4), whole, { ...whole, seq: 6 }]), [4, 5, 6])
})

test('what a row holds is bounded', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  const large = (seq: number, bytes: number) => delta(seq, { data: JSON.stringify('x'.repeat(bytes)) })
  const events = [...deltas(3, 202), large(203, 3_000), large(204, 3_000), large(205, 3_000), large(206, 1e6)]
  await s.db.write((tx) => insertEvents(tx, run.seq, events))
  const rows = await rowsOf(s, run)
  for (const { data } of rows)
    assert.ok(data.split('\n').length <= 32 && (data.length <= 8_192 || !data.includes('\n')))
  assert.ok(rows.length < 12)
  assert.equal((await readRunEvents(s.db, run.id, 2)).events.length, events.length)
})

test('what tells of a deleted message goes, and what tells of another one stays', async () => {
  await using s = await createStoreFixture()
  const run = await s.run()
  const events = [delta(3), delta(4), delta(5, { deltaOf: 'msg_2' }), delta(6, { deltaOf: 'msg_2' })]
  await s.db.write((tx) => insertEvents(tx, run.seq, events))
  await s.db.write((tx) => forgetEvents(tx, run.id, 'msg_1'))
  const { events: left } = await readRunEvents(s.db, run.id, 2)
  assert.deepEqual(
    left.map(({ seq }) => seq),
    [5, 6],
  )
})
