import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokenUsage } from '../models/stream-parts.ts'
import { dropRepeated } from './drop-repeated.ts'

/** What is left of an answer that comes in pieces of this size. */
function left(said: string, answer: string, size: number): string {
  let text = ''
  const take = dropRepeated(said, (part) => void (part.type === 'text-delta' && (text += part.delta)))
  for (const delta of answer.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []) {
    take({ type: 'text-delta', id: 't', delta })
  }
  take({ type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage: tokenUsage(1, 1) })
  return text
}

for (const [answer, expected] of [
  ['Let me see. And done.', ' And done.'],
  ['\nLet me see.\n\nAnd done.', '\n\nAnd done.'],
  ['Let me see.', ''],
  ['Let me see. \n', ''],
  ['Let me be. Done.', 'Let me be. Done.'],
  ['Let me', 'Let me'],
  [' And done.', ' And done.'],
  ['', ''],
] as const) {
  test(`what was said before is not said again in ${JSON.stringify(answer)}`, () => {
    for (const size of [1, 4, 50]) assert.equal(left('Let me see. ', answer, size), expected)
  })
}

test('where nothing was said, nothing is held', () => {
  assert.equal(left('', 'Yes.', 1), 'Yes.')
})
