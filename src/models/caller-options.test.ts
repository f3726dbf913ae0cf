import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callerOptions } from './caller-options.ts'
import { families } from './providers/families.ts'

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

for (const [type, modelId, expected] of [
  [
    'openai',
    'gpt-5',
    {
      user: 'u',
      safety_identifier: 's',
      prompt_cache_key: 'k',
      prompt_cache_retention: '24h',
      service_tier: 'flex',
    },
  ],
  ['anthropic', 'claude-sonnet-5', { metadata: { user_id: 's' } }],
  ['google', 'gemini-2.5-flash', { serviceTier: 'flex' }],
  ['mistral', 'mistral-large-latest', { prompt_cache_key: 'k' }],
] as const)
  test(`the request to a provider of type ${type} has them`, async () => {
    let body: Record<string, unknown> = {}
    const fetch = async (_address: unknown, { body: sent }: { body: string }) => {
      body = JSON.parse(sent) as Record<string, unknown>
      return new Response('{}', { status: 400 })
    }
    const provider = families[type](
      { name: type, type, apiKey: 'k', models: {} },
      fetch as unknown as typeof globalThis.fetch,
    )
    const model = await provider.open(modelId)
    const options = callerOptions({
      user: 'u',
      safetyIdentifier: 's',
      promptCacheKey: 'k',
      promptCacheRetention: '24h',
      serviceTier: 'flex',
    })
    const prompt = [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }]
    await assert.rejects(async () => model.doStream({ prompt, providerOptions: options }))
    const told = Object.fromEntries(Object.entries(body).filter(([name]) => name in expected))
    assert.deepEqual(told, expected)
  })
