import assert from 'node:assert/strict'
import { test } from 'node:test'
import { all } from '../behaviour/pair.test.ts'
import { demultiplexed } from './multiplexed.ts'

const frame = (stream: number, text: string) =>
  Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length, ...Buffer.from(text)])
const mixed = Buffer.concat([frame(1, 'one'), frame(2, 'wrong'), frame(1, ''), frame(1, 'two')])

for (const size of [1, 3, 8, 1000]) {
  test(`streams are told apart however they are cut: parts of ${size}`, async () => {
    let complaint = ''
    const output = demultiplexed((text) => (complaint += text))
    for (let at = 0; at < mixed.length; at += size) output.write(mixed.subarray(at, at + size))
    output.end()
    assert.equal(Buffer.concat(await all<Buffer>(output)).toString(), 'onetwo')
    assert.equal(complaint, 'wrong')
  })
}

test('a reader that stops holds up the writer', () => {
  const output = demultiplexed(() => {})
  const part = frame(1, 'x'.repeat(200))
  let taken = 0
  while (output.write(part) && taken < 10_000) taken++
  assert.ok(taken < 10_000)
})
