import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerWithin } from './answer-within.ts'

test('what is not answered in time is null, and is not asked again while the answer is waited for', async () => {
  let asked = 0
  let { promise, resolve } = Promise.withResolvers<string>()
  const ask = answerWithin(5, () => {
    asked++
    return promise
  })
  assert.deepEqual(await Promise.all([ask(), ask()]), [null, null])
  assert.equal(await ask(), null)
  assert.equal(asked, 1)
  resolve('here')
  assert.equal(await ask(), 'here')
  ;({ promise, resolve } = Promise.withResolvers<string>())
  resolve('here again')
  assert.equal(await ask(), 'here again')
  assert.equal(asked, 2)
})

test('what cannot be asked is null', async () => {
  assert.equal(await answerWithin(5_000, () => Promise.reject(new Error('away')))(), null)
})
