import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatTurn } from './chat-turn.ts'

type Piece = Record<string, unknown>

/** The calls of a turn whose chunks contain these pieces, as `[name, input]`. Their ids must differ. */
function callsOf(pieces: Piece[], finish_reason = 'tool_calls') {
  const calls: { toolCallId: string; toolName: string; input: string }[] = []
  const streamed = new Map<string, string>()
  const turn = new ChatTurn((part) => {
    if (part.type === 'tool-call') calls.push(part)
    if (part.type === 'tool-input-start') {
      assert(!streamed.has(part.id), 'an id begins twice')
      streamed.set(part.id, '')
    }
    if (part.type === 'tool-input-delta') streamed.set(part.id, streamed.get(part.id)! + part.delta)
  })
  for (const piece of pieces) turn.add({ choices: [{ delta: { tool_calls: [piece] } }] })
  turn.add({ choices: [{ delta: {}, finish_reason }] })
  assert.equal(turn.missing, undefined)
  turn.finish()
  for (const { toolCallId, input } of calls) assert.equal(streamed.get(toolCallId) || '{}', input)
  return calls.map(({ toolName, input }) => [toolName, input])
}

const piece = (index: unknown, id: unknown, name: unknown, args: unknown): Piece => ({
  ...(index !== undefined && { index }),
  ...(id !== undefined && { id }),
  type: 'function',
  function: { ...(name !== undefined && { name }), ...(args !== undefined && { arguments: args }) },
})

const two = [
  ['f', '{"n":1}'],
  ['g', '{"n":2}'],
]

const streams: Record<string, [pieces: Piece[], calls: string[][]]> = {
  'the same id under two indexes': [[piece(0, '0', 'f', '{"n":1}'), piece(1, '0', 'g', '{"n":2}')], two],
  'the same id under two indexes, in pieces that alternate': [
    [
      piece(0, '0', 'f', ''),
      piece(1, '0', 'g', ''),
      piece(0, '0', undefined, '{"n"'),
      piece(1, '0', undefined, '{"n"'),
      piece(0, undefined, undefined, ':1}'),
      piece(1, undefined, undefined, ':2}'),
    ],
    two,
  ],
  'one index for calls with different ids': [
    [piece(0, 'a', 'f', '{"n":1}'), piece(0, 'b', 'g', '{"n":2}')],
    two,
  ],
  'one index for calls of one function': [
    [piece(0, 'a', 'f', '{"n":1}'), piece(0, 'b', 'f', '{"n":2}')],
    [
      ['f', '{"n":1}'],
      ['f', '{"n":2}'],
    ],
  ],
  'one index and no ids, in pieces': [
    [
      piece(0, '', 'f', ''),
      piece(0, '', '', '{"n":'),
      piece(0, null, null, '1}'),
      piece(0, null, 'g', ''),
      piece(0, null, null, '{"n":2}'),
    ],
    two,
  ],
  'one index, and pieces that alternate by their ids': [
    [
      piece(0, 'a', 'f', '{'),
      piece(0, 'b', 'g', '{'),
      piece(0, 'a', undefined, '"n":1}'),
      piece(0, 'b', undefined, '"n":2}'),
    ],
    two,
  ],
  'one id and one index for all': [[piece(0, '0', 'f', '{"n":1}'), piece(0, '0', 'g', '{"n":2}')], two],
  'an index as text, ids as numbers': [[piece('0', 0, 'f', '{"n":1}'), piece('1', 0, 'g', '{"n":2}')], two],
  'no indexes': [[piece(undefined, undefined, 'f', '{"n":1}'), piece(null, 'b', 'g', { n: 2 })], two],
  'calls without arguments under one index': [
    [piece(0, 'a', 'f', ''), piece(0, 'b', 'g', '')],
    [
      ['f', '{}'],
      ['g', '{}'],
    ],
  ],
  'a fresh id on every piece': [
    [
      piece(0, 'a', 'f', ''),
      piece(0, 'b', undefined, '{"n"'),
      piece(0, 'c', undefined, ':1}'),
      piece(0, 'd', undefined, ''),
    ],
    [['f', '{"n":1}']],
  ],
  'the head of a call on every piece, and once more at its end': [
    [piece(0, 'a', 'f', '{"n"'), piece(0, 'a', 'f', ':1}'), piece(0, 'a', 'f', '')],
    [['f', '{"n":1}']],
  ],
  'no index, no id, and the name on every piece': [
    [
      piece(undefined, undefined, 'f', '{"n":'),
      piece(undefined, undefined, 'f', '1}'),
      piece(undefined, undefined, 'g', '{"n":'),
      piece(undefined, undefined, 'g', '2}'),
    ],
    two,
  ],
  'one index, no id, the name on every piece and on an empty last one': [
    [piece(0, undefined, 'f', '{"n":'), piece(0, undefined, 'f', '1}'), piece(0, undefined, 'f', '')],
    [['f', '{"n":1}']],
  ],
  'one index, no ids, and heads before the arguments of one function': [
    [
      piece(0, undefined, 'f', ''),
      piece(0, undefined, undefined, '{"n":1}'),
      piece(0, undefined, 'f', ''),
      piece(0, undefined, undefined, '{"n"'),
      piece(0, undefined, undefined, ':2}'),
    ],
    [
      ['f', '{"n":1}'],
      ['f', '{"n":2}'],
    ],
  ],
  'whole calls that are said again at the end': [
    [
      piece(0, 'a', 'f', '{"n"'),
      piece(0, undefined, undefined, ':1}'),
      piece(1, 'b', 'g', '{"n":2}'),
      piece(0, 'a', 'f', '{"n":1}'),
      piece(undefined, 'b', 'g', '{"n":2}'),
    ],
    two,
  ],
  'brackets and quotes inside of arguments': [
    [piece(0, 'a', 'f', '{"s":"}{\\"'), piece(0, 'a', undefined, ']"}'), piece(0, 'b', 'g', '{"n":2}')],
    [
      ['f', '{"s":"}{\\"]"}'],
      ['g', '{"n":2}'],
    ],
  ],
}

for (const [shape, [pieces, calls]] of Object.entries(streams)) {
  test(`calls are told apart: ${shape}`, () => assert.deepEqual(callsOf(pieces), calls))
}

/** The calls of a turn with these deltas, as `[name, input]`. */
function callsIn(deltas: object[]) {
  const seen: unknown[] = []
  const turn = new ChatTurn((part) => part.type === 'tool-call' && seen.push([part.toolName, part.input]))
  for (const delta of deltas) turn.add({ choices: [{ delta }] })
  turn.add({ choices: [{ delta: {}, finish_reason: 'function_call' }] })
  turn.finish()
  return seen
}

for (const [shape, names] of [
  ['', ['f', undefined]],
  [', with its name on every piece', ['f', 'f']],
] as const) {
  test(`the function call of older servers is a call${shape}`, () => {
    const [first, second] = names
    const deltas = [
      { function_call: { name: first, arguments: '{"n"' } },
      { function_call: { name: second, arguments: ':1}' } },
    ]
    assert.deepEqual(callsIn(deltas), [['f', '{"n":1}']])
  })
}

test('a call that is said in the old way and in the new one is one call', () => {
  const tool_calls = (args: string) => [piece(0, 'a', 'f', args)]
  const function_call = (args: string) => ({ name: 'f', arguments: args })
  for (const deltas of [
    [{ tool_calls: tool_calls('{"n":1}'), function_call: function_call('{"n":1}') }],
    [{ tool_calls: tool_calls('{"n":1}') }, { function_call: function_call('{"n":1}') }],
    ['{"n"', ':1}'].map((args) => ({ tool_calls: tool_calls(args), function_call: function_call(args) })),
  ]) {
    assert.deepEqual(callsIn(deltas), [['f', '{"n":1}']])
  }
})

test('an answer whose end, whose function or whose calls are missing says what is missing', () => {
  const missing = (...choices: object[]) => {
    const turn = new ChatTurn(() => {})
    for (const choice of choices) turn.add({ choices: [choice] })
    return turn.missing
  }
  assert.equal(missing(), 'an answer without an end')
  assert.equal(missing({ delta: { content: 'Hi' } }), 'an answer without an end')
  assert.equal(
    missing({ delta: { tool_calls: [piece(0, 'a', undefined, '{}')] }, finish_reason: 'tool_calls' }),
    'a call that names no function',
  )
  assert.equal(
    missing({ delta: {}, finish_reason: 'tool_calls' }),
    'an answer without the calls that it announces',
  )
  assert.equal(missing({ delta: { content: 'Hi' }, finish_reason: 'stop' }), undefined)
})
