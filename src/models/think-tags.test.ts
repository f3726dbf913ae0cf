import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4FinishReason } from '@ai-sdk/provider'
import { tokenUsage } from './stream-parts.ts'
import { readThinkTags } from './think-tags.ts'

/** The reasoning and the text that are read from a text which arrives in these pieces. */
function split(pieces: string[], unified: LanguageModelV4FinishReason['unified'] = 'stop') {
  let thought = ''
  let said = ''
  const take = readThinkTags((part) => {
    if (part.type === 'reasoning-delta') thought += part.delta
    if (part.type === 'text-delta') said += part.delta
  })
  take({ type: 'text-start', id: 't' })
  for (const delta of pieces) take({ type: 'text-delta', id: 't', delta })
  take({ type: 'text-end', id: 't' })
  take({ type: 'finish', finishReason: { unified, raw: unified }, usage: tokenUsage(1, 1) })
  return { thought, said }
}

const texts: [text: string, thought: string, said: string][] = [
  ['<think>Hm.</think>Yes.', 'Hm.', 'Yes.'],
  ['\n <think>\nHm.\n</think>\n\nYes.\n', '\nHm.\n', 'Yes.\n'],
  ['<think>\n\n</think>\n\nYes.', '\n\n', 'Yes.'],
  ['<think>a</think>\n<think>b</think> Yes.', 'ab', 'Yes.'],
  ['<think>1 < 2 </thin </think>Yes <think>no</think>', '1 < 2 </thin ', 'Yes <think>no</think>'],
  ['  Yes <think>no</think>', '', '  Yes <think>no</think>'],
  ['<thinking>Hm.</thinking>Yes.', 'Hm.', 'Yes.'],
  ['<thought>Hm.</thought>\nYes.', 'Hm.', 'Yes.'],
  ['<Think>Hm.</THINK>Yes.', 'Hm.', 'Yes.'],
  ['[THINK]Hm [x].[/THINK]Yes [THINK].', 'Hm [x].', 'Yes [THINK].'],
  ['<think>İ</think>Yes.', 'İ', 'Yes.'],
  ['<think><think>a</think>b</think>Yes.', 'ab', 'Yes.'],
  ['<thinking>\n<think>a</think></thinking> Yes.', 'a', 'Yes.'],
  ['<think>what is <think>?</think>Yes.', 'what is <think>?', 'Yes.'],
  ['<thoughts> are free', '', '<thoughts> are free'],
  ['<thinking is hard', '', '<thinking is hard'],
  ['<th', '', '<th'],
  ['', '', ''],
]
for (const [text, thought, said] of texts) {
  test(`thoughts are told from the answer, wherever the text is cut: ${JSON.stringify(text)}`, () => {
    for (const size of [1, 2, 5, text.length + 1]) {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
      assert.deepEqual(split(pieces), { thought, said })
    }
  })
}

test('an answer that was cut off while it thought has nothing to say', () => {
  assert.equal(split(['<think>Hm', '. Well'], 'length').said, '')
})

test('an answer that ends of itself between the tags was about them', () => {
  assert.equal(split(['<think> begins', ' a thought']).said, '<think> begins a thought')
})

test('a model that sends nothing but blanks is given out as it is', () => {
  const blanks = Array.from({ length: 1_500 }, () => ' ')
  assert.deepEqual(split([...blanks, '<think>']), { thought: '', said: `${blanks.join('')}<think>` })
})

test('where a tag begins twice and ends once, the answer is said', () => {
  assert.equal(split(['<think>\n<think>Hm</think>', '\nYes.']).said, 'Yes.')
})
