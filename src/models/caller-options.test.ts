import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOptions } from './caller-options.ts'

test('each family is given what it knows, under its own names', () => {
  const given = {
    user: 'u',
    safetyIdentifier: 's',
    promptCacheKey: 'k',
    promptCacheRetention: '24h',
    serviceTier: 'default',
  } as const
  assert.deepEqual(callerOptions(given), {
    openai: given,
    anthropic: { metadata: { userId: 's' } },
    google: { serviceTier: 'standard' },
    mistral: { promptCacheKey: 'k' },
  })
  assert.deepEqual(callerOptions({ user: 'u', safetyIdentifier: undefined }), {
    openai: { user: 'u' },
    anthropic: { metadata: { userId: 'u' } },
  })
  assert.deepEqual(callerOptions({}), {})
})
