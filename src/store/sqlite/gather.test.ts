import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gather } from './gather.ts'

/** Counts turns in which `arriving` says how many more have arrived. */
function arrivals(arriving: (turn: number) => number) {
  let turns = 0
  let count = 1
  let over = false
  const next = () =>
    setImmediate(() => {
      if (over) return
      count += arriving(++turns)
      next()
    })
  next()
  return {
    waiting: () => count,
    end: () => {
      over = true
      return { turns, count }
    },
  }
}

test('what arrives by itself waits for one turn', async () => {
  const { waiting, end } = arrivals(() => 0)
  await gather({ waiting, enough: 100, maxMs: Infinity })
  assert.deepEqual(end(), { turns: 1, count: 1 })
})

test('more turns are waited for while each brings more', async () => {
  const { waiting, end } = arrivals((turn) => (turn <= 3 ? 2 : 0))
  await gather({ waiting, enough: 100, maxMs: Infinity })
  assert.deepEqual(end(), { turns: 4, count: 7 })
})

test('no longer than until enough is there', async () => {
  const { waiting, end } = arrivals(() => 2)
  await gather({ waiting, enough: 6, maxMs: Infinity })
  assert.deepEqual(end(), { turns: 3, count: 7 })
})

test('no longer than the time that was given', async () => {
  const { waiting, end } = arrivals(() => 2)
  await gather({ waiting, enough: Infinity, maxMs: 0 })
  assert.deepEqual(end(), { turns: 1, count: 3 })
})
