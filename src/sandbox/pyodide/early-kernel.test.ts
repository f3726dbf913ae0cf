import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Kernel } from '../sandbox.ts'
import { openEarly } from './early-kernel.ts'

/** A kernel that can only end. */
function createKernel() {
  const ended = Promise.withResolvers<Awaited<Kernel['closed']>>()
  const kernel = {
    closed: ended.promise,
    async close() {
      ended.resolve({ reason: 'closed' })
    },
  } as unknown as Kernel
  return { kernel, die: () => ended.resolve({ reason: 'memory' }) }
}

test('it opens before anybody asks, and who asks waits for it', async () => {
  const opened = Promise.withResolvers<Kernel>()
  const early = openEarly(() => opened.promise)
  const taken = early.take()
  const { kernel } = createKernel()
  opened.resolve(kernel)
  assert.equal(await taken, kernel)
})

test('one that did not start, or has died, is not given out', async () => {
  assert.equal(await openEarly(() => Promise.reject(new Error('no memory'))).take(), undefined)
  const { kernel, die } = createKernel()
  const early = openEarly(async () => kernel)
  die()
  await kernel.closed
  assert.equal(await early.take(), undefined)
})

test('closing ends it, also while it starts', async () => {
  const { kernel } = createKernel()
  await openEarly(async () => kernel).close()
  assert.deepEqual(await kernel.closed, { reason: 'closed' })
  const reason = Promise.withResolvers<unknown>()
  const starting = openEarly((signal) => {
    signal.addEventListener('abort', () => reason.resolve(signal.aborted))
    return reason.promise.then(() => Promise.reject(new Error('aborted')))
  })
  await starting.close()
  assert.equal(await reason.promise, true)
})

test('who gives up waiting gets the own reason, and the start ends', async () => {
  const early = openEarly(
    (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error))),
  )
  const given = new AbortController()
  const taken = early.take(given.signal)
  given.abort(new Error('the run was cancelled'))
  await assert.rejects(taken, /the run was cancelled/)
})
