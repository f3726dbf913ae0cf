import assert from 'node:assert/strict'
import { test } from 'node:test'
import { binaryFrames, endFrame, FrameError, FrameParser, lineFrame, maxFrame, maxLine } from './frames.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

test('frames come out the same however the stream is cut', () => {
  const data = Uint8Array.from({ length: 1000 }, (_, i) => i % 256)
  const parts = [lineFrame({ op: 'put', id: 7 }), ...binaryFrames(7, data), endFrame(7), bytes('{}\n')]
  const stream = new Uint8Array(Buffer.concat(parts))
  for (const size of [1, 2, 3, 7, 100, stream.length]) {
    const parser = new FrameParser()
    const frames = []
    for (let at = 0; at < stream.length; at += size)
      frames.push(...parser.push(stream.subarray(at, at + size)))
    assert.deepEqual(frames, [
      { line: '{"op":"put","id":7}' },
      { id: 7, bytes: data },
      { id: 7, bytes: new Uint8Array() },
      { line: '{}' },
    ])
  }
})

test('a line that never ends is refused as soon as it is too long', () => {
  const parser = new FrameParser()
  const part = new Uint8Array(1 << 16).fill(120)
  assert.throws(() => {
    for (let sent = 0; sent <= maxLine; sent += part.length) [...parser.push(part)]
  }, FrameError)
})

test('a header of a frame must be well formed and small', () => {
  for (const header of ['#1\n', '#x 1\n', '#1 -1\n', '# 1 1\n', `#1 ${maxFrame + 1}\n`, '#1 99999999\n']) {
    assert.throws(() => [...new FrameParser().push(bytes(header))], FrameError, header)
  }
})

test('twenty megabytes that come in small pieces are parsed in linear time', () => {
  const parser = new FrameParser()
  const stream = Buffer.concat([...binaryFrames(1, new Uint8Array(20 << 20))])
  const before = performance.now()
  let size = 0
  for (let at = 0; at < stream.length; at += 4096) {
    for (const frame of parser.push(stream.subarray(at, at + 4096)))
      if ('bytes' in frame) size += frame.bytes.length
  }
  assert.equal(size, 20 << 20)
  assert.ok(performance.now() - before < 5000)
})

test('a message that does not fit in a line is not sent', () => {
  assert.throws(() => lineFrame({ code: 'x'.repeat(maxLine) }), FrameError)
})
