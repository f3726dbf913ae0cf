import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import { responsesAsked, startFakeUpstream, type FakeUpstream } from '../../../test/fake-upstream.ts'
import type { ProviderSettings } from '../provider-settings.ts'
import { openRegistry } from '../registry.ts'

const prompt: LanguageModelV4Prompt = [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]

/** The model of a provider whose address, OpenAI's own among them, leads to the fake. */
async function modelOf(upstream: FakeUpstream, settings: Partial<ProviderSettings>) {
  const provider = { name: 'p', type: 'openai' as const, apiKey: 'k', models: {}, ...settings }
  const registry = openRegistry(
    { providers: [provider] },
    {
      fetch: (address, init) => {
        assert.ok(typeof address === 'string')
        const { pathname, search } = new URL(address)
        return fetch(`${upstream.url}${pathname}${search}`, init)
      },
    },
  )
  const served = await registry.resolve('p/gpt-4.1')
  await registry.close()
  assert.ok(served)
  return served
}

const pathsOf = ({ requests }: FakeUpstream) =>
  requests.filter(({ method }) => method === 'POST').map(({ path }) => path)

test("OpenAI's own tools are asked for by the Responses API, and everything else by chat completions", async () => {
  await using upstream = await startFakeUpstream({ respond: {} })
  const { hostedTools, hostedTool, model } = await modelOf(upstream, {})
  assert.deepEqual(hostedTools, ['web_search', 'image_generation', 'computer'])
  const tool = hostedTool('web_search', { searchContextSize: 'high', blockedDomains: ['b.de'] })
  await model.doGenerate({ prompt, tools: [tool], frequencyPenalty: 1 })
  await model.doGenerate({ prompt, frequencyPenalty: 1 })
  assert.deepEqual(pathsOf(upstream), ['/v1/responses', '/v1/chat/completions'])
  assert.deepEqual(responsesAsked(upstream)[0]?.tools, [
    { type: 'web_search', filters: { blocked_domains: ['b.de'] }, search_context_size: 'high' },
  ])
  assert.equal(upstream.requests.at(-1)?.headers.authorization, 'Bearer k')
})

for (const type of ['openai', 'openai-compatible', 'azure'] as const) {
  test(`a server of type ${type} that speaks the Responses API is asked by it alone, and has its tools`, async () => {
    await using upstream = await startFakeUpstream({ respond: {} })
    const elsewhere = { type, baseUrl: `${upstream.url}/v1` }
    const chat = await modelOf(upstream, elsewhere)
    assert.deepEqual(chat.hostedTools, [])
    const { model, hostedTools } = await modelOf(upstream, { ...elsewhere, api: 'responses' })
    assert.equal(hostedTools.length, 3)
    await model.doGenerate({ prompt })
    await chat.model.doGenerate({ prompt })
    assert.deepEqual(pathsOf(upstream), ['/v1/responses', '/v1/chat/completions'])
    const [asked] = upstream.requests.filter(({ path }) => path === '/v1/responses')
    const key = type === 'azure' ? asked?.headers['api-key'] : asked?.headers.authorization
    assert.equal(key, type === 'azure' ? 'k' : 'Bearer k')
    assert.equal(asked?.headers.authorization === undefined, type === 'azure')
  })
}

test('OpenAI itself can be asked by the Responses API alone', async () => {
  await using upstream = await startFakeUpstream({ respond: {} })
  const { model } = await modelOf(upstream, { api: 'responses' })
  await model.doGenerate({ prompt })
  assert.deepEqual(pathsOf(upstream), ['/v1/responses'])
})
