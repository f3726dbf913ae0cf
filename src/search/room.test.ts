import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRoom } from './room.ts'

const file = (seq: number, bytes: number) => ({ seq, bytes })

test('large files share the room, small ones always fit, and one of any size fits alone', () => {
  const room = createRoom(6_400)
  let fits = room.look()
  assert.deepEqual([file(1, 3_000), file(2, 3_000), file(3, 3_000), file(4, 100)].map(fits), [
    true,
    true,
    false,
    true,
  ])
  const leave = [file(1, 3_000), file(2, 3_000)].map(room.enter)
  fits = room.look()
  assert.deepEqual([file(5, 100), file(3, 3_000)].map(fits), [true, false])
  for (const one of leave) one()
  assert.equal(room.look()(file(6, 1_000_000)), true)
})

test('a large file that waits for room is not overtaken for ever by smaller large ones', () => {
  const room = createRoom(6_400)
  const leave = room.enter(file(1, 3_000))
  assert.equal(room.look()(file(2, 6_000)), false)
  assert.equal(room.look()(file(3, 3_000)), false, 'it would fit, and keep the other one out')
  leave()
  const fits = room.look()
  assert.deepEqual([file(2, 6_000), file(3, 3_000)].map(fits), [true, false])
})

test('there is an end to how many files are in work', () => {
  const fits = createRoom(6_400).look()
  const answers = Array.from({ length: 300 }, (_, seq) => fits(file(seq, 1)))
  assert.equal(answers.filter(Boolean).length, 256)
})
