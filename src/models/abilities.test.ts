import assert from 'node:assert/strict'
import { test } from 'node:test'
import { abilitiesOf, readAbilities } from './abilities.ts'

test('what a provider says of its models is read in each way that is known', () => {
  const openRouter = {
    architecture: { input_modalities: ['text', 'image'] },
    supported_parameters: ['temperature', 'tools'],
  }
  assert.deepEqual(readAbilities(openRouter), { tools: true, images: true })
  const mistral = { capabilities: { function_calling: true, vision: false } }
  assert.deepEqual(readAbilities(mistral), { tools: true, images: false })
  assert.deepEqual(readAbilities({ capabilities: ['completion', 'tools'] }), { tools: true, images: false })
  for (const odd of [{}, { capabilities: null }, { capabilities: 'vision' }, { architecture: 'x86' }])
    assert.deepEqual(readAbilities(odd), {})
})

test('what makers have published is known by the name, and of other names nothing', () => {
  const both = { tools: true, images: true }
  for (const name of ['gpt-4o-mini', 'openai/gpt-4.1', 'o3', 'o4-mini', 'claude-sonnet-4', 'gemini-2.5-pro'])
    assert.deepEqual(abilitiesOf(name), both, name)
  for (const name of ['gpt-3.5-turbo', 'gpt-4', 'openai/gpt-oss-20b', 'o3-mini'])
    assert.deepEqual(abilitiesOf(name), { tools: true, images: false }, name)
  for (const name of ['qwen3:32b', 'foo1', 'my-model']) assert.deepEqual(abilitiesOf(name), {}, name)
})
