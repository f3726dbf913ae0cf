import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
let threadId: string
before(async () => {
  server = await startTestServer()
  threadId = (await server.client.beta.threads.create()).id
})
after(() => server[Symbol.asyncDispose]())

/** What is sent beside what is required, the text, the code, and the place where it is not the first of the text. */
type Case = [sent: Record<string, unknown>, message: string, code: string | null, param: string | null]

function refuses(what: string, path: () => string, base: Record<string, unknown>, cases: Case[]): void {
  describe(what, () => {
    for (const [sent, message, code, param] of cases) {
      test(message.slice(0, 120), async () => {
        refused(await raw(server, 'POST', path(), { ...base, ...sent }), 400, message, { code, param })
      })
    }
  })
}

const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`key${n}`, 'v']))
const f = (name: unknown) => [{ type: 'function', function: { name } }]

refuses('an assistant is refused', () => '/v1/assistants', { model: 'demo' }, [
  [{ model: undefined }, "Missing required parameter: 'model'.", 'missing_required_parameter', 'model'],
  [
    { model: 4 },
    "Invalid type for 'model': expected a string, but got an integer instead.",
    'invalid_type',
    'model',
  ],
  [{ colour: 'red' }, "Unknown parameter: 'colour'.", 'unknown_parameter', 'colour'],
  [{ file_ids: [] }, "Unknown parameter: 'file_ids'.", 'unknown_parameter', 'file_ids'],
  [
    { name: 'x'.repeat(257) },
    "Invalid 'name': string too long. Expected a string with maximum length 256, but got a string with length 257 instead.",
    'string_above_max_length',
    'name',
  ],
  [
    { description: 'x'.repeat(513) },
    "Invalid 'description': string too long. Expected a string with maximum length 512, but got a string with length 513 instead.",
    'string_above_max_length',
    'description',
  ],
  [
    { instructions: 'x'.repeat(256_001) },
    "Invalid 'instructions': string too long. Expected a string with maximum length 256000, but got a string with length 256001 instead.",
    'string_above_max_length',
    'instructions',
  ],
  [
    { temperature: 3 },
    "Invalid 'temperature': decimal above maximum value. Expected a value <= 2, but got 3 instead.",
    'decimal_above_max_value',
    'temperature',
  ],
  [
    { top_p: -0.5 },
    "Invalid 'top_p': decimal below minimum value. Expected a value >= 0, but got -0.5 instead.",
    'decimal_below_min_value',
    'top_p',
  ],
  [
    { temperature: 'hot' },
    "Invalid type for 'temperature': expected a decimal, but got a string instead.",
    'invalid_type',
    'temperature',
  ],
  [
    { tools: Array.from({ length: 129 }, () => ({ type: 'code_interpreter' })) },
    "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 129 instead.",
    'array_above_max_length',
    'tools',
  ],
  [
    { tools: {} },
    "Invalid type for 'tools': expected an array of objects, but got an object instead.",
    'invalid_type',
    'tools',
  ],
  [
    { tools: [{ type: 'retrieval' }] },
    "Invalid value: 'retrieval'. Supported values are: 'code_interpreter', 'file_search', 'function', and 'mcp'.",
    'invalid_value',
    'tools[0].type',
  ],
  [
    { tools: f('not a name') },
    "Invalid 'tools[0].function.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.",
    'invalid_value',
    'tools[0].function.name',
  ],
  [
    { tools: f('x'.repeat(65)) },
    "Invalid 'tools[0].function.name': string too long. Expected a string with maximum length 64, but got a string with length 65 instead.",
    'string_above_max_length',
    'tools[0].function.name',
  ],
  [
    { tools: f('') },
    "Invalid 'tools[0].function.name': empty string. Expected a string with minimum length 1, but got an empty string instead.",
    'empty_string',
    'tools[0].function.name',
  ],
  [
    { tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'string' } } }] },
    `Invalid schema for function 'f': schema must be a JSON Schema of 'type: "object"', got 'type: "string"'.`,
    'invalid_function_parameters',
    'tools[0].function.parameters',
  ],
  [
    { tool_resources: { code_interpreter: { file_ids: Array.from({ length: 21 }, () => 'file-x') } } },
    "Invalid 'tool_resources.code_interpreter.file_ids': array too long. Expected an array with maximum length 20, but got an array with length 21 instead.",
    'array_above_max_length',
    'tool_resources.code_interpreter.file_ids',
  ],
  [
    { response_format: 'json' },
    "Invalid value: 'json'. Supported values are: 'auto'.",
    'invalid_value',
    'response_format',
  ],
  [
    { response_format: { type: 'json_schema' } },
    "Missing required parameter: 'response_format.json_schema'.",
    'missing_required_parameter',
    'response_format.json_schema',
  ],
  [
    { reasoning_effort: 'huge' },
    "Invalid value: 'huge'. Supported values are: 'none', 'minimal', 'low', 'medium', 'high', 'xhigh', and 'max'.",
    'invalid_value',
    'reasoning_effort',
  ],
])

refuses('metadata is refused', () => '/v1/threads', {}, [
  [
    { metadata: { modified: true } },
    "Invalid type for 'metadata.modified': expected a string, but got a boolean instead.",
    'invalid_type',
    'metadata.modified',
  ],
  [
    { metadata: pairs(17) },
    "Invalid 'metadata': too many properties. Expected an object with at most 16 properties, but got an object with 17 properties instead.",
    'object_above_max_properties',
    'metadata',
  ],
  [
    { metadata: { ['k'.repeat(65)]: 'v' } },
    "Invalid 'metadata': property name too long. Expected a property name with maximum length 64, but got a property name with length 65 instead.",
    'property_name_above_max_length',
    'metadata',
  ],
  [
    { metadata: { key: 'v'.repeat(513) } },
    "Invalid 'metadata.key': string too long. Expected a string with maximum length 512, but got a string with length 513 instead.",
    'string_above_max_length',
    'metadata.key',
  ],
  [
    { metadata: ['a'] },
    "Invalid type for 'metadata': expected an object, but got an array instead.",
    'invalid_type',
    'metadata',
  ],
])

refuses('a message is refused', () => `/v1/threads/${threadId}/messages`, { role: 'user', content: 'x' }, [
  [{ role: undefined }, "Missing required parameter: 'role'.", 'missing_required_parameter', 'role'],
  [
    { role: 'human' },
    "Invalid value: 'human'. Supported values are: 'user' and 'assistant'.",
    'invalid_value',
    'role',
  ],
  [
    { role: 'system' },
    "Invalid value: 'system'. Supported values are: 'user' and 'assistant'.",
    'invalid_value',
    'role',
  ],
  [{ content: undefined }, "Missing required parameter: 'content'.", 'missing_required_parameter', 'content'],
  [{ content: '' }, 'Message content must be non-empty.', null, 'content'],
  [
    { content: 7 },
    "Invalid type for 'content': expected one of a string or array of objects, but got an integer instead.",
    'invalid_type',
    'content',
  ],
  [
    { content: [] },
    "Invalid 'content': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    'empty_array',
    'content',
  ],
  [
    { content: 'x'.repeat(256_001) },
    "Invalid 'content': string too long. Expected a string with maximum length 256000, but got a string with length 256001 instead.",
    'string_above_max_length',
    'content',
  ],
  [
    { content: [{ type: 'refusal', refusal: 'no' }] },
    "Invalid value: 'refusal'. Supported values are: 'text', 'image_file', and 'image_url'.",
    'invalid_value',
    'content[0].type',
  ],
  [
    { content: [{ text: 'x' }] },
    "Missing required parameter: 'content[0].type'.",
    'missing_required_parameter',
    'content[0].type',
  ],
  [
    {
      content: [
        { type: 'text', text: 'x' },
        { type: 'image_url', image_url: { url: 'not a url' } },
      ],
    },
    "Invalid 'content[1].image_url.url'. Expected a valid URL, but got a value with an invalid format.",
    'invalid_value',
    'content[1].image_url.url',
  ],
  [{ id: 'msg_1' }, "Unknown parameter: 'id'.", 'unknown_parameter', 'id'],
  [
    { attachments: [{ tools: [] }] },
    "Missing required parameter: 'attachments[0].file_id'.",
    'missing_required_parameter',
    'attachments[0].file_id',
  ],
])

refuses('a run is refused', () => `/v1/threads/${threadId}/runs`, { assistant_id: 'asst_x' }, [
  [
    { assistant_id: undefined },
    "Missing required parameter: 'assistant_id'.",
    'missing_required_parameter',
    'assistant_id',
  ],
  [
    { assistant_id: 'x' },
    "Invalid 'assistant_id': 'x'. Expected an ID that begins with 'asst'.",
    'invalid_value',
    'assistant_id',
  ],
  [
    { tools: Array.from({ length: 21 }, () => ({ type: 'code_interpreter' })) },
    "Invalid 'tools': array too long. Expected an array with maximum length 20, but got an array with length 21 instead.",
    'array_above_max_length',
    'tools',
  ],
  [{ tool_resources: {} }, "Unknown parameter: 'tool_resources'.", 'unknown_parameter', 'tool_resources'],
  [
    { additional_messages: [{ role: 'user' }] },
    "Missing required parameter: 'additional_messages[0].content'.",
    'missing_required_parameter',
    'additional_messages[0].content',
  ],
  [
    { tool_choice: 'some' },
    "Invalid value: 'some'. Supported values are: 'none', 'auto', and 'required'.",
    'invalid_value',
    'tool_choice',
  ],
  [
    { tool_choice: { type: 'function' } },
    "Missing required parameter: 'tool_choice.function'.",
    'missing_required_parameter',
    'tool_choice.function',
  ],
  [
    { truncation_strategy: { type: 'last_messages' } },
    "Missing required parameter: 'truncation_strategy.last_messages'.",
    'missing_required_parameter',
    'truncation_strategy.last_messages',
  ],
  [
    { truncation_strategy: { type: 'last_messages', last_messages: 0 } },
    "Invalid 'truncation_strategy.last_messages': integer below minimum value. Expected a value >= 1, but got 0 instead.",
    'integer_below_min_value',
    'truncation_strategy.last_messages',
  ],
  [
    { max_completion_tokens: 1.5 },
    "Invalid type for 'max_completion_tokens': expected an integer, but got a decimal number instead.",
    'invalid_type',
    'max_completion_tokens',
  ],
  [
    { max_prompt_tokens: 0 },
    "Invalid 'max_prompt_tokens': integer below minimum value. Expected a value >= 1, but got 0 instead.",
    'integer_below_min_value',
    'max_prompt_tokens',
  ],
  [
    { stream: 'yes' },
    "Invalid type for 'stream': expected a boolean, but got a string instead.",
    'invalid_type',
    'stream',
  ],
])

refuses('tool outputs are refused', () => `/v1/threads/${threadId}/runs/run_x/submit_tool_outputs`, {}, [
  [{}, "Missing required parameter: 'tool_outputs'.", 'missing_required_parameter', 'tool_outputs'],
  [
    { tool_outputs: [{ tool_call_id: 'call_a', output: { a: 1 } }] },
    "Invalid type for 'tool_outputs[0].output': expected a string, but got an object instead.",
    'invalid_type',
    'tool_outputs[0].output',
  ],
  [
    {
      tool_outputs: [
        { tool_call_id: 'call_a', output: 'x' },
        { tool_call_id: 'call_b', output: 'x' },
        { tool_call_id: 'call_c', output: 'x'.repeat(1_048_577) },
      ],
    },
    "Invalid 'tool_outputs[2].output': string too long. Expected a string with maximum length 1048576, but got a string with length 1048577 instead.",
    'string_above_max_length',
    'tool_outputs[2].output',
  ],
  [
    {
      tool_outputs: [
        { tool_call_id: 'call_a', output: 'x'.repeat(262_144) },
        { tool_call_id: 'call_b', output: 'x'.repeat(262_144) },
      ],
    },
    "'tool_outputs' too large: the combined tool outputs must be less than 512kb.",
    'invalid_value',
    'tool_outputs',
  ],
])

test('what one request may add, and what outputs may be, are settings', async () => {
  await using small = await startTestServer({
    env: {
      THREADMILL_MAX_MESSAGES: '2',
      THREADMILL_MAX_TOOL_OUTPUT_CHARACTERS: '5',
      THREADMILL_MAX_TOOL_OUTPUTS_BYTES: '2048',
    },
  })
  const said = (count: number) => Array.from({ length: count }, () => ({ role: 'user', content: 'x' }))
  const assistant = await small.client.beta.assistants.create({ model: 'demo' })
  const { id } = await small.client.beta.threads.create()
  const tooLong = (param: string) =>
    `Invalid '${param}': array too long. Expected an array with maximum length 2, but got an array with length 3 instead.`
  const run = { assistant_id: assistant.id }
  for (const [path, body, param] of [
    ['/v1/threads', { messages: said(3) }, 'messages'],
    ['/v1/threads/runs', { ...run, thread: { messages: said(3) } }, 'thread.messages'],
    ['/v1/threads/runs', { ...run, additional_messages: said(3) }, 'additional_messages'],
    [`/v1/threads/${id}/runs`, { ...run, additional_messages: said(3) }, 'additional_messages'],
  ] as const) {
    const answer = await raw(small, 'POST', path, body)
    refused(answer, 400, tooLong(param), { param, code: 'array_above_max_length' })
  }
  assert.equal((await raw(small, 'POST', '/v1/threads', { messages: said(2) })).status, 200)

  const outputs = (output: string, count = 1) =>
    raw(small, 'POST', `/v1/threads/${id}/runs/run_x/submit_tool_outputs`, {
      tool_outputs: Array.from({ length: count }, (_, n) => ({ tool_call_id: `call_${n}`, output })),
    })
  refused(
    await outputs('123456'),
    400,
    "Invalid 'tool_outputs[0].output': string too long. Expected a string with maximum length 5, but got a string with length 6 instead.",
    { param: 'tool_outputs[0].output', code: 'string_above_max_length' },
  )
  refused(
    await outputs('12345', 410),
    400,
    "'tool_outputs' too large: the combined tool outputs must be less than 2kb.",
    { param: 'tool_outputs', code: 'invalid_value' },
  )
  assert.equal((await outputs('12345')).status, 404)
})

test('a thread takes 1,000 messages at once, in their order, and not one more', async () => {
  const messages = Array.from({ length: 1_000 }, (_, n) => ({
    role: 'user' as const,
    content: `message ${n}`,
  }))
  const thread = await server.client.beta.threads.create({ messages })
  const texts: string[] = []
  for await (const message of server.client.beta.threads.messages.list(thread.id, {
    order: 'asc',
    limit: 100,
  })) {
    const [part] = message.content
    texts.push(part?.type === 'text' ? part.text.value : '')
  }
  assert.deepEqual(
    texts,
    messages.map(({ content }) => content),
  )
  refused(
    await raw(server, 'POST', '/v1/threads', { messages: [...messages, messages[0]] }),
    400,
    "Invalid 'messages': array too long. Expected an array with maximum length 1000, but got an array with length 1001 instead.",
    { param: 'messages', code: 'array_above_max_length' },
  )
})

test('lengths are counted in characters, not in the units of JavaScript', async () => {
  const longest = '🙂'.repeat(256)
  assert.equal((await raw(server, 'POST', '/v1/assistants', { model: 'demo', name: longest })).status, 200)
  refused(
    await raw(server, 'POST', '/v1/assistants', { model: 'demo', name: `${longest}🙂` }),
    400,
    "Invalid 'name': string too long. Expected a string with maximum length 256, but got a string with length 257 instead.",
    { param: 'name', code: 'string_above_max_length' },
  )
})

test('what is nested too deeply to be written again is refused', async () => {
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  const tool = (parameters: string) =>
    `{"type":"function","function":{"name":"f","parameters":${parameters}}}`
  const assistant = (parameters: string) => `{"model":"demo","tools":[${tool(parameters)}]}`
  const post = (path: string, body: string) => raw(server, 'POST', path, body)
  const message = (param: string) => `Invalid '${param}': nested too deeply. Expected at most 200 levels.`
  for (const parameters of [`{"x":${deep(100_000)}}`, `{"type":${deep(100_000)}}`]) {
    const param = 'tools[0].function.parameters'
    const answer = await post('/v1/assistants', assistant(parameters))
    refused(answer, 400, message(param), { param, code: 'invalid_value' })
  }
  const format = `{"type":"json_schema","json_schema":{"name":"s","schema":{"x":${deep(100_000)}}}}`
  const param = 'response_format.json_schema.schema'
  refused(await post('/v1/assistants', `{"model":"demo","response_format":${format}}`), 400, message(param), {
    param,
    code: 'invalid_value',
  })
  assert.equal((await post('/v1/assistants', assistant(`{"x":${deep(199)}}`))).status, 200)
  assert.equal((await post('/v1/uploads', `{"purpose":${deep(100_000)}}`)).status, 400)
})

test('what is at a limit is taken', async () => {
  const { status } = await raw(server, 'POST', '/v1/assistants', {
    model: 'demo',
    name: 'n'.repeat(256),
    description: 'd'.repeat(512),
    instructions: 'i'.repeat(256_000),
    temperature: 2,
    top_p: 0,
    tools: Array.from({ length: 128 }, (_, n) => ({ type: 'function', function: { name: `f${n}` } })),
    metadata: { ...pairs(15), ['k'.repeat(64)]: 'v'.repeat(512) },
  })
  assert.equal(status, 200)
  const message = { role: 'user', content: 'x'.repeat(256_000) }
  assert.equal((await raw(server, 'POST', `/v1/threads/${threadId}/messages`, message)).status, 200)
})

test('ids in addresses are judged before they are looked for', async () => {
  for (const [path, param, prefix] of [
    ['/v1/threads/undefined', 'thread_id', 'thread'],
    ['/v1/threads/undefined/runs/thread_x', 'thread_id', 'thread'],
    ['/v1/threads/thread_x/messages/undefined', 'message_id', 'msg'],
    ['/v1/threads/thread_x/runs/undefined', 'run_id', 'run'],
    ['/v1/threads/thread_x/runs/run_x/steps/undefined', 'step_id', 'step'],
  ] as const) {
    refused(
      await raw(server, 'GET', path),
      400,
      `Invalid '${param}': 'undefined'. Expected an ID that begins with '${prefix}'.`,
      { param, code: 'invalid_value' },
    )
  }
})

test('what is not there is named, the nearest first', async () => {
  const at = `/v1/threads/${threadId}`
  refused(await raw(server, 'GET', '/v1/threads/thread_x'), 404, "No thread found with id 'thread_x'.")
  refused(await raw(server, 'GET', `${at}/messages/msg_x`), 404, "No message found with id 'msg_x'.")
  refused(await raw(server, 'GET', `${at}/runs/run_x`), 404, "No run found with id 'run_x'.")
  refused(await raw(server, 'GET', `${at}/runs/run_x/steps`), 404, "No run found with id 'run_x'.")
  refused(await raw(server, 'POST', `${at}/runs/run_x/cancel`), 404, "No run found with id 'run_x'.")
  refused(await raw(server, 'POST', `${at}/runs/run_x`, {}), 404, "No run found with id 'run_x'.")
  refused(
    await raw(server, 'POST', `${at}/runs`, { assistant_id: 'asst_x' }),
    404,
    "No assistant found with id 'asst_x'.",
  )
  const { assistants, threads } = server.client.beta
  const assistant = await assistants.create({ model: 'demo', instructions: 'x' })
  const run = await threads.createAndRunPoll({ assistant_id: assistant.id })
  refused(
    await raw(server, 'GET', `/v1/threads/${run.thread_id}/runs/${run.id}/steps/step_123`),
    404,
    "No run step found with id 'step_123'.",
  )
})
