import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelError } from '../models/model-error.ts'
import { Retries } from './retry.ts'
import { RunFailure } from './run-failure.ts'

const failed: ModelError = { code: 'server_error', message: 'x', retryable: true, retryAfterMs: 0 }
const run = { shown: false, expiresAt: Date.now() / 1_000 + 600, signal: new AbortController().signal }

test('a provider that fails is asked six times', async () => {
  const retries = new Retries()
  for (let attempt = 1; attempt < 6; attempt++) await retries.next(failed, run)
  await assert.rejects(retries.next(failed, run), RunFailure)
})

test('a provider that cannot be reached is waited for, and then has all of its attempts', async () => {
  const retries = new Retries()
  for (let look = 0; look < 100; look++) await retries.next({ ...failed, unreachable: true }, run)
  for (let attempt = 1; attempt < 6; attempt++) await retries.next(failed, run)
  await assert.rejects(retries.next(failed, run), RunFailure)
})

test('a run that waits ends with the reason of its signal', async () => {
  const stop = new AbortController()
  const waiting = new Retries().next(
    { ...failed, retryAfterMs: 60_000, unreachable: true },
    { ...run, signal: stop.signal },
  )
  stop.abort('expired')
  await assert.rejects(waiting, (reason) => reason === 'expired')
})
