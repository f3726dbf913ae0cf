import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinLogs } from './join-logs.ts'

test('texts within 50 ms are one, in order; what waits is shown when it is asked for, and nothing twice', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const shown: string[] = []
  const logs = joinLogs((text) => shown.push(text))
  for (const text of ['a', 'b', '', 'c']) logs.add(text)
  assert.deepEqual(shown, [])
  t.mock.timers.tick(50)
  assert.deepEqual(shown, ['abc'])
  logs.add('d')
  logs.flush()
  t.mock.timers.tick(1000)
  logs.flush()
  assert.deepEqual(shown, ['abc', 'd'])
})

test('however many texts there are, few are shown, and none becomes very long', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const shown: string[] = []
  const logs = joinLogs((text) => shown.push(text))
  for (let count = 0; count < 400_000; count++) logs.add('x')
  logs.flush()
  assert.equal(shown.join('').length, 400_000)
  assert.ok(shown.length < 10 && shown.every((text) => text.length <= 65_536))
})
