import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numbering } from './event-feed.ts'

const shownNumbers = (seqs: [attempt: number, seq: number][]) => {
  const show = numbering()
  return seqs.map(([attempt, seq]) => {
    const shown = show({ attempt, seq, event: 'response.output_text.delta', data: '{"delta":"a"}' })
    const { sequence_number } = JSON.parse(shown.data) as { sequence_number: number }
    assert.equal(shown.seq, sequence_number + 1)
    return sequence_number
  })
}

test('the events of a reader have the numbers of the log, counted from 0, also from the middle', () => {
  assert.deepEqual(
    shownNumbers([
      [1, 1],
      [1, 2],
      [2, 3],
    ]),
    [0, 1, 2],
  )
  assert.deepEqual(
    shownNumbers([
      [1, 8],
      [1, 9],
    ]),
    [7, 8],
  )
})

test('numbers go on where another attempt uses those again that were shown and lost', () => {
  assert.deepEqual(
    shownNumbers([
      [1, 1],
      [1, 2],
      [1, 3],
      [1, 4],
      [2, 3],
      [2, 4],
      [2, 5],
    ]),
    [0, 1, 2, 3, 4, 5, 6],
  )
})
