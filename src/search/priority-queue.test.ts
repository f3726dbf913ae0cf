import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPriorityQueue } from './priority-queue.ts'

const megabytes = (count: number, awaited = false) => ({ bytes: count * 2 ** 20, awaited })

test('a small job and an awaited one pass large ones that came before, and equal ones keep their order', () => {
  const line = createPriorityQueue<string>()
  line.push('large', megabytes(14))
  line.push('second large', megabytes(14))
  assert.equal(line.shift(), 'large')
  line.push('awaited', megabytes(10, true))
  line.push('one line', { bytes: 20, awaited: false })
  line.push('awaited line', { bytes: 20, awaited: true })
  assert.deepEqual(
    [line.shift(), line.shift(), line.shift(), line.shift(), line.shift()],
    ['awaited line', 'one line', 'awaited', 'second large', undefined],
  )
})

test('a job that comes to be awaited in the line goes on as one', () => {
  const line = createPriorityQueue<string>()
  const rank = megabytes(5)
  line.push('unawaited', megabytes(4))
  line.push('awaited', rank)
  rank.awaited = true
  assert.equal(line.shift(), 'awaited')
})

test('a large job has its turn however many small and awaited ones come', () => {
  for (const passing of [{ bytes: 20, awaited: true }, megabytes(1, true), megabytes(1)]) {
    const line = createPriorityQueue<string>()
    line.push('large', megabytes(14))
    let passed = 0
    do line.push('passing', passing)
    while (line.shift() === 'passing' && ++passed < 1e5)
    assert.ok(passed > 10 && passed < 1e5, `${passed}`)
  }
})

test('a job that is taken out has no turn, and all can be taken at once', () => {
  const line = createPriorityQueue<string>()
  for (const job of ['a', 'b', 'c']) line.push(job, megabytes(1))
  assert.deepEqual([line.remove('a'), line.remove('a')], [true, false])
  assert.deepEqual([line.clear(), line.shift()], [['b', 'c'], undefined])
})
