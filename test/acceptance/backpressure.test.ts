import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startFakeUpstream } from '../fake-upstream.ts'
import { apiKey, call, json, startServer, streamed, temporaryFolder } from './child.ts'
import { isOver, take } from './reader.ts'
import type { SeenEvent } from '../runs.ts'

const mebibyte = 2 ** 20
/** The resident memory of a process in bytes; undefined where the system does not say. */
function resident(pid: number): number | undefined {
  try {
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024
  } catch {
    return undefined
  }
}

/** So many that what they do not read would be several times what a process takes and gives back by itself. */
const slowReaders = 60
const pieces = 12_000
/** Of every delta: a stream of the whole answer is `pieces` times as much and more. */
const pieceBytes = 1_000

test('readers that do not read cost a bounded memory, stop no run and slow no other reader', async (t) => {
  if (resident(process.pid) === undefined)
    return t.skip('this system does not say how much memory a process has')
  const piece = 'x'.repeat(pieceBytes - 1) + ' '
  await using upstream = await startFakeUpstream({
    record: false,
    reply: { tokens: Array.from({ length: pieces }, () => piece) },
  })
  using folder = temporaryFolder()
  const env = { OPENAI_BASE_URL: `${upstream.url}/v1`, THREADMILL_MAX_ANSWER_BYTES: String(2 ** 25) }
  await using server = await startServer(folder.path, env)
  const post = async (path: string, body: object) => json(await call(`${server.url}/v1${path}`, 'POST', body))

  const assistant = await post('/assistants', { model: 'fake' })
  /** Follows a run to its end as a good reader; `began` is called at its first event. */
  async function listen(began?: (event: SeenEvent) => Promise<void>) {
    const response = await call(`${server.url}/v1/threads/runs`, 'POST', {
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content: 'Go on' }] },
      stream: true,
    })
    const seen: SeenEvent[] = []
    for await (const event of streamed(response)) {
      if (event.event === 'done') break
      take(seen, event)
      if (event.event === 'thread.run.created') await began?.(event)
    }
    assert.ok(seen.some(isOver))
    return seen
  }
  const stream = (run: { id: string; thread_id: string }) => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.pause()
    socket.write(
      `GET /v1/threads/${run.thread_id}/runs/${run.id}/stream HTTP/1.1\r\nhost: localhost\r\n` +
        `authorization: Bearer ${apiKey}\r\n\r\n`,
    )
    return socket
  }

  let most = 0
  const look = setInterval(() => (most = Math.max(most, resident(server.pid) ?? 0)), 20)
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => clearInterval(look))
  await listen()
  const alone = most

  const sockets: ReturnType<typeof stream>[] = []
  cleanup.defer(() => sockets.forEach((socket) => socket.destroy()))
  let followed: { id: string; thread_id: string } | undefined
  const seen = await listen(async ({ data }) => {
    followed = data
    for (let at = 0; at < slowReaders; at++) sockets.push(stream(data))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  })
  assert.equal(seen.at(-1)?.event, 'thread.run.completed')
  const text = seen.findLast(({ event }) => event === 'thread.message.completed')?.data.content[0].text.value
  assert.equal(text.length, pieces * pieceBytes)
  assert.ok(sockets.every((socket) => socket.bytesRead < pieces * pieceBytes))

  const more = most - alone
  t.diagnostic(
    `${Math.round(alone / mebibyte)} MB with one reader that reads, ${Math.round(more / mebibyte)} MB more with ` +
      `${slowReaders} that do not; their streams are ${Math.round((slowReaders * pieces * pieceBytes) / mebibyte)} MB`,
  )
  assert.ok(more < (slowReaders * pieces * pieceBytes) / 3)

  // Whoever was slow can still read all of it.
  const late: SeenEvent[] = []
  const path = `/threads/${followed?.thread_id}/runs/${followed?.id}/stream`
  for await (const event of streamed(await call(`${server.url}/v1${path}`, 'GET'))) {
    if (event.event !== 'done') take(late, event)
  }
  assert.deepEqual(late, seen)
})
