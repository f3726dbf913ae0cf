import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { mergeResults } from './merge-results.ts'
import type { ChunkResult } from './chunk-result.ts'

const result = (file: string, ord: number, text: string, more: Partial<ChunkResult> = {}): ChunkResult => ({
  chunk_id: ord,
  file_id: file,
  vector_store_id: 'vs_a',
  filename: `${file}.txt`,
  attributes: {},
  score: 0.5,
  text,
  tokens: text.length,
  ord,
  overlap: 0,
  page_start: ord + 1,
  page_end: ord + 1,
  heading: null,
  explain: { text: 0.5, name: 0, dense: null, penalty: 1, rerank: null },
  ...more,
})

suite('what the model reads', () => {
  test('has no text twice where chunks overlap, and keeps their numbers', () => {
    const passages = mergeResults([
      result('b', 4, 'The last thing is alone.'),
      result('a', 2, 'second and third', { overlap: 6, score: 0.4 }),
      result('a', 1, 'first and second', { score: 0.3 }),
      result('a', 7, 'far away from both', { score: 0.2 }),
    ])
    assert.deepEqual(
      passages.map(({ text }) => text),
      ['The last thing is alone.', 'first and second and third', 'far away from both'],
    )
    assert.deepEqual(
      passages.map(({ results }) => results),
      [[0], [2, 1], [3]],
    )
    assert.deepEqual([passages[1]?.page_start, passages[1]?.page_end, passages[1]?.score], [2, 3, 0.4])
  })

  test('does not repeat what another file says in the same words', () => {
    const text = 'Employees get thirty days of paid vacation every year, and one more after ten years.'
    const passages = mergeResults([
      result('a', 0, text),
      result('b', 0, text.replace('thirty', 'THIRTY')),
      result('c', 0, 'Employees get no paid vacation.'),
    ])
    assert.deepEqual(
      passages.map(({ file_id }) => file_id),
      ['a', 'c'],
    )
  })

  test('stays within the tokens, best first, and gives at least one', () => {
    const long = (file: string, tokens: number) => result(file, 0, `${file} says`, { tokens })
    const passages = mergeResults([long('a', 600), long('b', 600), long('c', 300)], 1_000)
    assert.deepEqual(
      passages.map(({ file_id }) => file_id),
      ['a', 'c'],
    )
    assert.equal(mergeResults([long('a', 5_000)], 1_000).length, 1)
    assert.deepEqual(mergeResults([]), [])
  })
})
