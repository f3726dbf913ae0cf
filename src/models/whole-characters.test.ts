import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { wholeCharacters } from './whole-characters.ts'

/** The parts that come out when these parts are put in. */
function pass(...parts: unknown[]) {
  const out: LanguageModelV4StreamPart[] = []
  const take = wholeCharacters((part) => out.push(part))
  for (const part of parts) take(part as LanguageModelV4StreamPart)
  return out
}
const textsOf = (parts: LanguageModelV4StreamPart[]) =>
  parts.flatMap((part) => ('delta' in part && part.delta !== '' ? part.delta : []))
const finish = { type: 'finish' }

for (const kind of ['text', 'reasoning', 'tool-input']) {
  const delta = (text: string, id = '0') => ({ type: `${kind}-delta`, id, delta: text })

  test(`the halves of a character meet again in ${kind}, also where two of them come at the same time`, () => {
    const out = pass(delta('a\uD83D'), delta('b\uD83D', '1'), delta('\uDE00c'), delta('\uDE01', '1'), finish)
    assert.deepEqual(textsOf(out), ['a', 'b', '😀c', '😁'])
  })

  test(`a half that stays alone in ${kind} is U+FFFD, at its end as well`, () => {
    const end = { type: `${kind}-end`, id: '0' }
    assert.deepEqual(textsOf(pass(delta('\uDE00a\uD83D'), delta('b'), finish)), ['\uFFFDa', '\uFFFDb'])
    const ended = pass(delta('a\uD83D'), end, finish)
    assert.deepEqual([textsOf(ended), ended.at(-2)], [['a', '\uFFFD'], end])
    assert.deepEqual(textsOf(pass(delta('a\uD83D'), finish)), ['a', '\uFFFD'])
  })
}

test('the whole of a call has whole characters too', () => {
  const [call] = pass({
    type: 'tool-call',
    toolCallId: '0',
    toolName: 'f\uD83D',
    input: '{"a":"\uD83D"}',
  })
  assert(call?.type === 'tool-call')
  assert.deepEqual([call.toolName, call.input], ['f\uFFFD', '{"a":"\uFFFD"}'])
})

test('what a tool of the provider has given has whole characters', () => {
  const result = { action: { query: 'a\uD83D', queries: ['\uDE00', '😀'] }, count: 1, none: null }
  const [given] = pass({ type: 'tool-result', toolCallId: '0', toolName: 'web_search', result })
  assert(given?.type === 'tool-result')
  assert.deepEqual(given.result, {
    action: { query: 'a\uFFFD', queries: ['\uFFFD', '😀'] },
    count: 1,
    none: null,
  })
})
