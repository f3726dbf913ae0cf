import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readAhead } from './read-ahead.ts'

test('what was read ahead is given once', () => {
  const newest = readAhead(['a message'])
  assert.deepEqual([newest(), newest()], [['a message'], undefined])
})

test('what was read a second ago is not given, since it may have been deleted', () => {
  let now = 5_000
  const newest = readAhead(['a message'], () => now)
  now += 1_000
  assert.equal(newest(), undefined)
})
