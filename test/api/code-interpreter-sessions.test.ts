import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import { code, startCodeServer, type CodeServer } from '../code-server.ts'
import { until } from '../runs.ts'

let server: CodeServer
before(async () => {
  server = await startCodeServer({ settings: { call_seconds: 5, memory_mb: 400 } })
})
after(() => server[Symbol.asyncDispose]())

const begin = code('kept = 1\nopen("/mnt/data/kept.txt", "w").write("still here");')
const look = code('print("kept" in globals(), open("/mnt/data/kept.txt").read())')
const gone = 'False still here\n'
const isNew = /\(This is a new Python session: earlier variables are gone, files remain\.\)/

test('a session that uses too much memory is ended; the model is told why, and goes on', async () => {
  // What Python itself allocates ends in a MemoryError; this is memory that only the host sees.
  const hog = `try:
    import js
    parts = []
    while True: parts.append(js.Uint8Array.new(50 << 20).fill(1))
except ImportError:
    import mmap
    memory = mmap.mmap(-1, 2 << 30)
    part = bytes(50 << 20)
    while True: memory.write(part)`
  const s = await server.createFixture('hog', [begin, code(hog), look, { text: 'Again.' }])
  const run = await s.run()
  assert.equal(run.status, 'completed')
  const [, ended, after] = await s.calls(run.id)
  const why =
    /session ended: it used more than 400 MB of memory\. Its variables are gone, and files that this call wrote were not kept/
  assert.match(JSON.stringify(ended?.outputs), why)
  assert.ok(server.told.some((text) => why.test(text)))
  assert.deepEqual(after?.outputs, [{ type: 'logs', logs: gone }])
  assert.match(server.told.at(-1) ?? '', isNew)
})

test('a program that takes too long is interrupted and says so, and its variables are there', async () => {
  const s = await server.createFixture('slow', [
    code('n = 7\nwhile True: pass'),
    code('n'),
    { text: 'Seven.' },
  ])
  const run = await s.run()
  const [slow, next] = await s.calls(run.id)
  assert.match(JSON.stringify(slow?.outputs), /TimeoutError: the cell took more than 5 s and was interrupted/)
  assert.deepEqual(next?.outputs, [{ type: 'logs', logs: '7\n' }])
})

test('a program that cannot be interrupted is ended with its session, and the model is told', async () => {
  const stubborn = 'import time\nwhile True:\n    try: time.sleep(1)\n    except BaseException: pass'
  const s = await server.createFixture('stubborn', [begin, code(stubborn), look, { text: 'Again.' }])
  const run = await s.run()
  const [, ended, after] = await s.calls(run.id)
  assert.match(JSON.stringify(ended?.outputs), /session ended: it did not react to being interrupted/)
  assert.deepEqual(after?.outputs, [{ type: 'logs', logs: gone }])
})

test('sessions are counted when they begin', async () => {
  const { usage } = new OpenAI({
    baseURL: `${server.url}/v1`,
    apiKey: server.apiKey,
    adminAPIKey: server.server.adminKey,
  }).admin.organization
  const count = async () => {
    const page = await usage.codeInterpreterSessions({
      start_time: Math.floor(Date.now() / 1_000) - 3_600,
      group_by: ['project_id'],
    })
    return page.data.flatMap(({ results }) => results) as Sessions[]
  }
  const before = (await count()).reduce((sum, { num_sessions }) => sum + num_sessions, 0)
  const s = await server.createFixture('counted', [begin, look, { text: 'Done.' }])
  assert.equal((await s.run()).status, 'completed')
  assert.deepEqual(await count(), [
    {
      object: 'organization.usage.code_interpreter_sessions.result',
      num_sessions: before + 1,
      project_id: 'default',
    },
  ])
})

type Sessions =
  OpenAI.Admin.Organization.UsageCodeInterpreterSessionsResponse.Data.OrganizationUsageCodeInterpreterSessionsResult

test('what a program leaves behind may end the session later, which fails no run', async () => {
  const late = 'import ctypes, threading\nthreading.Timer(0.001, lambda: ctypes.string_at(0)).start()'
  const crash = 'import sys\nsys.setrecursionlimit(10**8)\ndef f(): return f()\nf()'
  const program = `try:\n    exec(${JSON.stringify(late)})\nexcept RuntimeError:\n    exec(${JSON.stringify(crash)})`
  const s = await server.createFixture('late', [begin, code(program), look, look, { text: 'Again.' }])
  const run = await s.run()
  assert.equal(run.status, 'completed')
  // The first look may have been on its way when the session ended.
  assert.deepEqual((await s.calls(run.id))[3]?.outputs, [{ type: 'logs', logs: gone }])
})

test('a session that nobody used for long enough is gone, and the model is told in the next one', async () => {
  // A twentieth of a second: gone before the model has asked for the next call, or for one after that.
  await using idle = await startCodeServer({ settings: { idle_minutes: 0.05 / 60 } })
  const first = await idle.createFixture('first', [begin, { text: 'Kept.' }])
  assert.equal((await first.run()).status, 'completed')
  await until(async () => {
    const next = await idle.createFixture('next', [look, { text: 'Seen.' }], { threadId: first.thread.id })
    const [call] = await next.calls((await next.run()).id)
    if (!isNew.test(idle.told.at(-1) ?? '')) return false
    assert.deepEqual(call?.outputs, [{ type: 'logs', logs: gone }])
    return true
  })
})

test('cancelling a run interrupts its program at once; what was shown and the variables are still there', async () => {
  const busy = `import time
stopped = 0
try:
    print("busy")
    while True: pass
except KeyboardInterrupt:
    stopped = time.time()`
  const s = await server.createFixture('cancel', [code(busy), code('stopped'), { text: 'Stopped.' }])
  const { runs } = server.client.beta.threads
  let asked = 0
  const stream = runs.stream(s.thread.id, { assistant_id: s.assistant.id })
  stream.on('toolCallDelta', (delta) => {
    if (asked || delta.type !== 'code_interpreter' || !delta.code_interpreter?.outputs?.length) return
    asked = Date.now()
    void runs.cancel(stream.currentRun()!.id, { thread_id: s.thread.id })
  })
  await stream.done().catch(() => {})
  const run = stream.currentRun()!
  assert.equal(run.status, 'cancelled')
  const [cancelled] = (await runs.steps.list(run.id, { thread_id: s.thread.id })).data
  assert.equal(cancelled?.status, 'cancelled')
  assert.ok((cancelled.usage?.total_tokens ?? 0) > 0, 'the turn that was paid for is counted')
  assert.deepEqual(await s.calls(run.id), [{ input: busy, outputs: [{ type: 'logs', logs: 'busy\n' }] }])
  const [call] = await s.calls((await s.run()).id)
  const [output] = call?.outputs ?? []
  assert.ok(output?.type === 'logs')
  const took = Number(output.logs) * 1000 - asked
  // 200 ms is meant, which bench/cancel-cell.ts measures. By itself it would have ended after five seconds.
  assert.ok(took > -5 && took < 4_000, `${took} ms`)
})
