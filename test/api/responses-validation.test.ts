import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { refused } from '../raw.ts'
import {
  item,
  missing,
  outside,
  testRefusals,
  unknown,
  wrongType,
  wrongValue,
  type RefusalCase,
} from '../refusal-cases.ts'
import { createResponsesFixture } from '../responses.ts'

let s: Awaited<ReturnType<typeof createResponsesFixture>>
before(async () => {
  s = await createResponsesFixture(() => ({ text: 'Yes.' }))
})
after(() => s[Symbol.asyncDispose]())

const base = { model: 'm', input: 'Hi' }

const included =
  "'file_search_call.results', 'web_search_call.results', 'web_search_call.action.sources', 'message.input_image.image_url', 'computer_call_output.output.image_url', 'code_interpreter_call.outputs', 'reasoning.encrypted_content', and 'message.output_text.logprobs'"

/** Where a type is wrong, long values are shortened. */
const includedShort =
  "'fil...lts', 'web...lts', 'web...ces', 'mes...url', 'com...url', 'cod...uts', 'rea...ent', or 'mes...obs'"
const logprobs = (param: string, given: Record<string, unknown>) => ({
  given: { model: 'demo', ...given },
  says: 'logprobs are not supported with demo.',
  param,
  code: 'unsupported_parameter',
})

const cases: RefusalCase[] = [
  missing('model', { model: undefined }),
  missing('input', { input: undefined }),
  wrongType('model', 'a string', 'an object', null),
  wrongType('model', 'a string', 'an integer', 1),
  wrongType('input', 'one of a string or array of input items', 'an object', {}),
  wrongType('input', 'a string', 'an object', null),
  wrongType('input', 'one of a string or array of input items', 'an integer', 7),
  wrongType('input[0]', 'an input item', 'an integer', [1], 'input'),
  wrongType('input[0]', 'an input item', 'null', [null], 'input'),
  ...['', []].map((input) => ({
    given: { input },
    says: 'One of "input" or "previous_response_id" or \'prompt\' or \'conversation\' must be provided.',
    param: null,
    code: 'missing_required_parameter',
  })),
  unknown('zzz', { zzz: 1 }),
  unknown('stor', { stor: true }, " Did you mean 'store'?"),
  unknown('sto', { sto: 1 }, " Did you mean 'store'?"),
  unknown('stre', { stre: 1 }, " Did you mean 'store' or 'stream'?"),
  unknown('strem', { strem: 1 }, " Did you mean 'stream' or 'store'?"),
  unknown('inclde', { inclde: 1 }, " Did you mean 'include'?"),
  unknown('st', { st: 1 }),
  unknown('inpt', { inpt: 'x' }),
  unknown('modell', { modell: 'x' }),
  {
    given: { messages: [] },
    says: "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.",
    param: null,
    code: 'unsupported_parameter',
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
  wrongValue('text.format.type', 'x', "'json_object', 'text', and 'json_schema'", {
    text: { format: { type: 'x' } },
  }),
  missing('text.format.name', { text: { format: { type: 'json_schema', schema: {} } } }),
  wrongValue('text.verbosity', 'x', "'low', 'medium', and 'high'", { text: { verbosity: 'x' } }),
  wrongType('tools', 'an array of tools', 'an object', {}),
  missing('tools[0].type', { tools: [{}] }),
  missing('tools[0].name', { tools: [{ type: 'function', function: { name: 'f' } }] }),
  wrongType('tool_choice', "one of an object or 'none', 'auto', or 'required'", 'an integer', 1),
  wrongValue('tool_choice', 'x', "'none', 'auto', and 'required'", { tool_choice: 'x' }),
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
  ...[
    [missing, 'tool_choice.tools[0].type', {}] as const,
    [missing, 'tool_choice.tools[0].name', { type: 'function' }] as const,
    [missing, 'tool_choice.tools[0].server_label', { type: 'mcp' }] as const,
    [unknown, 'tool_choice.tools[0].zzz', { type: 'function', name: 'f', zzz: 1 }] as const,
  ].map(([refusal, param, one]) =>
    refusal(param, { tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [one] } }),
  ),
  {
    given: { tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: {} }] } },
    says: "Invalid type for 'tool_choice.tools[0].name': expected a string, but got an object instead.",
    param: 'tool_choice.tools[0].name',
    code: 'invalid_type',
  },
  {
    given: { tools: [{ type: 'function', name: 'f', description: 1 }] },
    says: "Invalid type for 'tools[0].description': expected a string, but got an integer instead.",
    param: 'tools[0].description',
    code: 'invalid_type',
  },
  wrongValue('tools[0].format.syntax', 'peg', "'lark' and 'regex'", {
    tools: [{ type: 'custom', name: 'f', format: { type: 'grammar', syntax: 'peg', definition: 'x' } }],
  }),
  ...['reasoning', 'text', 'prompt', 'moderation', 'stream_options', 'prompt_cache_options'].map((param) =>
    wrongType(param, 'an object', 'a string', 'x'),
  ),
  wrongType(
    'reasoning.effort',
    "one of 'minimal', 'low', 'medium', or 'high'",
    'an integer',
    { effort: 5 },
    'reasoning',
  ),
  ...[[{}, 'an object'] as const, [['low'], 'an array'] as const].map(([effort, got]) =>
    wrongType(
      'reasoning.effort',
      "one of one of 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', or 'max' or integer",
      got,
      { effort },
      'reasoning',
    ),
  ),
  unknown('reasoning.bogus', { reasoning: { bogus: 1 } }),
  ...[
    ['context', 'all_turns', 'auto'],
    ['mode', 'pro', 'standard'],
  ].map(([name = '', bad, served]) => ({
    given: { reasoning: { [name]: bad } },
    says: `Unsupported value: '${bad}' is not supported by this server. Supported values are: '${served}'.`,
    param: `reasoning.${name}`,
    code: 'unsupported_value',
  })),
  wrongValue('reasoning.effort', 'x', "'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'", {
    reasoning: { effort: 'x' },
  }),
  wrongValue('reasoning.summary', 'x', "'concise', 'detailed', and 'auto'", { reasoning: { summary: 'x' } }),
  unknown('reasoning.generate_summary', { reasoning: { generate_summary: 'auto' } }),
  wrongValue('include[0]', 'bogus.thing', included, { include: ['bogus.thing'] }),
  wrongType('include', `an array of one of ${includedShort}`, 'a string', 'x'),
  wrongType('include[0]', `one of ${includedShort}`, 'an integer', [5], 'include'),
  outside('max_output_tokens', 'integer below minimum', '>= 16', 15),
  outside('max_tool_calls', 'integer below minimum', '>= 1', 0),
  outside('temperature', 'decimal below minimum', '>= 0', -1),
  outside('temperature', 'decimal above maximum', '<= 2', 3),
  outside('top_p', 'decimal above maximum', '<= 1', 2),
  outside('presence_penalty', 'decimal below minimum', '>= -2', -3),
  outside('frequency_penalty', 'decimal above maximum', '<= 2', 3),
  outside('top_logprobs', 'integer above maximum', '<= 20', 21),
  wrongType('metadata', 'a metadata object', 'a string', 'x'),
  {
    given: { metadata: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`k${at}`, 'v'])) },
    says: "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
    param: 'metadata',
    code: 'object_above_max_properties',
  },
  wrongValue('truncation', 'x', "'auto' and 'disabled'", { truncation: 'x' }),
  wrongType('truncation', "one of 'auto' or 'disabled'", 'an object', {}),
  wrongType('service_tier', "one of 'auto', 'default', 'fast', 'flex', or 'priority'", 'an object', {}),
  wrongType('prompt_cache_retention', "one of 'in_memory' or '24h'", 'an object', {}),
  wrongType('context_management', 'an array of objects', 'a string', 'x'),
  unknown('prompt_cache_options.bogus', { prompt_cache_options: { bogus: 1 } }),
  logprobs('include', { include: ['message.output_text.logprobs'], top_logprobs: 1 }),
  logprobs('top_logprobs', { top_logprobs: 1 }),
  wrongValue('service_tier', 'x', "'auto', 'default', 'fast', 'flex', and 'priority'", { service_tier: 'x' }),
  wrongValue('prompt_cache_retention', 'x', "'in_memory' and '24h'", { prompt_cache_retention: 'x' }),
  unknown('stream_options.include_usage', { stream_options: { include_usage: true } }),
  ...['instructions', 'user', 'safety_identifier', 'prompt_cache_key', 'previous_response_id'].map((param) =>
    wrongType(param, 'a string', 'an integer', 1),
  ),
  ...['parallel_tool_calls', 'stream', 'background', 'store'].map((param) =>
    wrongType(param, 'a boolean', 'a string', 'x'),
  ),
  ...['max_output_tokens', 'max_tool_calls', 'top_logprobs'].map((param) =>
    wrongType(param, 'an integer', 'a string', 'x'),
  ),
  ...['temperature', 'top_p', 'presence_penalty', 'frequency_penalty'].map((param) =>
    wrongType(param, 'a decimal', 'a string', 'x'),
  ),
]

testRefusals('a response is refused', cases, (body) => s.post(body))

test('a body that is no JSON, and a model that is not served, are refused', async () => {
  refused(
    await s.post('{"model":'),
    400,
    'Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common errors include trailing commas, missing closing brackets, missing quotation marks, etc.)',
    { code: 'invalid_json' },
  )
  for (const model of ['nobody', 'nobody-4.1', ''])
    refused(
      await s.post({ ...base, model }),
      400,
      `The requested model '${model}' does not exist. Available here: m, demo.`,
      { param: 'model', code: 'model_not_found' },
    )
})

test('null stands for a parameter that was left out', async () => {
  const names =
    'instructions max_output_tokens max_tool_calls temperature top_p top_logprobs stream stream_options text tools tool_choice parallel_tool_calls reasoning include store background previous_response_id conversation truncation metadata user safety_identifier prompt_cache_key prompt_cache_retention prompt_cache_options service_tier prompt context_management moderation presence_penalty frequency_penalty background_options image access_programs'
  const nulls = Object.fromEntries(names.split(' ').map((name) => [name, null]))
  const reasoning = { effort: null, summary: null, generate_summary: null, context: null, mode: null }
  const tools = [
    { type: 'function', name: 'f', description: null, parameters: null, strict: null, defer_loading: null },
    { type: 'custom', name: 'g', description: null, format: null },
  ]
  const inside = { reasoning, tools, text: { format: null, verbosity: null } }
  for (const given of [nulls, inside]) {
    const { status, json, text } = await s.post({ ...base, ...given })
    assert.deepEqual([status, json.status], [200, 'completed'], text)
  }
})

test('what an answer shows of its request is taken as a request', async () => {
  const first = await s.post({
    ...base,
    tools: [
      { type: 'function', name: 'f' },
      { type: 'custom', name: 'g' },
    ],
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
    text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' } } },
    reasoning: { effort: 'low' },
    service_tier: 'fast',
  })
  const ofAnswers =
    'id object created_at status completed_at error incomplete_details output usage background store'.split(
      ' ',
    )
  const shown = Object.fromEntries(
    Object.entries(first.json as Record<string, unknown>).filter(([key]) => !ofAnswers.includes(key)),
  )
  const again = await s.post({ ...shown, input: 'Hi' })
  assert.equal(again.status, 200, again.text)
  for (const key of Object.keys(shown)) assert.deepEqual(again.json[key], first.json[key], key)
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
    [{ tools: [{ type: 'shell' }] }, 'tools[0].type'],
    [{ moderation: { model: 'x' } }, 'moderation'],
    [{ prompt_cache_options: {} }, 'prompt_cache_options'],
    [{ background_options: { completion_window: '24h' } }, 'background_options'],
    [{ image: {} }, 'image'],
    [{ access_programs: [] }, 'access_programs'],
    [item({ type: 'shell_call' }), 'input[0].type'],
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
