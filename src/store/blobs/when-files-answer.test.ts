import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StoreUnavailable } from '../../errors/unavailable.ts'
import { whenFilesAnswer } from './when-files-answer.ts'

const away = () => Promise.reject(new StoreUnavailable('away'))

test('what asks for contents is asked again while their store is away, but not for ever', async () => {
  let tries = 0
  const second = () => (++tries === 1 ? away() : Promise.resolve('there'))
  assert.equal(await whenFilesAnswer(second, new AbortController().signal), 'there')
  tries = 0
  const never = () => {
    tries++
    return away()
  }
  await assert.rejects(whenFilesAnswer(never, new AbortController().signal, 150), StoreUnavailable)
  assert.ok(tries > 1)
})

test('the signal ends the waiting with its reason, and another error is passed on at once', async () => {
  const stop = new AbortController()
  const waiting = whenFilesAnswer(() => {
    setImmediate(() => stop.abort('cancelled'))
    return away()
  }, stop.signal)
  await assert.rejects(waiting, (reason) => reason === 'cancelled')
  const gone = Object.assign(new Error('gone'), { code: 'ENOENT' })
  await assert.rejects(
    whenFilesAnswer(() => Promise.reject(gone), new AbortController().signal),
    gone,
  )
})
