import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { refused } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'

let s: Awaited<ReturnType<typeof createResponsesFixture>>
before(async () => {
  s = await createResponsesFixture(() => ({ text: 'Yes.' }))
})
after(() => s[Symbol.asyncDispose]())

interface Case {
  /** What is changed in a request that would be answered. */
  given: Record<string, unknown>
  says: string
  param: string | null
  code: string | null
}

const base = { model: 'm', input: 'Hi' }
const type = (param: string, expected: string, got: string, given: unknown, key = param): Case => ({
  given: { [key]: given },
  says: `Invalid type for '${param}': expected ${expected}, but got ${got} instead.`,
  param,
  code: 'invalid_type',
})
const value = (param: string, bad: string, values: string, given: Record<string, unknown>): Case => ({
  given,
  says: `Invalid value: '${bad}'. Supported values are: ${values}.`,
  param,
  code: 'invalid_value',
})
const missing = (param: string, given: Record<string, unknown>): Case => ({
  given,
  says: `Missing required parameter: '${param}'.`,
  param,
  code: 'missing_required_parameter',
})
const unknown = (param: string, given: Record<string, unknown>, hint = ''): Case => ({
  given,
  says: `Unknown parameter: '${param}'.${hint}`,
  param,
  code: 'unknown_parameter',
})
const outside = (param: string, what: string, bound: string, given: unknown): Case => ({
  given: { [param]: given },
  says: `Invalid '${param}': ${what} value. Expected a value ${bound}, but got ${String(given)} instead.`,
  param,
  code: `${what.replaceAll(' ', '_').replace('minimum', 'min').replace('maximum', 'max')}_value`,
})
const item = (given: unknown) => ({ input: [given] })
const part = (role: string, given: unknown) => item({ role, content: [given] })

const picture = (image_url: string, expected: string): Case => ({
  given: part('user', { type: 'input_image', image_url }),
  says: `Invalid 'input[0].content[0].image_url'. Expected ${expected}.`,
  param: 'input[0].content[0].image_url',
  code: 'invalid_value',
})
const pictureData = (data: string, got: string) =>
  picture(
    `data:${data}`,
    `a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got ${got}`,
  )

const itemTypes =
  "'additional_tools', 'agent_message', 'apply_patch_call', 'apply_patch_call_output', 'code_interpreter_call', 'compaction', 'compaction_trigger', 'computer_call', 'computer_call_output', 'custom_tool_call', 'custom_tool_call_output', 'file_search_call', 'function_call', 'function_call_output', 'image_generation_call', 'item_reference', 'local_shell_call', 'local_shell_call_output', 'mcp_approval_request', 'mcp_approval_response', 'mcp_call', 'mcp_list_tools', 'message', 'multi_agent_call', 'multi_agent_call_output', 'program', 'program_output', 'reasoning', 'shell_call', 'shell_call_output', 'tool_search_call', 'tool_search_output', and 'web_search_call'"
const partTypes =
  "'input_text', 'input_image', 'input_audio', 'output_text', 'refusal', 'input_file', 'computer_screenshot', 'summary_text', and 'encrypted_content'"
const roles = "'assistant', 'system', 'developer', and 'user'"
const included =
  "'file_search_call.results', 'web_search_call.results', 'web_search_call.action.sources', 'message.input_image.image_url', 'computer_call_output.output.image_url', 'code_interpreter_call.outputs', 'reasoning.encrypted_content', and 'message.output_text.logprobs'"

const cases: Case[] = [
  missing('model', { model: undefined }),
  missing('input', { input: undefined }),
  type('model', 'a string', 'an object', null),
  type('model', 'a string', 'an integer', 1),
  type('input', 'one of a string or array of input items', 'an object', {}),
  type('input', 'one of a string or array of input items', 'an object', null),
  type('input[0]', 'an input item', 'an integer', [1], 'input'),
  type('input[0]', 'an input item', 'null', [null], 'input'),
  ...['', []].map((input) => ({
    given: { input },
    says: 'One of "input" or "previous_response_id" or \'prompt\' or \'conversation\' must be provided.',
    param: null,
    code: 'missing_required_parameter',
  })),
  unknown('zzz', { zzz: 1 }),
  unknown('stor', { stor: true }, " Did you mean 'store'?"),
  unknown('inpt', { inpt: 'x' }),
  {
    given: { messages: [] },
    says: "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.",
    param: null,
    code: 'unsupported_parameter',
  },
  value('input[0]', 'bogus_item', itemTypes, item({ type: 'bogus_item' })),
  value('input[0]', '', itemTypes, item({ type: 1 })),
  value('input[0]', '', roles, item({ content: 'Hi' })),
  value('input[0]', 'wizard', roles, item({ role: 'wizard', content: 'Hi' })),
  missing('input[0].content', item({ role: 'user' })),
  missing('input[0].content[0].text', part('user', { type: 'input_text' })),
  unknown('input[0].bogus', item({ role: 'user', content: 'Hi', bogus: 1 })),
  unknown('input[0].phase', item({ role: 'user', content: 'Hi', phase: 'commentary' })),
  value(
    'input[0].phase',
    'x',
    "'commentary' and 'final_answer'",
    item({ role: 'assistant', content: 'Hi', phase: 'x' }),
  ),
  value('input[0].content[0].type', 'bogus', partTypes, part('user', { type: 'bogus' })),
  value(
    'input[0].content[0]',
    'output_text',
    "'input_text', 'input_image', 'input_file', 'scoped_content', and 'input_audio'",
    part('user', { type: 'output_text', text: 'x' }),
  ),
  value(
    'input[0].content[0]',
    'input_text',
    "'output_text' and 'refusal'",
    part('assistant', { type: 'input_text', text: 'x' }),
  ),
  picture('not an address', 'a valid URL, but got a value with an invalid format'),
  picture('ftp://example.com/a.png', 'a valid URL, but got a value with an invalid format'),
  pictureData('text/plain;base64,aGk=', "unsupported MIME type 'text/plain'"),
  pictureData('image/png,aGk=', "a value without the ';base64' separator"),
  pictureData('image/png;base64,', 'empty base64-encoded bytes'),
  pictureData('image/png;base64,@@', 'an invalid base64-encoded value'),
  missing('input[0].call_id', item({ type: 'function_call_output', output: 'x' })),
  missing('input[0].output', item({ type: 'function_call_output', call_id: 'call_1' })),
  missing('input[0].arguments', item({ type: 'function_call', call_id: 'call_1', name: 'f' })),
  {
    given: {
      input: [
        { type: 'function_call', id: 'fc_1', call_id: 'a', name: 'f', arguments: '{}' },
        { type: 'function_call', id: 'fc_1', call_id: 'b', name: 'f', arguments: '{}' },
      ],
    },
    says: 'Duplicate item found with id fc_1. Remove duplicate items from your input and try again.',
    param: 'input',
    code: null,
  },
  {
    given: item({ type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' }),
    says: 'No tool output found for function call call_1.',
    param: 'input',
    code: null,
  },
  {
    given: item({ type: 'function_call_output', call_id: 'call_1', output: 'x' }),
    says: 'No tool call found for function call output with call_id call_1.',
    param: 'input',
    code: null,
  },
  {
    given: item({ type: 'custom_tool_call', call_id: 'call_1', name: 'f', input: '' }),
    says: 'No tool output found for custom tool call call_1.',
    param: 'input',
    code: null,
  },
  {
    given: item({ type: 'custom_tool_call_output', call_id: 'call_1', output: 'x' }),
    says: 'No tool call found for custom tool call output with call_id call_1.',
    param: 'input',
    code: null,
  },
  {
    given: { previous_response_id: 'resp_x' },
    says: "Previous response with id 'resp_x' not found.",
    param: 'previous_response_id',
    code: 'previous_response_not_found',
  },
  {
    given: { previous_response_id: 'resp_x', conversation: 'conv_x' },
    says: "Mutually exclusive parameters: ''. Ensure you are only providing one of: 'pre..._id' or 'conversation'.",
    param: null,
    code: 'mutually_exclusive_parameters',
  },
  unknown('text.zzz', { text: { zzz: 1 } }),
  value('text.format.type', 'x', "'json_object', 'text', and 'json_schema'", {
    text: { format: { type: 'x' } },
  }),
  missing('text.format.name', { text: { format: { type: 'json_schema', schema: {} } } }),
  value('text.verbosity', 'x', "'low', 'medium', and 'high'", { text: { verbosity: 'x' } }),
  type('tools', 'an array of tools', 'an object', {}),
  missing('tools[0].type', { tools: [{}] }),
  missing('tools[0].name', { tools: [{ type: 'function', function: { name: 'f' } }] }),
  type('tool_choice', "one of an object or 'none', 'auto', or 'required'", 'an integer', 1),
  value('tool_choice', 'x', "'none', 'auto', and 'required'", { tool_choice: 'x' }),
  missing('tool_choice.name', { tool_choice: { type: 'function' } }),
  {
    given: { tool_choice: 'required' },
    says: "Tool choice 'required' must be specified with 'tools' parameter.",
    param: 'tool_choice',
    code: null,
  },
  {
    given: { tool_choice: { type: 'function', name: 'f' } },
    says: "Tool choice 'f' not found in 'tools' parameter.",
    param: 'tool_choice',
    code: null,
  },
  unknown('tool_choice.zzz', { tool_choice: { type: 'file_search', zzz: 1 } }),
  {
    given: {
      tools: [{ type: 'function', name: 'f' }],
      tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'g' }] },
    },
    says: "Tool choice 'g' not found in 'tools' parameter.",
    param: 'tool_choice',
    code: null,
  },
  {
    given: { tools: [{ type: 'function', name: 'f', description: 1 }] },
    says: "Invalid type for 'tools[0].description': expected a string, but got an integer instead.",
    param: 'tools[0].description',
    code: 'invalid_type',
  },
  value('tools[0].format.syntax', 'peg', "'lark' and 'regex'", {
    tools: [{ type: 'custom', name: 'f', format: { type: 'grammar', syntax: 'peg', definition: 'x' } }],
  }),
  type('reasoning', 'an object', 'a string', 'x'),
  value('reasoning.effort', 'x', "'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'", {
    reasoning: { effort: 'x' },
  }),
  value('reasoning.summary', 'x', "'concise', 'detailed', and 'auto'", { reasoning: { summary: 'x' } }),
  unknown('reasoning.generate_summary', { reasoning: { generate_summary: 'auto' } }),
  value('include[0]', 'bogus.thing', included, { include: ['bogus.thing'] }),
  outside('max_output_tokens', 'integer below minimum', '>= 16', 15),
  outside('max_tool_calls', 'integer below minimum', '>= 1', 0),
  outside('temperature', 'decimal below minimum', '>= 0', -1),
  outside('temperature', 'decimal above maximum', '<= 2', 3),
  outside('top_p', 'decimal above maximum', '<= 1', 2),
  outside('presence_penalty', 'decimal below minimum', '>= -2', -3),
  outside('frequency_penalty', 'decimal above maximum', '<= 2', 3),
  outside('top_logprobs', 'integer above maximum', '<= 20', 21),
  type('metadata', 'a metadata object', 'a string', 'x'),
  {
    given: { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'v'])) },
    says: "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
    param: 'metadata',
    code: 'object_above_max_properties',
  },
  value('truncation', 'x', "'auto' and 'disabled'", { truncation: 'x' }),
  type('truncation', "one of 'auto' or 'disabled'", 'an object', {}),
  value('service_tier', 'x', "'auto', 'default', 'fast', 'flex', and 'priority'", { service_tier: 'x' }),
  value('prompt_cache_retention', 'x', "'in_memory' and '24h'", { prompt_cache_retention: 'x' }),
  unknown('stream_options.include_usage', { stream_options: { include_usage: true } }),
  ...['instructions', 'user', 'safety_identifier', 'prompt_cache_key', 'previous_response_id'].map((param) =>
    type(param, 'a string', 'an integer', 1),
  ),
  ...['parallel_tool_calls', 'stream', 'background', 'store'].map((param) =>
    type(param, 'a boolean', 'a string', 'x'),
  ),
  ...['max_output_tokens', 'max_tool_calls', 'top_logprobs'].map((param) =>
    type(param, 'an integer', 'a string', 'x'),
  ),
  ...['temperature', 'top_p', 'presence_penalty', 'frequency_penalty'].map((param) =>
    type(param, 'a decimal', 'a string', 'x'),
  ),
]

test('a response is refused', async (t) => {
  for (const { given, says, param, code } of cases) {
    await t.test(`${JSON.stringify(given).slice(0, 100)}`, async () => {
      refused(await s.post({ ...base, ...given }), 400, says, { param, code })
    })
  }
})

test('one fault of several is reported, in the order of the original', async () => {
  const pairs: [Record<string, unknown>, string | null][] = [
    [{ input: undefined, zzz: 1 }, 'input'],
    [{ zzz: 1, temperature: 'x' }, 'zzz'],
    [{ temperature: 'x', input: 1 }, 'input'],
    [{ temperature: 'x', tools: {} }, 'tools'],
    [{ top_logprobs: 'x', store: 'x' }, 'store'],
    [{ truncation: 'x', user: 1 }, 'user'],
    [{ previous_response_id: 'resp_x', top_p: 2 }, 'top_p'],
  ]
  for (const [given, param] of pairs) {
    const { json } = await s.post({ ...base, ...given })
    assert.equal(json.error.param, param, JSON.stringify(given))
  }
})

test('a body that is no JSON, and a model that is not served, are refused', async () => {
  refused(
    await s.post('{"model":'),
    400,
    'Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common errors include trailing commas, missing closing brackets, missing quotation marks, etc.)',
    { code: 'invalid_json' },
  )
  const { status, json } = await s.post({ ...base, model: 'nobody' })
  assert.deepEqual([status, json.error.param, json.error.code], [400, 'model', 'model_not_found'])
  assert.match(json.error.message, /^The requested model 'nobody' does not exist\./)
})

test('null stands for a parameter that was left out', async () => {
  const names =
    'instructions max_output_tokens max_tool_calls temperature top_p top_logprobs stream stream_options text tools tool_choice parallel_tool_calls reasoning include store background previous_response_id conversation truncation metadata user safety_identifier prompt_cache_key prompt_cache_retention prompt_cache_options service_tier prompt context_management moderation presence_penalty frequency_penalty'
  const nulls = Object.fromEntries(names.split(' ').map((name) => [name, null]))
  const { status, json } = await s.post({ ...base, ...nulls })
  assert.deepEqual([status, json.status], [200, 'completed'])
})

test('what a client was answered is taken back as input', async () => {
  const first = await s.post(base)
  const items = first.json.output.map((one: object) => ({
    ...one,
    created_by: null,
    parsed_arguments: null,
  }))
  const answer = await s.post({
    ...base,
    input: [{ role: 'user', content: 'Hi' }, ...items, { role: 'user', content: 'Go on' }],
  })
  assert.equal(answer.status, 200, answer.text)
  const thought = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: null, status: null }
  const orphan = await s.post({ ...base, input: [thought, { role: 'user', content: 'Hi' }] })
  assert.equal(orphan.status, 200, orphan.text)
})

test('what this server does not do is refused by name', async () => {
  const given: [Record<string, unknown>, string][] = [
    [{ tools: [{ type: 'web_search' }] }, 'tools[0].type'],
    [{ tools: [{ type: 'image_generation' }] }, 'tools[0].type'],
    [{ tools: [{ type: 'computer_use_preview' }] }, 'tools[0].type'],
    [{ moderation: { model: 'x' } }, 'moderation'],
    [{ prompt_cache_options: {} }, 'prompt_cache_options'],
    [{ top_logprobs: 2 }, 'top_logprobs'],
    [{ include: ['message.output_text.logprobs'] }, 'include[0]'],
    [{ reasoning: { mode: 'pro' } }, 'reasoning.mode'],
    [item({ type: 'computer_call' }), 'input[0].type'],
  ]
  for (const [more, param] of given) {
    const { status, json } = await s.post({ ...base, ...more })
    assert.deepEqual(
      [status, json.error?.param, json.error?.code],
      [400, param, 'unsupported_parameter'],
      JSON.stringify(more),
    )
  }
})
