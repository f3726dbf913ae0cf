import assert from 'node:assert/strict'
import { test } from 'node:test'
import { citationsIn } from './citations.ts'

const url = 'https://example.com/'

test('citations come at the end of a text, or as sources that say what they stand for', () => {
  const annotation = { type: 'url_citation', url, title: 'T', start_index: 2, end_index: 4 }
  const others = [
    { type: 'file_citation' },
    { ...annotation, start_index: -1 },
    { ...annotation, url: 1 },
    null,
  ]
  assert.deepEqual(
    citationsIn({
      type: 'text-end',
      id: 't',
      providerMetadata: { openai: { itemId: 'm', annotations: [annotation, ...others] } },
    }),
    [{ url, title: 'T', start: 2, end: 4 }],
  )
  const source = { type: 'source', sourceType: 'url', id: 's', url } as const
  assert.deepEqual(citationsIn({ ...source, providerMetadata: { google: { startIndex: 0, endIndex: 3 } } }), [
    { url, title: '', start: 0, end: 3 },
  ])
  const half = { ...source, title: 'T\uD83D', providerMetadata: { google: { startIndex: 0, endIndex: 3 } } }
  assert.equal(citationsIn(half)[0]?.title, 'T\uFFFD')
  assert.deepEqual(citationsIn(source), [])
  assert.deepEqual(citationsIn({ type: 'text-end', id: 't' }), [])
})
