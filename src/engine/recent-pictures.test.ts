import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ConversationTurn } from './conversation.ts'
import { withRecentPictures } from './recent-pictures.ts'

const picture = (name: string, characters = 100): ConversationTurn => ({
  speaker: 'user',
  content: [
    { type: 'text', text: 'The picture:' },
    { type: 'picture', source: { url: 'x'.repeat(characters) }, detail: 'auto', generated: `[${name}]` },
  ],
})
const sent = (turns: ConversationTurn[]) =>
  withRecentPictures(turns).map((turn) =>
    turn.speaker === 'user' ? turn.content.map((part) => (part.type === 'text' ? part.text : part.type)) : [],
  )
const shown = ['The picture:', 'picture']

test('of many pictures that were generated the newest eight are shown, and of the others the words', () => {
  const many = Array.from({ length: 10 }, (_, at) => picture(String(at)))
  assert.deepEqual(sent(many), [
    ['The picture:', '[0]'],
    ['The picture:', '[1]'],
    ...Array.from({ length: 8 }, () => shown),
  ])
})

test('of large pictures that were generated as many are shown as every provider takes', () => {
  const large = [picture('a', 9e6), picture('b', 9e6), picture('c', 1), picture('d', 8e6)]
  assert.deepEqual(sent(large), [['The picture:', '[a]'], ['The picture:', '[b]'], shown, shown])
  assert.deepEqual(sent([picture('a', 1), picture('b', 2e7)]), [['The picture:', '[a]'], shown])
})

test('pictures that the user has shown are all sent', () => {
  const own: ConversationTurn = {
    speaker: 'user',
    content: [{ type: 'picture', source: { url: 'x'.repeat(2e7) }, detail: 'auto' }],
  }
  assert.deepEqual(withRecentPictures([own, picture('a', 9e6), picture('b', 9e6)])[0], own)
  assert.deepEqual(withRecentPictures(Array(12).fill(own)), Array(12).fill(own))
})
