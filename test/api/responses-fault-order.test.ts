import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createResponsesFixture } from '../responses.ts'

let s: Awaited<ReturnType<typeof createResponsesFixture>>
before(async () => {
  s = await createResponsesFixture(() => ({ text: 'Yes.' }))
})
after(() => s[Symbol.asyncDispose]())

const base = { model: 'm', input: 'Hi' }

/** The parameters in the order in which the original looked at them, each with a value of a wrong type. */
const order: [string, unknown][] = Object.entries({
  input: 7,
  previous_response_id: 7,
  prompt: 'x',
  moderation: 'x',
  include: 'x',
  tools: 'x',
  tool_choice: 7,
  metadata: 'x',
  text: 'x',
  temperature: 'x',
  top_p: 'x',
  presence_penalty: 'x',
  frequency_penalty: 'x',
  parallel_tool_calls: 'x',
  stream: 'x',
  stream_options: 'x',
  background: 'x',
  max_output_tokens: 'x',
  max_tool_calls: 'x',
  reasoning: 'x',
  user: 7,
  safety_identifier: 7,
  prompt_cache_options: 'x',
  prompt_cache_key: 7,
  prompt_cache_retention: 7,
  truncation: 7,
  instructions: 7,
  store: 'x',
  service_tier: 7,
  top_logprobs: 'x',
  context_management: 'x',
})

test('one fault of several is reported, in the order of the original', async () => {
  for (const [at, [param]] of order.entries()) {
    const wrong = Object.fromEntries(order.slice(at).toReversed())
    const { json } = await s.post({ ...base, ...wrong })
    assert.deepEqual([json.error.param, json.error.code], [param, 'invalid_type'], json.error.message)
  }
  const several: [Record<string, unknown>, string | null, RegExp][] = [
    [{ model: undefined, input: undefined, zzz: 1 }, 'model', /^Missing/],
    [{ input: undefined, zzz: 1 }, 'input', /^Missing/],
    [{ zzz: 1, aaa: 1, input: 7 }, 'zzz', /^Unknown/],
    [{ input: [{ role: 'user', content: 'Hi', bogus: 1 }], zzz: 1 }, 'zzz', /^Unknown/],
    [{ input: [{}], truncation: 'x' }, 'input[0]', /^Invalid value: ''/],
    [{ prompt: { id: 'pmpt_x' }, truncation: 'x' }, 'truncation', /^Invalid value/],
    [{ previous_response_id: 'resp_x', top_p: 2 }, 'top_p', /^Invalid/],
    [{ conversation: 'conv_x', previous_response_id: 'resp_x', prompt: { id: 'x' } }, null, /^Mutually/],
    [{ conversation: 'conv_x', prompt: { id: 'pmpt_x' } }, null, /^Conversation/],
    [{ previous_response_id: 'resp_x', prompt: { id: 'pmpt_x' } }, null, /^Prompt/],
    [{ previous_response_id: 'resp_x', input: '' }, 'previous_response_id', /^Previous/],
    [{ previous_response_id: 'resp_x', top_logprobs: 1 }, 'previous_response_id', /^Previous/],
    [{ input: [], top_logprobs: 1 }, null, /^One of "input"/],
    [{ top_logprobs: 1, context_management: 'x' }, 'context_management', /^Invalid type/],
  ]
  for (const [given, param, says] of several) {
    const { json } = await s.post({ ...base, ...given })
    assert.equal(json.error.param, param, JSON.stringify(given))
    assert.match(json.error.message, says)
  }
})
