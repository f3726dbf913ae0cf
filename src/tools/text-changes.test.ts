import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TextChanges } from './text-changes.ts'

test('places in a text are found again after parts of it were left out and others were added', () => {
  // 'one [x] two[y]three' is passed on as 'one two three'.
  const changes = new TextChanges()
  changes.add(3, -1)
  changes.add(3, -3)
  changes.add(7, -3)
  changes.add(7, 1)
  const arrived = 'one [x] two[y]three'
  const shown = 'one two three'
  const between = (start: number, end: number) => shown.slice(changes.placeOf(start), changes.placeOf(end))
  assert.equal(between(0, 3), 'one')
  assert.equal(between(8, 11), 'two')
  assert.equal(between(14, 19), 'three')
  assert.equal(between(0, arrived.length), shown)
  assert.equal(between(5, 7), '', 'what was left out is nowhere')
})

test('a text without changes has its places', () => {
  assert.equal(new TextChanges().placeOf(5), 5)
})
