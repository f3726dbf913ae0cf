import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTurns, type Queue } from './turns.ts'

/** A queue of numbered jobs. `lanes` gives the number of jobs that wait in each lane. */
function queueOf(lanes: Record<string, number>): Queue<string> & { lanes: Record<string, number> } {
  return {
    lanes,
    async laneAfter(after) {
      const waiting = Object.keys(lanes)
        .filter((lane) => (lanes[lane] ?? 0) > 0)
        .toSorted()
      return waiting.find((lane) => lane > after) ?? waiting[0]
    },
    async take(lane) {
      lanes[lane] = (lanes[lane] ?? 0) - 1
      return lane
    },
  }
}

const counts = (jobs: string[]) =>
  Object.fromEntries(
    Object.entries(Object.groupBy(jobs, (job) => job)).map(([lane, of]) => [lane, of?.length]),
  )

test('lanes take places in turn, whoever came first and however much waits', async () => {
  const turns = createTurns(8)
  assert.deepEqual(await turns.go([queueOf({ a: 100, b: 2, c: 1 })]), ['a', 'b', 'c', 'a', 'b', 'a'])
})

test('a call that gives no more than some places is gone on with by the next one', async () => {
  const turns = createTurns(8)
  const queue = queueOf({ a: 100, b: 2, c: 1 })
  assert.deepEqual(await turns.go([queue], 4), ['a', 'b', 'c', 'a'])
  assert.equal(turns.waits, false)
  assert.deepEqual(await turns.go([queue], 4), ['b', 'a'])
  assert.equal(turns.waits, true)
})

test('a lane has at most half of what the others leave, so that one which never ends leaves places', async () => {
  const turns = createTurns(512)
  assert.equal((await turns.go([queueOf({ dead: 10_000 })])).length, 256)
  assert.deepEqual(counts(await turns.go([queueOf({ dead: 9_744, dying: 10_000, quick: 3 })])), {
    dying: 127,
    quick: 3,
  })
  for (let lane = 0; lane < 5; lane++) {
    assert.ok((await turns.go([queueOf({ [`another ${lane}`]: 1 })])).length === 1)
  }
})

test('a lane that never ends leaves places to the others of its group, and a group to other groups', async () => {
  const turns = createTurns(768, { groupOf: (lane) => lane.split(' ')[0] ?? '' })
  assert.deepEqual(counts(await turns.go([queueOf({ 'dead greedy': 10_000 })])), { 'dead greedy': 256 })
  const next = queueOf({ 'dead greedy': 9_744, 'dead calm': 3, 'quick greedy': 10_000, 'quick calm': 3 })
  const given = counts(await turns.go([next]))
  assert.equal(given['dead calm'], 3)
  assert.equal(given['quick calm'], 3)
  assert.ok((given['quick greedy'] ?? 0) >= 100)
  assert.equal((await turns.go([queueOf({ 'another calm': 1 })])).length, 1)
})

test('the turn goes on where it stopped: a place that becomes free goes to whoever is next', async () => {
  const turns = createTurns(1)
  const queue = queueOf({ a: 5, b: 5, c: 5 })
  const order = []
  for (let round = 0; round < 6; round++) {
    const [job = ''] = await turns.go([queue])
    order.push(job)
    turns.giveBack(job)
  }
  assert.deepEqual(order, ['a', 'b', 'c', 'a', 'b', 'c'])
})

test('a lane that waits for a place is told of once while it lasts, and again when it is over', async () => {
  const told: unknown[] = []
  const turns = createTurns(4, { changed: (waits, lane) => told.push([waits, lane]) })
  const queue = queueOf({ a: 5 })
  await turns.go([queue])
  await turns.go([queue])
  assert.equal(turns.fullFor('a'), 'its places')
  assert.equal(turns.fullFor('b'), undefined)
  assert.deepEqual(turns.report(), { places: 4, taken: 2, lanes: { a: { taken: 2, waits: true } } })
  queue.lanes['a'] = 0
  await turns.go([queue])
  assert.deepEqual(told, [
    [true, 'a'],
    [false, 'a'],
  ])
  assert.equal(turns.fullFor('a'), undefined)
})

test('where all places are taken, everybody waits for all of them', async () => {
  const told: unknown[] = []
  const turns = createTurns(2, { changed: (waits, lane) => told.push([waits, lane]) })
  await turns.go([queueOf({ a: 1, b: 1 })])
  assert.deepEqual(told, [])
  await turns.go([queueOf({ c: 1 })])
  assert.deepEqual([told, turns.fullFor('c')], [[[true, undefined]], 'all places'])
})

test('a lane of which nothing can be taken now holds nobody up', async () => {
  const turns = createTurns(8)
  const queue = queueOf({ a: 3, b: 3 })
  const stuck: Queue<string> = {
    ...queue,
    take: async (lane) => (lane === 'a' ? undefined : queue.take(lane)),
  }
  assert.deepEqual(await turns.go([stuck]), ['b', 'b', 'b'])
})
