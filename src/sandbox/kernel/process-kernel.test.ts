import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { defaultLimits } from '../default-limits.ts'
import { binaryFrames, lineFrame } from './frames.ts'
import { ProcessKernel } from './process-kernel.ts'

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
  const kernel = await ProcessKernel.start(async () => child, defaultLimits)
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
