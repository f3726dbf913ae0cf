import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { defaultSandboxLimits } from '../default-limits.ts'
import { binaryFrames, endFrame, lineFrame } from './frames.ts'
import { ProcessKernel } from './process-kernel.ts'

/** A kernel whose program sends `ready` and then whatever `answer` makes of the requests. */
async function hostile(answer: (request: { id: number; op: string }, output: PassThrough) => unknown) {
  const ended = Promise.withResolvers<void>()
  const input = new PassThrough()
  const output = new PassThrough()
  input.on('data', (chunk: Buffer) => {
    if (!chunk.toString().startsWith('{')) return
    const request = JSON.parse(chunk.toString()) as { id: number; op: string }
    if (request.op === 'hello') output.write(lineFrame({ ev: 'ready', id: request.id }))
    else void answer(request, output)
  })
  const kill = () => ended.resolve()
  const child = { input, output, pid: 0, complaint: () => '', kill, ended: ended.promise }
  return await ProcessKernel.start(async () => child, defaultSandboxLimits)
}

test('many small files, each of which comes slowly, end the session together', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let now = 0
  let isOver = false
  t.mock.method(performance, 'now', () => now)
  const kernel = await hostile(async ({ id }, output) => {
    output.write(lineFrame({ ev: 'file', id, size: 1 }))
    for (let seconds = 0; seconds < 5; seconds++) {
      await turn()
      if (isOver) return
      now += 1000
      t.mock.timers.tick(1000)
    }
    for (const part of binaryFrames(id, new Uint8Array(1))) output.write(part)
    output.write(endFrame(id))
  })
  let files = 0
  await assert.rejects(async () => {
    for (; files < 20; files++) await Array.fromAsync(kernel.getFile('x', 100))
  }, /too slowly/)
  isOver = true
  assert.ok(files > 3 && files < 8, `${files} files of 5 s each`)
  assert.deepEqual(await kernel.closed, { reason: 'crashed' })
})

test('a file that is taken slowly, each part of it in time, ends the session', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const kernel = await hostile(() => {})
  async function* parts() {
    for (let seconds = 0; seconds < 100; seconds++) {
      await turn()
      t.mock.timers.tick(1000)
      yield new Uint8Array(1)
    }
  }
  await assert.rejects(kernel.putFile('x', parts(), { size: 100 }), /too slowly/)
  assert.deepEqual(await kernel.closed, { reason: 'crashed' })
})

test('a file that comes byte by byte, each of them in time, ends the session', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const ended = Promise.withResolvers<void>()
  const input = new PassThrough()
  const output = new PassThrough()
  let id = 0
  input.on('data', (line: Buffer) => {
    const request = JSON.parse(line.toString()) as { id: number; op: string }
    id = request.id
    if (request.op === 'hello') output.write(lineFrame({ ev: 'ready', id }))
    if (request.op === 'get') output.write(lineFrame({ ev: 'file', id, size: 100 }))
  })
  const kill = () => ended.resolve()
  const child = { input, output, pid: 0, complaint: () => '', kill, ended: ended.promise }
  const kernel = await ProcessKernel.start(async () => child, defaultSandboxLimits)
  const reading = assert.rejects(Array.fromAsync(kernel.getFile('x', 100)), /too slowly/)
  for (let seconds = 0; seconds < 50; seconds++) {
    await turn()
    for (const part of binaryFrames(id, new Uint8Array(1))) output.write(part)
    await turn()
    t.mock.timers.tick(1000)
  }
  await reading
  assert.deepEqual(await kernel.closed, { reason: 'crashed' })
})
