import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ShownInOrder } from './shown-in-order.ts'

test('what comes for a later place is held back until the places before it are done', () => {
  const shown: string[] = []
  const order = new ShownInOrder()
  const say = (place: number, text: string) => order.show(place, () => void shown.push(text))
  say(1, 'b1')
  say(0, 'a1')
  assert.deepEqual(shown, ['a1'])
  order.done(1)
  say(0, 'a2')
  assert.deepEqual(shown, ['a1', 'a2'])
  order.done(0)
  assert.deepEqual(shown, ['a1', 'a2', 'b1'])
  say(2, 'c1')
  assert.deepEqual(shown, ['a1', 'a2', 'b1', 'c1'])
})

test('a place that is done while it is shown lets the next one be shown', () => {
  const shown: string[] = []
  const order = new ShownInOrder()
  order.show(2, () => void shown.push('c'))
  order.show(1, () => {
    shown.push('b')
    order.done(1)
  })
  order.done(0)
  assert.deepEqual(shown, ['b', 'c'])
})
