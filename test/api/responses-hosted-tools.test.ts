import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { raw } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'
import { startTestServer } from '../server.ts'

const s = await createResponsesFixture(() => ({ text: 'Hello.' }))
after(() => s[Symbol.asyncDispose]())
const demo = { model: 'demo', input: 'Hi' }
const post = async (tool: object, more: object = {}) => {
  const { status, json } = await s.post({ model: 'm', input: 'Hi', tools: [tool], ...more })
  return [status, json.error?.param, json.error?.code, json.error?.message]
}

test('a tool that the provider of the model does not have is refused at once, with the providers that have it', async () => {
  for (const type of ['web_search', 'image_generation', 'computer'])
    assert.deepEqual(await post({ type }, demo), [
      400,
      'tools[0].type',
      'invalid_value',
      `Hosted tool '${type}' is not supported with demo. Models of these providers have it here: m.`,
    ])
  await using bare = await startTestServer()
  const { json } = await raw(bare, 'POST', '/v1/responses', { ...demo, tools: [{ type: 'web_search' }] })
  assert.match(json.error.message, /no provider of this server has it: one of type openai/)
})

test('the settings of these tools are held to their schemas', async () => {
  const cases: [object, string, string][] = [
    [{ type: 'web_search', search_context_size: 'huge' }, 'tools[0].search_context_size', 'invalid_value'],
    [{ type: 'web_search', sites: [] }, 'tools[0].sites', 'unknown_parameter'],
    [{ type: 'image_generation', partial_images: 4 }, 'tools[0].partial_images', 'integer_above_max_value'],
    [{ type: 'image_generation', output_format: 'gif' }, 'tools[0].output_format', 'invalid_value'],
    [
      { type: 'image_generation', input_image_mask: { file_id: 'file-1' } },
      'tools[0].input_image_mask.file_id',
      'unsupported_parameter',
    ],
    [{ type: 'computer', display_width: 800 }, 'tools[0].display_width', 'unknown_parameter'],
  ]
  for (const [tool, param, code] of cases)
    assert.deepEqual((await post(tool)).slice(0, 3), [400, param, code])
})

test('the older tool of the computer is refused with the name of the one in its place', async () => {
  const type = 'computer_use_preview'
  const display = { display_width: 800, display_height: 600, environment: 'browser' }
  const hint =
    "Use 'computer' in its place, which takes the size of the display from the screenshots and calls several actions at once."
  for (const more of [{}, demo])
    assert.deepEqual(await post({ type, ...display }, more), [
      400,
      'tools[0].type',
      'unsupported_parameter',
      `The hosted tool '${type}' is not supported by this server. ${hint}`,
    ])
  assert.deepEqual(await post({ type: 'computer' }, { tool_choice: { type } }), [
    400,
    'tool_choice.type',
    'unsupported_parameter',
    `The tool '${type}' is not supported by this server. ${hint}`,
  ])
})

test('tools are shown with the defaults of the wire, and taken back as they are shown', async () => {
  const defaults = {
    background: 'auto',
    model: 'gpt-image-1',
    moderation: 'auto',
    output_compression: 100,
    output_format: 'png',
    quality: 'auto',
    size: 'auto',
  }
  const tools = [{ type: 'web_search' }, { type: 'image_generation' }, { type: 'computer' }]
  const first = await s.post({ model: 'm', input: 'Hi', tools })
  assert.deepEqual(first.json.tools[1], { type: 'image_generation', ...defaults })
  assert.deepEqual(first.json.tools[2], { type: 'computer' })
  const again = await s.post({ model: 'm', input: 'Hi', tools: first.json.tools })
  assert.deepEqual(again.json.tools, first.json.tools)
})
