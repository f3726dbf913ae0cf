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

testRefusedBodies(
  'a run is refused',
  () => [server, `/v1/threads/${threadId}/runs`],
  { assistant_id: 'asst_x' },
  [
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
  ],
)

testRefusedBodies(
  'tool outputs are refused',
  () => [server, `/v1/threads/${threadId}/runs/run_x/submit_tool_outputs`],
  {},
  [
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
  ],
)
