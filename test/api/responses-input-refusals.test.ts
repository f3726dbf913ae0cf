import { after, before } from 'node:test'
import { createResponsesFixture } from '../responses.ts'
import { item, missing, part, testRefusals, unknown, wrongValue, type RefusalCase } from '../refusal-cases.ts'

let s: Awaited<ReturnType<typeof createResponsesFixture>>
before(async () => {
  s = await createResponsesFixture(() => ({ text: 'Yes.' }))
})
after(() => s[Symbol.asyncDispose]())

const picture = (image_url: string, expected: string): RefusalCase => ({
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

const cases: RefusalCase[] = [
  wrongValue('input[0]', 'bogus_item', itemTypes, item({ type: 'bogus_item' })),
  wrongValue('input[0]', '', itemTypes, item({ type: 1 })),
  wrongValue('input[0]', '', roles, item({ content: 'Hi' })),
  wrongValue('input[0]', 'wizard', roles, item({ role: 'wizard', content: 'Hi' })),
  missing('input[0].content', item({ role: 'user' })),
  missing('input[0].content[0].text', part('user', { type: 'input_text' })),
  unknown('input[0].bogus', item({ role: 'user', content: 'Hi', bogus: 1 })),
  unknown('input[0].phase', item({ role: 'user', content: 'Hi', phase: 'commentary' })),
  wrongValue(
    'input[0].phase',
    'x',
    "'commentary' and 'final_answer'",
    item({ role: 'assistant', content: 'Hi', phase: 'x' }),
  ),
  wrongValue('input[0].content[0].type', 'bogus', partTypes, part('user', { type: 'bogus' })),
  wrongValue(
    'input[0].content[0]',
    'output_text',
    "'input_text', 'input_image', 'input_file', 'scoped_content', and 'input_audio'",
    part('user', { type: 'output_text', text: 'x' }),
  ),
  wrongValue(
    'input[0].content[0]',
    'input_text',
    "'output_text' and 'refusal'",
    part('assistant', { type: 'input_text', text: 'x' }),
  ),
  picture('not an address', 'a valid URL, but got a value with an invalid format'),
  picture('ftp://example.com/a.png', 'a valid URL, but got a value with an invalid format'),
  {
    given: item({
      type: 'computer_call_output',
      call_id: 'call_1',
      output: { type: 'computer_screenshot', image_url: 'file:///etc/hostname' },
    }),
    says: "Invalid 'input[0].output.image_url'. Expected a valid URL, but got a value with an invalid format.",
    param: 'input[0].output.image_url',
    code: 'invalid_value',
  },
  wrongValue(
    'input[0].action.type',
    'bogus',
    "'search', 'open_page', 'find_in_page', and 'find'",
    item({ type: 'web_search_call', action: { type: 'bogus' } }),
  ),
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
]

testRefusals('an item of the input is refused', cases, (body) => s.post(body))
