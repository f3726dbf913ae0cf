import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHarmonyChannels } from './harmony-channels.ts'
import { tokenUsage } from './stream-parts.ts'

/** The reasoning, the text and the calls that are read from a text which arrives in pieces of this size. */
function read(text: string, size: number) {
  const found = { thought: '', said: '', calls: [] as string[] }
  const take = readHarmonyChannels((part) => {
    if (part.type === 'reasoning-delta') found.thought += part.delta
    if (part.type === 'text-delta') found.said += part.delta
    if (part.type === 'tool-call') found.calls.push(`${part.toolName}(${part.input})`)
  })
  take({ type: 'text-start', id: 't' })
  for (const delta of text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []) {
    take({ type: 'text-delta', id: 't', delta })
  }
  take({ type: 'text-end', id: 't' })
  take({ type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage: tokenUsage(1, 1) })
  return found
}

const analysis = '<|channel|>analysis<|message|>Hm. 1 < 2.<|end|>'
const texts: [text: string, thought: string, said: string, calls?: string[]][] = [
  [`${analysis}<|start|>assistant<|channel|>final<|message|>Yes.<|return|>`, 'Hm. 1 < 2.', 'Yes.'],
  [
    `\n<|start|>assistant${analysis}\n<|start|>assistant<|channel|>final<|message|>Yes.`,
    'Hm. 1 < 2.',
    'Yes.',
  ],
  ['<|channel|>analysis<|message|>Hm.<|channel|>final<|message|>Yes <|x|>.', 'Hm.', 'Yes <|x|>.'],
  ['<|channel|>final<|message|>Yes.<|end|>', '', 'Yes.'],
  ['<|channel|>commentary<|message|>Let me look.<|end|>', '', 'Let me look.'],
  [
    `${analysis}<|start|>assistant<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"n":1}<|call|>`,
    'Hm. 1 < 2.',
    '',
    ['f({"n":1})'],
  ],
  ['<|start|>assistant to=functions.f<|channel|>commentary<|message|>{}<|call|>', '', '', ['f({})']],
  [analysis, 'Hm. 1 < 2.', ''],
  [
    'The token <|channel|>analysis<|message|> begins a thought.',
    '',
    'The token <|channel|>analysis<|message|> begins a thought.',
  ],
  ['<|channel|> is a token', '', '<|channel|> is a token'],
  ['<|chan', '', '<|chan'],
  ['  Yes.', '', '  Yes.'],
  ['', '', ''],
]
for (const [text, thought, said, calls = []] of texts) {
  test(`the channels of gpt-oss are told apart, wherever the text is cut: ${JSON.stringify(text)}`, () => {
    for (const size of [1, 2, 5, text.length + 1])
      assert.deepEqual(read(text, size), { thought, said, calls })
  })
}
