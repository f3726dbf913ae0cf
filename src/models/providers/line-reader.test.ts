import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineReader } from './line-reader.ts'

test('lines are the same wherever the text is cut', () => {
  const text = 'one\r\n\ntwo\nthree \r four\n\r\nrest'
  for (const size of [1, 2, 3, text.length]) {
    const reader = new LineReader()
    const lines: string[] = []
    for (let at = 0; at < text.length; at += size) lines.push(...reader.push(text.slice(at, at + size)))
    assert.deepEqual(lines, ['one', '', 'two', 'three \r four', ''])
    assert.equal(reader.pendingLength, 4)
    assert.equal(reader.rest(), 'rest')
    assert.equal(reader.pendingLength, 0)
  }
})
