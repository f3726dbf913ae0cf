import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UrlCitation } from '../models/citations.ts'
import { HeldAnswer } from './held-answer.ts'

/** What a writer is given of a text that was held with one citation, and the words that it is told of. */
function release(held: string, [start, end]: [number, number], part?: string) {
  const answer = new HeldAnswer()
  answer.append(held)
  answer.cite({ url: 'https://a.de/', title: '', start, end })
  let text = ''
  const cited: string[] = []
  answer.release(
    {
      append: (more) => void (text += more),
      refuse() {},
      cite: (one: UrlCitation) => void cited.push(Array.from(text).slice(one.start, one.end).join('')),
    },
    part,
  )
  assert.equal(answer.text, '')
  return [text, cited]
}

test('a text that is shown whole has its citations where they were', () => {
  assert.deepEqual(release('😀 one two', [6, 9]), ['😀 one two', ['two']])
})

test('a part of a text has the citations that are in there, and those that reach into it as far as they do', () => {
  assert.deepEqual(release('😀: {"a":1} so', [4, 7], '{"a":1}'), ['{"a":1}', ['"a"']])
  assert.deepEqual(release('😀: {"a":1} so', [0, 99], '{"a":1}'), ['{"a":1}', ['{"a":1}']])
  assert.deepEqual(release('😀: {"a":1} so', [0, 2], '{"a":1}'), ['{"a":1}', []])
})

test('a text in other words has none', () => {
  assert.deepEqual(release('one', [0, 3], 'two'), ['two', []])
})
