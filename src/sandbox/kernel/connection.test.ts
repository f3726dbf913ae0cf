import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import { test } from 'node:test'
import { Connection } from './connection.ts'

const late = AbortSignal.timeout(60_000)
const inTime = <T>(work: Promise<T>) =>
  Promise.race([work, once(late, 'abort').then(() => Promise.reject(new Error('it hangs')))])

test('a call to a process whose input was closed first ends with its output', async () => {
  const input = new PassThrough()
  const output = new PassThrough()
  const connection = new Connection(input, output, () => {})
  input.destroy()
  await once(input, 'close')
  const call = inTime(connection.call({ op: 'run' }).next())
  setImmediate(() => output.destroy())
  await assert.rejects(call, /the process ended/)
})

test('a call whose request is never taken ends with the process', async () => {
  const full = new Writable({ highWaterMark: 1, write: () => {} })
  const output = new PassThrough()
  const connection = new Connection(full, output, () => {})
  const call = inTime(connection.call({ op: 'run' }).next())
  setImmediate(() => output.destroy())
  await assert.rejects(call, /the process ended/)
})

test('a process that takes nothing for too long is given up', async () => {
  const full = new Writable({ highWaterMark: 1, write: () => {} })
  const connection = new Connection(full, new PassThrough(), () => {})
  await assert.rejects(
    inTime(connection.call({ op: 'put' }, { timeoutMs: 20 }).next()),
    /the kernel does not answer/,
  )
})
