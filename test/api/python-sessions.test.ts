import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { PythonSession } from '../../src/contract/python-sessions.ts'
import { code, startCodeServer, type CodeServer } from '../code-server.ts'
import { raw, refused } from '../raw.ts'
import { until } from '../runs.ts'
import { askAdmin, newProject } from '../team.ts'

let server: CodeServer
before(async () => {
  server = await startCodeServer()
})
after(() => server[Symbol.asyncDispose]())

const look = (threadId: string) => server.client.get<PythonSession>(`/threads/${threadId}/python_session`)
const end = (threadId: string) => server.client.delete(`/threads/${threadId}/python_session`)
const deleted = (thread_id: string, was: boolean) => ({
  object: 'thread.python_session.deleted',
  thread_id,
  deleted: was,
})

test('a thread says whether it has a Python session; when it is ended, variables are gone and files remain', async () => {
  const s = await server.createFixture('restart', [
    code('kept = 41\nopen("/mnt/data/kept.txt", "w").write("41")'),
    { text: 'Done.' },
    code('print("kept" in globals(), open("/mnt/data/kept.txt").read())'),
    { text: 'Gone.' },
  ])
  const { id } = s.thread
  const none = {
    object: 'thread.python_session',
    thread_id: id,
    status: 'none',
    started_at: null,
    idle_since: null,
  }
  assert.deepEqual(await look(id), none)
  assert.deepEqual(await end(id), deleted(id, false))
  await s.run()
  const idle = await look(id)
  assert.equal(idle.status, 'idle')
  assert.ok(idle.started_at !== null && idle.idle_since !== null && idle.idle_since >= idle.started_at)
  assert.match(String(idle.started_at), /^\d{10}(\.\d{1,3})?$/)
  assert.deepEqual(await end(id), deleted(id, true))
  assert.deepEqual(await look(id), none)
  const run = await s.run()
  assert.equal(run.status, 'completed')
  const [call] = await s.calls(run.id)
  assert.deepEqual(call?.outputs, [{ type: 'logs', logs: 'False 41\n' }])
  assert.match(server.told.at(-1) ?? '', /new Python session/)
})

test('a program that runs ends with its session, and the model is told and goes on in a new one', async () => {
  const s = await server.createFixture('endless', [
    code('import time\nprint("begun", flush=True)\ntime.sleep(600)'),
    code('print("again")'),
    { text: 'Done.' },
  ])
  const { id } = s.thread
  const running = s.run()
  await until(async () => (await look(id)).status === 'running')
  const state = await look(id)
  assert.deepEqual([state.status, state.idle_since], ['running', null])
  assert.deepEqual(await end(id), deleted(id, true))
  const run = await running
  assert.equal(run.status, 'completed')
  const calls = await s.calls(run.id)
  assert.deepEqual(calls[1]?.outputs, [{ type: 'logs', logs: 'again\n' }])
})

test('the owner of the server is told how much memory open sessions take, in its numbers and in the report of health', async () => {
  const s = await server.createFixture('memory', [code('kept = bytearray(64 << 20)'), { text: 'Done.' }])
  const measured = async () => {
    const { text } = await raw(server, 'GET', '/metrics')
    const line = /^threadmill_python_sessions_memory_bytes (\S+)$/m.exec(text)
    return Number(line?.[1])
  }
  await s.run()
  const more = await measured()
  assert.ok(more > 64 << 20 && more < 2 ** 32, `${more} bytes`)
  const { python_sessions } = (await raw(server, 'GET', '/health')).json
  assert.ok(python_sessions.open >= 1 && python_sessions.memory_bytes > 64 << 20)
  await end(s.thread.id)
  await until(async () => (await measured()) < more - (48 << 20))
})

test('the session of an unknown thread is not found', async () => {
  const message = "No thread found with id 'thread_nowhere'."
  for (const method of ['GET', 'DELETE'])
    refused(await raw(server, method, '/v1/threads/thread_nowhere/python_session'), 404, message)
})

test('a project at its limit of sessions ends the one that was idle for longest, and none of another project', async () => {
  const answer = () => [code('print(1)'), { text: 'Done.' }]
  const first = await server.createFixture('limit one', answer())
  const second = await server.createFixture('limit two', answer())
  await first.run()
  const path = '/projects/default/limits'
  await askAdmin(server, 'POST', path, { max_code_interpreter_sessions: 1 })
  try {
    await end(first.thread.id)
    const again = await server.createFixture('limit again', answer())
    await again.run()
    assert.equal((await look(again.thread.id)).status, 'idle')
    await second.run()
    assert.equal((await look(second.thread.id)).status, 'idle')
    assert.equal((await look(again.thread.id)).status, 'none')
  } finally {
    await askAdmin(server, 'POST', path, { max_code_interpreter_sessions: null })
  }
})

test('a program of another project finds neither variables nor files of this one', async () => {
  const s = await server.createFixture('ours', [
    code('secret = 1\nopen("/mnt/data/secret.txt", "w").write("secret")'),
    { text: 'Done.' },
  ])
  await s.run()
  const { client } = await newProject(server)
  const program = 'import os\nprint("secret" in globals(), os.listdir("/mnt/data"))'
  server.script('theirs', [code(program), { text: 'Done.' }])
  const { assistants, threads } = client.beta
  const tools = [{ type: 'code_interpreter' as const }]
  const { id: assistant_id } = await assistants.create({ model: 'scripted', instructions: 'theirs', tools })
  const run = await threads.createAndRunPoll({ assistant_id }, { pollIntervalMs: 50 })
  assert.equal(run.status, 'completed')
  assert.match(server.told.at(-1) ?? '', /^False \[\]/)
  assert.equal((await look(s.thread.id)).status, 'idle')
})
