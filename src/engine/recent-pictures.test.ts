import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallsTurn, ConversationTurn } from './conversation.ts'
import type { LoadImage } from './images.ts'
import { withRecentPictures } from './recent-pictures.ts'

const picture = (name: string, characters = 100): ConversationTurn => ({
  speaker: 'user',
  content: [
    { type: 'text', text: 'The picture:' },
    {
      type: 'picture',
      source: { url: `data:${'x'.repeat(characters)}` },
      detail: 'auto',
      generated: `[${name}]`,
    },
  ],
})
/** A call of the computer, with a screenshot of so many bytes. */
const screenshot = (bytes: number): CallsTurn => ({
  speaker: 'tools',
  reasoning: [],
  said: [],
  calls: [
    {
      id: 'c',
      name: 'computer',
      arguments: '{}',
      result: 'new',
      metadata: undefined,
      shows: {
        picture: { type: 'picture', source: { storedId: String(bytes) }, detail: 'auto' },
        old: 'old',
        asOutput: (url) => ({ url }),
      },
    },
  ],
})
const loadImage: LoadImage = async ({ source }) => ({
  type: 'file',
  mediaType: 'image/png',
  data: { type: 'data', data: new Uint8Array('storedId' in source ? Number(source.storedId) : 0) },
})
const sent = async (turns: ConversationTurn[]) =>
  (await withRecentPictures(turns, loadImage)).map((turn) =>
    turn.speaker === 'user'
      ? turn.content.map((part) => (part.type === 'text' ? part.text : part.type))
      : turn.speaker === 'tools' &&
        turn.calls.map(({ result, shows }) => `${result} ${shows?.picture?.type}`),
  )
const shown = ['The picture:', 'picture']

test('of many pictures that were generated the newest eight are shown, and of the others the words', async () => {
  const many = Array.from({ length: 10 }, (_, at) => picture(String(at)))
  assert.deepEqual(await sent(many), [
    ['The picture:', '[0]'],
    ['The picture:', '[1]'],
    ...Array.from({ length: 8 }, () => shown),
  ])
})

test('of large pictures that were generated as many are shown as every provider takes', async () => {
  const large = [picture('a', 9e6), picture('b', 9e6), picture('c', 1), picture('d', 8e6)]
  assert.deepEqual(await sent(large), [['The picture:', '[a]'], ['The picture:', '[b]'], shown, shown])
  assert.deepEqual(await sent([picture('a', 1), picture('b', 2e7)]), [['The picture:', '[a]'], shown])
})

test('pictures that the user has shown are all sent', async () => {
  const own: ConversationTurn = {
    speaker: 'user',
    content: [{ type: 'picture', source: { url: 'x'.repeat(2e7) }, detail: 'auto' }],
  }
  assert.deepEqual((await withRecentPictures([own, picture('a', 9e6), picture('b', 9e6)], loadImage))[0], own)
  assert.deepEqual(await withRecentPictures(Array(12).fill(own), loadImage), Array(12).fill(own))
})

test('screenshots and generated pictures are counted together, and an old screenshot leaves its call with words', async () => {
  const many = (length: number) => Array.from({ length }, () => screenshot(1))
  const turns = [...many(9), picture('a'), ...many(6)]
  const [old, recent] = [['old undefined'], ['new picture']]
  assert.deepEqual(await sent(turns), [...Array(8).fill(old), recent, shown, ...Array(6).fill(recent)])
  const large = [screenshot(1), screenshot(9e6), picture('a', 5e6)]
  assert.deepEqual(await sent(large), [old, old, shown])
  assert.deepEqual(await sent([screenshot(1), screenshot(3e7)]), [old, recent])
})
