import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import { logStart, type RunEvent } from '../contract/run-events.ts'
import { noLog } from '../common/log.ts'
import type { Env } from './call.ts'
import { startJsonParser } from './json-parser.ts'
import { eventStream } from './sse.ts'

const batch = (...numbers: number[]): RunEvent[] =>
  numbers.map((seq) => ({ attempt: 1, seq, event: 'thread.run.queued', data: `{"n":${seq}}` }))

/** The answer of a route that streams what the generator gives. */
async function streamOf(
  follow: (signal: AbortSignal) => AsyncGenerator<RunEvent[], void>,
  closing = new AbortController().signal,
): Promise<Response> {
  const app = new Hono<Env>()
  app.get('/', (c) => {
    c.set('call', { requestId: 'req_1', began: 0, json: startJsonParser(), closing })
    return eventStream(c, { log: noLog, from: logStart }, follow)
  })
  return app.request('/')
}

test('events have name, data and id in this order, and the last one is done', async () => {
  const response = await streamOf(async function* () {
    yield batch(1, 2)
    yield batch(3)
  })
  const event = (n: number) => `event: thread.run.queued\ndata: {"n":${n}}\nid: 1-${n}\n\n`
  assert.equal(
    await response.text(),
    event(1) + event(2) + event(3) + 'event: done\ndata: [DONE]\nid: 1-3\n\n',
  )
})

test('a silent stream is kept alive by comments', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let go = () => {}
  const waiting = new Promise<void>((resolve) => (go = resolve))
  const response = await streamOf(async function* () {
    await waiting
    yield batch(1)
  })
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  for (let silence = 0; silence < 2; silence++) {
    const next = reader.read()
    // The timer is set when the reader has asked, a turn of the event loop later.
    await new Promise((resolve) => setImmediate(resolve))
    t.mock.timers.tick(15_000)
    assert.equal((await next).value, ': keep-alive\n')
  }
  go()
  assert.match((await reader.read()).value ?? '', /^event: thread\.run\.queued\n/)
})

test('a failure in the middle is the wrapped error, and nothing comes after it', async () => {
  const response = await streamOf(async function* () {
    yield batch(1)
    throw new Error('the disk is gone')
  })
  const [, error, rest] = (await response.text()).split('\n\n')
  const [name, data, id] = error?.split('\n') ?? []
  assert.equal(name, 'event: error')
  assert.equal(id, 'id: 1-1')
  const { message, ...others } = JSON.parse(data?.slice('data: '.length) ?? '').error
  assert.deepEqual(others, { type: 'server_error', param: null, code: null })
  assert.match(message, /req_1/)
  assert.doesNotMatch(message, /disk/)
  assert.equal(rest, '')
})

test('a batch is asked for when the one before was taken, and a reader that leaves ends the follower', async () => {
  let asked = 0
  let ended = false
  const response = await streamOf(async function* (signal) {
    try {
      for (;;) yield batch(++asked)
    } finally {
      ended = signal.aborted
    }
  })
  const turns = () => new Promise((resolve) => setTimeout(resolve, 20))
  await turns()
  assert.equal(asked, 0)
  const reader = response.body!.getReader()
  await reader.read()
  await reader.read()
  await turns()
  assert.equal(asked, 2)
  await reader.cancel()
  assert.equal(ended, true)
})

test('when the server closes, a stream ends with a comment, without an end of the run', async () => {
  const closing = new AbortController()
  let left = false
  const response = await streamOf(async function* (signal) {
    try {
      yield batch(1)
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    } finally {
      left = true
    }
  }, closing.signal)
  const text = response.text()
  closing.abort()
  assert.equal(
    await text,
    'event: thread.run.queued\ndata: {"n":1}\nid: 1-1\n\n: the server closes; the stream goes on after the last id\n',
  )
  assert.equal(left, true)
})
