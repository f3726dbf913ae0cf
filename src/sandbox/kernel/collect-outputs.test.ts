import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { defaultSandboxLimits } from '../default-limits.ts'
import { collectOutputs } from './collect-outputs.ts'
import { FrameError } from './frames.ts'

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const display = (size: number) => ({ ev: 'display' as const, id: 1, data: {}, size })
const bytes = (...values: number[]) => ({ ev: 'bytes' as const, id: 1, bytes: Uint8Array.from(values) })

test('a picture that comes in parts is put together', () => {
  const collect = collectOutputs(defaultSandboxLimits)
  collect(display(10))
  assert.equal(collect(bytes(...signature.slice(0, 3))), undefined)
  assert.equal(collect(bytes(...signature.slice(3), 7)), undefined)
  assert.deepEqual(collect(bytes(9)), {
    type: 'display',
    data: { 'image/png': Buffer.from([...signature, 7, 9]).toString('base64') },
  })
})

test('a picture of more or of less bytes than told ends the session', () => {
  for (const part of [bytes(1, 2, 3, 4), bytes()]) {
    const collect = collectOutputs(defaultSandboxLimits)
    collect(display(3))
    assert.throws(() => collect(part), FrameError)
  }
})

test('a picture that comes in small parts takes no more memory than its size', () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const collect = collectOutputs(defaultSandboxLimits)
  collect(display(8 << 20))
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let n = 0; n < 40_000; n++) collect(bytes(0))
  collectGarbage()
  const taken = process.memoryUsage().heapUsed - before
  assert.equal(collect(bytes(0)), undefined, 'it still waits for more')
  assert.ok(taken < 8 << 20, `${taken} bytes`)
})

test('a picture that comes byte by byte, and texts of one character, end the session by their number', () => {
  const oneByOne = (first: Parameters<ReturnType<typeof collectOutputs>>[0], answer: typeof first) => {
    const collect = collectOutputs({ ...defaultSandboxLimits, output: 1 << 20 })
    collect(first)
    // With 64 bytes for each, these are more than three megabytes.
    for (let count = 0; count < 50_000; count++) collect(answer)
  }
  const text = { ev: 'stream' as const, id: 1, name: 'stdout' as const, text: 'x' }
  assert.throws(() => oneByOne(display(8 << 20), bytes(0)), FrameError)
  assert.throws(() => oneByOne(text, text), FrameError)
})

test('outputs without a text are limited in number', () => {
  const collect = collectOutputs({ ...defaultSandboxLimits, output: 1000 })
  assert.throws(() => {
    for (let count = 0; count < 2 * defaultSandboxLimits.output; count++) collect(display(0))
  }, FrameError)
})
