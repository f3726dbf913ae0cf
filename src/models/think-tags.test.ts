import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { tokenUsage } from './play.ts'
import { readThinkTags } from './think-tags.ts'

/** What is thought and what is said of a text that comes in these pieces. */
async function split(pieces: string[], unified: LanguageModelV4FinishReason['unified'] = 'stop') {
  async function* parts(): AsyncGenerator<LanguageModelV4StreamPart> {
    yield { type: 'text-start', id: 't' }
    for (const delta of pieces) yield { type: 'text-delta', id: 't', delta }
    yield { type: 'text-end', id: 't' }
    yield { type: 'finish', finishReason: { unified, raw: unified }, usage: tokenUsage(1, 1) }
  }
  let thought = ''
  let said = ''
  for await (const part of readThinkTags(parts())) {
    if (part.type === 'reasoning-delta') thought += part.delta
    if (part.type === 'text-delta') said += part.delta
  }
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
  test(`thoughts are told from the answer, wherever the text is cut: ${JSON.stringify(text)}`, async () => {
    for (const size of [1, 2, 5, text.length + 1]) {
      const pieces = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
      assert.deepEqual(await split(pieces), { thought, said })
    }
  })
}

test('an answer that was cut off while it thought has nothing to say', async () => {
  assert.equal((await split(['<think>Hm', '. Well'], 'length')).said, '')
})

test('an answer that ends of itself between the tags was about them', async () => {
  assert.equal((await split(['<think> begins', ' a thought'])).said, '<think> begins a thought')
})

test('a model that sends nothing but blanks is given out as it is', async () => {
  const blanks = Array.from({ length: 1_500 }, () => ' ')
  assert.deepEqual(await split([...blanks, '<think>']), { thought: '', said: `${blanks.join('')}<think>` })
})

test('where a tag begins twice and ends once, the answer is said', async () => {
  assert.equal((await split(['<think>\n<think>Hm</think>', '\nYes.'])).said, 'Yes.')
})
