import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startFakeUpstream } from '../../test/fake-upstream.ts'
import type { Log } from '../common/log.ts'
import { followAlias } from './aliases.ts'
import { openRegistry } from './registry.ts'
import { scripted } from './scripted.ts'
import type { ProviderSettings } from './provider-settings.ts'
import type { ModelSettings } from './model-settings.ts'
import { textOf, server, nowhere, answers } from '../../test/providers.ts'

const leadsTo = async (settings: Partial<ModelSettings>, name: string) =>
  (await openRegistry(settings).resolve(name))?.name

test('without a provider, OpenAI names lead to the demo, which says what it is', async () => {
  const registry = openRegistry()
  assert.equal((await registry.resolve('gpt-4-turbo'))?.name, 'demo')
  assert.equal((await registry.resolve('demo'))?.name, 'demo')
  assert.equal(await registry.resolve('claude-3'), undefined)
  const [listed] = await registry.list()
  assert.equal(listed?.id, 'demo')
  assert.match(listed.owned_by, /not a language model/)
  assert.match(textOf(registry), /no language model/)
})

test('models of an embedding program answer under their names and stand in for OpenAI names', async () => {
  const registry = openRegistry({}, { models: { mine: scripted([{ text: 'Hello' }]) } })
  assert.equal((await registry.resolve('mine'))?.model.provider, 'scripted')
  assert.equal((await registry.resolve('gpt-4o'))?.name, 'mine')
  assert.equal((await registry.resolve('demo'))?.name, 'demo')
})

test('provider/model resolves without asking, even when the provider is down', async () => {
  const settings = { providers: [server('lab', nowhere)] }
  assert.equal(await leadsTo(settings, 'lab/some/model'), 'lab/some/model')
  assert.equal(await leadsTo(settings, 'lab/'), undefined)
})

test('a bare name goes to the provider that lists it, and OpenAI names to the first model there is', async () => {
  await using upstream = await startFakeUpstream({ models: ['text-embedding-x', 'qwen', 'llama'] })
  const settings = { providers: [server('lab', `${upstream.url}/v1`)] }
  assert.equal(await leadsTo(settings, 'llama'), 'lab/llama')
  assert.equal(await leadsTo(settings, 'gpt-4-turbo'), 'lab/qwen')
  assert.equal(await leadsTo({ ...settings, defaultModel: 'lab/llama' }, 'o3-mini'), 'lab/llama')
  assert.equal(await leadsTo(settings, 'unheard-of'), undefined)
})

for (const [what, status] of [
  ['is down', undefined],
  ['refuses the key', 401],
  ['fails', 500],
] as const) {
  test(`OpenAI names do not pass over a first provider that ${what} to the second`, async () => {
    const fetch = async (address: string) => {
      if (!String(address).includes('first.example')) return Response.json({ data: [{ id: 'llama' }] })
      if (status) return Response.json({}, { status })
      throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
    }
    const providers = [
      server('first', 'http://first.example/v1'),
      server('second', 'http://second.example/v1'),
    ]
    const registry = openRegistry({ providers }, { fetch: fetch as typeof globalThis.fetch })
    for (const name of ['gpt-4-turbo', 'o3-mini']) assert.equal(await registry.resolve(name), undefined)
    assert.equal((await registry.resolve('llama'))?.name, 'second/llama')
    assert.match(textOf(registry), /OpenAI's model names .* lead to 'first', and wait until it can be asked/)
    const chosen = openRegistry(
      { providers, defaultModel: 'second/llama' },
      { fetch: fetch as typeof globalThis.fetch },
    )
    assert.equal((await chosen.resolve('gpt-4-turbo'))?.name, 'second/llama')
  })
}

test('OpenAI names pass over a first provider that has no models', async () => {
  const fetch = async (address: string) =>
    Response.json({ data: String(address).includes('first.example') ? [] : [{ id: 'llama' }] })
  const registry = openRegistry(
    { providers: [server('first', 'http://first.example/v1'), server('second', 'http://second.example/v1')] },
    { fetch: fetch as typeof globalThis.fetch },
  )
  assert.equal((await registry.resolve('gpt-4-turbo'))?.name, 'second/llama')
})

test('aliases come before what is listed, and the most specific pattern counts', async () => {
  const settings = {
    providers: [server('lab', nowhere)],
    aliases: {
      'gpt-4-turbo': 'lab/exact',
      'gpt-4*': 'lab/four',
      'gpt-*': 'lab/any',
      chain: 'gpt-4x',
      '*': 'lab/rest',
    },
  }
  assert.equal(await leadsTo(settings, 'gpt-4-turbo'), 'lab/exact')
  assert.equal(await leadsTo(settings, 'gpt-4o'), 'lab/four')
  assert.equal(await leadsTo(settings, 'gpt-3.5-turbo'), 'lab/any')
  assert.equal(await leadsTo(settings, 'chain'), 'lab/four')
  assert.equal(await leadsTo(settings, 'whatever'), 'lab/rest')
  assert.equal(await leadsTo({ aliases: { a: 'b', b: 'a' } }, 'a'), undefined)
  assert.equal(await leadsTo({ aliases: { 'gpt-4*': 'demo' } }, 'constructor'), undefined)
})

test('a pattern may have stars anywhere', () => {
  const aliases = { 'a*b*c': '1', '*z': '2', '*': '3' }
  assert.equal(followAlias(aliases, 'aXbYc'), '1')
  assert.equal(followAlias(aliases, 'abc'), '1')
  assert.equal(followAlias(aliases, 'az'), '2')
  assert.equal(followAlias(aliases, 'ab'), '3')
  assert.equal(followAlias({ 'ab*ba': '1' }, 'aba'), undefined)
})

test('names of a connected maker go there unchanged', async () => {
  const providers: ProviderSettings[] = [
    { name: 'openai', type: 'openai', apiKey: 'k', baseUrl: nowhere, models: {} },
    { name: 'anthropic', type: 'anthropic', apiKey: 'k', baseUrl: nowhere, models: {} },
  ]
  const registry = openRegistry({ providers })
  assert.equal((await registry.resolve('gpt-4-turbo'))?.name, 'openai/gpt-4-turbo')
  const claude = await registry.resolve('claude-sonnet-5')
  assert.equal(claude?.name, 'anthropic/claude-sonnet-5')
  assert.equal(claude?.contextWindow, 200_000)
  assert.equal(claude?.model.modelId, 'claude-sonnet-5')
})

test('every family makes a model of the interface', async () => {
  for (const type of [
    'openai',
    'anthropic',
    'google',
    'mistral',
    'azure',
    'ollama',
    'openai-compatible',
  ] as const) {
    const registry = openRegistry({
      providers: [{ name: 'p', type, apiKey: 'k', baseUrl: nowhere, models: {} }],
    })
    const served = await registry.resolve('p/m')
    assert.equal(served?.model.specificationVersion, 'v4')
    assert.equal(served.model.modelId, 'm')
    await registry.close()
  }
})

test('the list names what answers: silent providers are left out, exact aliases are in', async () => {
  await using upstream = await startFakeUpstream({ models: ['qwen'] })
  const lines: unknown[] = []
  const log: Log = (...line) => lines.push(line)
  const registry = openRegistry(
    {
      providers: [server('lab', `${upstream.url}/v1`), server('gone', nowhere)],
      aliases: { 'gpt-4-turbo': 'lab/qwen', 'gpt-4*': 'lab/qwen', dead: 'nobody/x' },
    },
    { log },
  )
  const listed = await registry.list()
  assert.deepEqual(
    listed.map(({ id, owned_by }) => [id, owned_by]),
    [
      ['lab/qwen', 'lab'],
      ['gpt-4-turbo', 'lab'],
    ],
  )
  assert.match(JSON.stringify(lines), /gone/)
  assert(!JSON.stringify(lines).includes('top-secret'))
  await registry.list()
  assert.equal(upstream.requests.length, 1)
  assert.equal(upstream.requests[0]?.headers.authorization, 'Bearer top-secret')
})

test('named models and their limits come from the settings', async () => {
  const limits = { contextWindow: 5000, structuredOutputs: false }
  const registry = openRegistry({ providers: [server('lab', nowhere, { big: limits })] })
  const served = await registry.resolve('big')
  assert.deepEqual([served?.name, served?.contextWindow, served?.structuredOutputs], ['lab/big', 5000, false])
})

for (const name of ['qwen3:latest', 'qwen3', 'ollama/qwen3:latest']) {
  test(`a model of Ollama is found as ${name}, with or without the tag that Ollama takes for granted`, async () => {
    const fetch = answers(() => Response.json({ models: [{ name: 'qwen3:latest' }, { name: 'phi4:14b' }] }))
    const ollama: ProviderSettings = { name: 'ollama', type: 'ollama', baseUrl: nowhere, models: {} }
    const registry = openRegistry({ providers: [ollama] }, { fetch })
    assert.match((await registry.resolve(name))?.name ?? '', /^ollama\/qwen3/)
    assert.equal(await registry.resolve('phi4'), undefined, 'the other tag is another model')
  })
}
