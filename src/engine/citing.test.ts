import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import type { UrlCitation } from '../models/citations.ts'
import { Citing } from './citing.ts'

const url = 'https://example.com/'
const ended = (...places: [start: number, end: number][]): LanguageModelV4StreamPart => ({
  type: 'text-end',
  id: 't',
  providerMetadata: {
    any: {
      annotations: places.map(([start_index, end_index]) => ({
        type: 'url_citation',
        url,
        title: '',
        start_index,
        end_index,
      })),
    },
  },
})

/** A writer that keeps what it is given, and the words that it is told of. */
function writer() {
  let text = ''
  const cited: string[] = []
  return {
    cited,
    append: (more: string) => void (text += more),
    refuse() {},
    cite: ({ start, end }: UrlCitation) => void cited.push(Array.from(text).slice(start, end).join('')),
  }
}

test('places count from the beginning of each block, in code points', () => {
  const citing = new Citing()
  const message = writer()
  citing.begin(undefined)
  citing.append(message, '😀 one ')
  citing.begin(message)
  citing.append(message, 'two')
  citing.cite(ended([0, 3]), message)
  assert.deepEqual(message.cited, ['two'])
})

test('a block that goes on in another message keeps its places', () => {
  const citing = new Citing()
  const [first, second] = [writer(), writer()]
  citing.begin(undefined)
  citing.append(first, '😀 one ')
  citing.append(second, 'two three')
  citing.cite(ended([6, 9], [2, 9], [2, 5]), second)
  assert.deepEqual(second.cited, ['two', 'two'])
})

test('what lies outside of the text is no citation', () => {
  const citing = new Citing()
  const message = writer()
  citing.begin(undefined)
  citing.append(message, 'one 😀')
  citing.cite(ended([4, 999], [4, 2], [6, 9]), message)
  assert.deepEqual(message.cited, ['😀'])
})
