import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRegistry } from './registry.ts'
import { scripted } from './scripted.ts'

const models = { scripted: scripted([]) }

test('a model that plays a script has every tool that a provider may run', async () => {
  await using registry = closing({ models })
  const served = await registry.resolve('scripted')
  assert.deepEqual(served?.hostedTools, ['web_search', 'image_generation', 'computer'])
  assert.deepEqual(registry.look('scripted')?.hostedTools, served.hostedTools)
  assert.deepEqual(registry.look('demo')?.hostedTools, [])
  assert.throws(() => registry.look('demo')?.hostedTool('web_search', {}), /has no web_search/)
})

test('the settings of a tool become those of the provider', async () => {
  await using registry = closing({ models })
  const model = registry.look('scripted')
  const place = { city: 'Köln', country: undefined }
  const search = { searchContextSize: 'low', allowedDomains: ['a.de'], userLocation: place } as const
  assert.deepEqual(model?.hostedTool('web_search', { ...search, allowedDomains: ['a.de'] }), {
    type: 'provider',
    name: 'web_search',
    id: 'openai.web_search',
    args: {
      searchContextSize: 'low',
      filters: { allowedDomains: ['a.de'] },
      userLocation: { type: 'approximate', city: 'Köln' },
    },
  })
  assert.deepEqual(model.hostedTool('image_generation', { partialImages: 2, quality: undefined }).args, {
    partialImages: 2,
  })
  assert.equal(model.hostedTool('computer', {}).id, 'openai.computer')
})

function closing(options: Parameters<typeof openRegistry>[1]) {
  const registry = openRegistry({}, options)
  return { ...registry, [Symbol.asyncDispose]: () => registry.close() }
}
