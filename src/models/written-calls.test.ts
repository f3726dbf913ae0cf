import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4FinishReason, LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { tokenUsage } from './stream-parts.ts'
import { readWrittenCalls } from './written-calls.ts'

const weather: LanguageModelV4FunctionTool = {
  type: 'function',
  name: 'get_weather',
  inputSchema: {
    type: 'object',
    properties: { city: { type: 'string' }, days: { type: 'integer' }, hours: { type: 'array' } },
  },
}
const time: LanguageModelV4FunctionTool = { type: 'function', name: 'get-time', inputSchema: {} }
const find = (name: string) => [weather, time].find((tool) => tool.name === name)

interface How {
  size: number
  bare?: boolean
  finish?: LanguageModelV4FinishReason['unified']
}

/** The text and the calls, in order, that are read from a text which arrives in pieces of this size. */
function read(text: string, { size, bare = true, finish = 'stop' }: How) {
  const given: string[] = []
  let told = 0
  let said = ''
  const take = readWrittenCalls({ find, bare, read: () => told++ }, (part) => {
    if (part.type === 'text-delta') said += part.delta
    if (part.type === 'tool-call') given.push(said, `${part.toolName}(${part.input})`)
    if (part.type === 'tool-call') said = ''
  })
  take({ type: 'text-start', id: 't' })
  for (let at = 0; at < text.length; at += size)
    take({ type: 'text-delta', id: 't', delta: text.slice(at, at + size) })
  take({ type: 'text-end', id: 't' })
  take({ type: 'finish', finishReason: { unified: finish, raw: finish }, usage: tokenUsage(1, 1) })
  assert.equal(told, given.length > 0 ? 1 : 0)
  return [...given, said].filter((text) => text !== '')
}

const paris = 'get_weather({"city":"Paris"})'
const json = '{"name": "get_weather", "arguments": {"city": "Paris"}}'
const other = '{"name": "get-time", "arguments": {}}'

const written: [form: string, text: string, ...read: string[]][] = [
  ['Hermes, Qwen', `<tool_call>\n${json}\n</tool_call>`, paris],
  [
    'several',
    `<tool_call>\n${json}\n</tool_call>\n<tool_call>\n${other}\n</tool_call>`,
    paris,
    'get-time({})',
  ],
  ['several in one mark', `<tool_call>\n${json}\n${other}\n</tool_call>`, paris, 'get-time({})'],
  ['text before', `Let me look.\n\n<tool_call>\n${json}\n</tool_call>\n`, 'Let me look.', paris],
  ['a sentence before', `Let me look. <tool_call>${json}</tool_call>`, 'Let me look.', paris],
  ['text behind', `<tool_call>${json}</tool_call>\nOne moment.`, paris, 'One moment.'],
  ['no end of the mark', `\n<tool_call>\n${json}`, paris],
  ['no name of the mark that ends', `<tool_call>${json}<|im_end|>`, paris],
  ['a bracket too few', '<tool_call>{"name":"get_weather","arguments":{"city":"Paris"}</tool_call>', paris],
  [
    'a bracket too many',
    '<tool_call>{"name":"get_weather","arguments":{"city":"Paris"}}}</tool_call>',
    paris,
  ],
  [
    'arguments in a string',
    '<tool_call>{"name":"get_weather","arguments":"{\\"city\\":\\"Paris\\"}"}</tool_call>',
    paris,
  ],
  ['no arguments', '<tool_call>{"name":"get-time"}</tool_call>', 'get-time({})'],
  [
    'a mark in a string',
    '<tool_call>{"name":"get_weather","arguments":{"city":"</tool_call>"}}</tool_call>',
    'get_weather({"city":"</tool_call>"})',
  ],
  ['tools', `<tools>\n${json}\n</tools>`, paris],
  ['a fence around the mark', `\`\`\`xml\n<tool_call>\n${json}\n</tool_call>\n\`\`\``, paris],
  ['function_call', `<function_call>${json}</function_call>`, paris],
  ['Phi', `<|tool_call|>[${json}, ${other}]<|/tool_call|>`, paris, 'get-time({})'],
  ['Llama 3', '{"name": "get_weather", "parameters": {"city": "Paris"}}', paris],
  [
    'Llama 3, with its type',
    '{"type": "function", "name": "get_weather", "parameters": {"city": "Paris"}}',
    paris,
  ],
  ['Llama 3, several', `${json}; ${other}`, paris, 'get-time({})'],
  ['Llama 3, with its tag', `<|python_tag|>${json}<|eom_id|>`, paris],
  [
    'as the wire has it',
    '{"type":"function","function":{"name":"get_weather","arguments":"{\\"city\\":\\"Paris\\"}"}}',
    '{"city":"Paris"}',
  ],
  ['a list of them', `{"tool_calls":[${json}]}`, paris],
  ['arguments first', '{"arguments":{"city":"Paris"},"name":"get_weather"}', paris],
  ['single quotes', "{'name': 'get_weather', 'arguments': {'city': 'Paris'}}", paris],
  ['an array', `[${json},\n ${other}]`, paris, 'get-time({})'],
  ['Mistral', `[TOOL_CALLS][${json}]`, paris],
  ['Mistral, with a blank', `[TOOL_CALLS] [${json}, ${other}]</s>`, paris, 'get-time({})'],
  ['Mistral, newer', '[TOOL_CALLS]get_weather[ARGS]{"city": "Paris"}', paris],
  [
    'Mistral, several newer',
    '[TOOL_CALLS]get_weather{"city": "Paris"}[TOOL_CALLS]get-time{}',
    paris,
    'get-time({})',
  ],
  ['Mistral, text before', `Let me look.\n[TOOL_CALLS][${json}]`, 'Let me look.', paris],
  ['a fence', `\`\`\`json\n${json}\n\`\`\``, paris],
  ['a fence without a language', `\n\`\`\`\n${json}\n${other}\n\`\`\`\n`, paris, 'get-time({})'],
  ['several fences', `\`\`\`json\n${json}\n\`\`\`\n\n\`\`\`json\n${other}\n\`\`\``, paris, 'get-time({})'],
  [
    "Qwen's coders",
    '<tool_call>\n<function=get_weather>\n<parameter=city>\n10\n</parameter>\n<parameter=days>\n3\n</parameter>\n</function>\n</tool_call>',
    'get_weather({"city":"10","days":3})',
  ],
  ['a function with JSON', '<function=get_weather>{"city": "Paris"}</function>', paris],
  [
    'GLM',
    '<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Paris</arg_value>\n<arg_key>hours</arg_key>\n<arg_value>[1, 2]</arg_value>\n</tool_call>',
    'get_weather({"city":"Paris","hours":[1,2]})',
  ],
]
for (const [form, text, ...expected] of written) {
  test(`calls that are written as text are read, wherever it is cut: ${form}`, () => {
    for (const size of [1, 3, 7, text.length]) {
      const found = read(text, { size })
      if (form === 'as the wire has it') assert.match(found.join(), /^get_weather\(\{"city":"Paris"\}\)$/)
      else assert.deepEqual(found, expected)
    }
  })
}

const kept: [what: string, text: string, how?: Omit<How, 'size'>][] = [
  ['a tool that was not offered', '<tool_call>{"name":"rm","arguments":{}}</tool_call>'],
  [
    'one of two that was not offered',
    `<tool_call>${json}</tool_call>\n<tool_call>{"name":"rm","arguments":{}}</tool_call>`,
  ],
  ['a tool that was not offered, alone', '{"name": "rm", "parameters": {"city": "Paris"}}'],
  ['a tool that was not offered, of Mistral', '[TOOL_CALLS]rm{}'],
  ['a tool that was not offered, in a fence', '```json\n{"name": "rm", "arguments": {}}\n```'],
  ['a text about the mark', '<tool_call> begins a call, and </tool_call> ends it.'],
  ['a text about a call', `Models write <tool_call>${json}</tool_call> to call it.`],
  ['a text about a call that ends with it', `Models write <tool_call>${json}</tool_call>`],
  ['a text that begins with a call', `<tool_call>${json}</tool_call> is what a call looks like.`],
  ['a text about a call, with a colon', `It looks so: <tool_call>${json}</tool_call>`],
  ['a call in code', `It looks so. \`<tool_call>${json}</tool_call>\``],
  ['an example between lines', `For example:\n<tool_call>\n${json}\n</tool_call>\nThis asks for Paris.`],
  ['an example in a fence', `For example:\n\`\`\`xml\n<tool_call>\n${json}\n</tool_call>\n\`\`\`\n`],
  ['an example of JSON', `For example:\n\`\`\`json\n${json}\n\`\`\``],
  ['JSON with a text behind it', `${json}\n\nThis is how it is called.`],
  ['a fence with a text behind it', `\`\`\`json\n${json}\n\`\`\`\nThis is how it is called.`],
  ['JSON in a sentence', `Call it with \`${json}\`.`],
  ['JSON that says more', '{"name": "get_weather", "arguments": {}, "author": "Ann"}'],
  ['JSON without arguments', '{"name": "get_weather"}'],
  ['JSON of something else', '{"city": "Paris", "sky": ["blue", {"name": "get_weather"}]}\n'],
  ['half of a call', '<tool_call>{"name":"get_weather","arguments":{"city":"Par'],
  ['a call that was cut', '<tool_call>{"name":"get_weather","arguments":{"days":1', { finish: 'length' }],
  ['half of a fields', '<tool_call><function=get_weather><parameter=city>Par', { finish: 'length' }],
  ['arguments that are none', '{"name":"get_weather","arguments":"Paris"}'],
  ['JSON where it was asked for', json, { bare: false }],
  ['a list', '[1] is the first note.\n\n[2] the second.'],
  ['an empty list', '[]'],
  ['a program', '```python\nprint({"name": "get_weather", "arguments": {}})\n```'],
  ['half of a mark', '<tool_c'],
  ['half of a mark on a line', 'Hm.\n\n<tool_c'],
  ['blanks', '  \n\n Yes. \n\n'],
  ['many marks', '<tool_call>{"name":"get_weather",\n'.repeat(100)],
  ['nothing', ''],
]
for (const [what, text, how] of kept) {
  test(`a text stays as it is, to the byte: ${what}`, () => {
    for (const size of [1, 3, 7, text.length + 1]) assert.equal(read(text, { size, ...how }).join('|'), text)
  })
}

test('where JSON is the answer a mark still begins a call', () => {
  assert.deepEqual(read(`<tool_call>${json}</tool_call>`, { size: 4, bare: false }), [paris])
})

test('a text that cannot be calls any more is not held back', () => {
  for (const text of [
    '{"city": ',
    '{"name": "Ann", ',
    '```python\nprint(1)',
    '[1] ',
    '<tool_call> is a mark',
    'Hm.\n<b>no',
    'Hello',
  ]) {
    let said = ''
    const take = readWrittenCalls({ find, bare: true, read: () => {} }, (part) => {
      if (part.type === 'text-delta') said += part.delta
    })
    for (const delta of text) take({ type: 'text-delta', id: 't', delta })
    assert.equal(said, text)
  }
})

test('where the model server reads calls, its text holds none', () => {
  const given: string[] = []
  const take = readWrittenCalls({ find, bare: true, read: () => {} }, (part) => {
    if (part.type === 'text-delta') given.push(part.delta)
    if (part.type === 'tool-call') given.push(part.toolCallId)
  })
  take({ type: 'text-delta', id: 't', delta: `<tool_call>${json}</tool_call>` })
  take({ type: 'tool-call', toolCallId: 'a', toolName: 'get_weather', input: '{}' })
  take({ type: 'finish', finishReason: { unified: 'tool-calls', raw: '' }, usage: tokenUsage(1, 1) })
  assert.deepEqual(given, [`<tool_call>${json}</tool_call>`, 'a'])
})
