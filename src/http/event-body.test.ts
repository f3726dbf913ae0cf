import assert from 'node:assert/strict'
import { beforeEach, mock, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { eventBody } from './event-body.ts'

let ended = 0
beforeEach(() => (ended = 0))

async function* three(): AsyncGenerator<string, void> {
  try {
    yield 'a'
    yield 'b'
    yield 'c'
  } finally {
    ended++
  }
}

test('a stream ends once, whether it is read to its end, left in the middle, or never read', async () => {
  assert.equal(await new Response(eventBody(three())).text(), 'abc')
  assert.equal(ended, 1)
  const reader = eventBody(three()).getReader()
  await reader.read()
  await reader.cancel()
  assert.equal(ended, 2)
  await eventBody(three()).cancel()
  assert.equal(ended, 3)
})

test('events that fail before anybody has read them are left as well', async () => {
  // oxlint-disable-next-line require-yield -- it fails first
  async function* failing(): AsyncGenerator<string, void> {
    try {
      throw new Error('broken')
    } finally {
      ended++
    }
  }
  await eventBody(failing()).cancel()
  assert.equal(ended, 1)
})

test('a stream whose reader hangs ends after a while, and one that is read slowly does not', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const slow = eventBody(three()).getReader()
    for (const _ of ['a', 'b', 'c']) {
      assert.equal((await slow.read()).done, false)
      mock.timers.tick(9 * 60_000)
    }
    assert.equal((await slow.read()).done, true)
    assert.equal(ended, 1)

    const hanging = eventBody(three()).getReader()
    await hanging.read()
    mock.timers.tick(11 * 60_000)
    await setImmediate()
    assert.equal(ended, 2)
    await assert.rejects(hanging.read(), /too long/)
  } finally {
    mock.timers.reset()
  }
})
