import { after, before } from 'node:test'
import { testRefusedBodies } from '../refused-bodies.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
let threadId: string
before(async () => {
  server = await startTestServer()
  threadId = (await server.client.beta.threads.create()).id
})
after(() => server[Symbol.asyncDispose]())

const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`key${n}`, 'v']))
const f = (name: unknown) => [{ type: 'function', function: { name } }]

testRefusedBodies('an assistant is refused', () => [server, '/v1/assistants'], { model: 'demo' }, [
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

testRefusedBodies('metadata is refused', () => [server, '/v1/threads'], {}, [
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

testRefusedBodies(
  'a message is refused',
  () => [server, `/v1/threads/${threadId}/messages`],
  { role: 'user', content: 'x' },
  [
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
    [
      { content: undefined },
      "Missing required parameter: 'content'.",
      'missing_required_parameter',
      'content',
    ],
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
  ],
)
