import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'

test('GET /health tells a stranger that the server works, and nothing else', async () => {
  await using server = await startTestServer()
  for (const authorization of ['', 'Bearer wrong']) {
    const { status, json } = await raw(server, 'GET', '/health', undefined, { authorization })
    assert.equal(status, 200)
    assert.deepEqual(json, { status: 'ok' })
  }
})

test('GET /health tells the owner of the key how the code interpreter is confined, and why so', async () => {
  await using server = await startTestServer({ env: { THREADMILL_CODE_INTERPRETER: 'pyodide' } })
  const { id, isolation, reason } = await server.server.sandbox
  const { json } = await raw(server, 'GET', '/health')
  assert.equal(json.status, 'ok')
  assert.match(json.version, /^\d+\.\d+\.\d+/)
  const { state, ...more } = json.code_interpreter
  assert.equal(state, 'ready')
  assert.match(id, /^pyodide\+/)
  assert.deepEqual({ id: more.id, isolation: more.isolation, reason: more.reason }, { id, isolation, reason })
})

test('a code interpreter that is switched off is none', async () => {
  await using server = await startTestServer()
  await server.server.sandbox
  const { json } = await raw(server, 'GET', '/health')
  assert.deepEqual(json.code_interpreter, {
    state: 'unavailable',
    id: 'none',
    isolation: 'none',
    reason: 'the code interpreter is switched off on this server',
  })
})

test('GET /health tells the owner of the key of the database and the disk', async () => {
  await using server = await startTestServer()
  const { client } = server
  const { json } = await raw(server, 'GET', '/health')
  const { kind, bytes, leads, servers_at_work, servers_connected, files_to_index } = json.database
  assert.equal(kind, process.env['THREADMILL_TEST_DATABASE'] === 'postgres' ? 'postgres' : 'sqlite')
  assert.equal(servers_connected, kind === 'postgres' ? 1 : null)
  assert.deepEqual(json.python_sessions, { open: 0, memory_bytes: 0 })
  assert.equal(json.telemetry, null)
  assert.ok(bytes > 50_000, `${bytes} bytes`)
  assert.equal(typeof leads, 'boolean')
  assert.deepEqual({ servers_at_work, files_to_index }, { servers_at_work: 0, files_to_index: 0 })
  assert.ok(json.disk.free_bytes > 0 && json.disk.total_bytes >= json.disk.free_bytes)
  assert.ok(json.started_at <= Date.now() / 1_000)
  // No database can make it smaller.
  const long = randomBytes(150_000).toString('base64')
  const { id } = await client.beta.threads.create()
  for (let count = 0; count < 5; count++)
    await client.beta.threads.messages.create(id, { role: 'user', content: long })
  const after = (await raw(server, 'GET', '/health')).json
  assert.ok(after.database.bytes > bytes + 500_000, 'it has grown')
})

test('GET /health tells what each server holds, where files are, and on which Node it runs', async () => {
  const model = scripted(() => ({ text: 'I am still ', hang: true }))
  await using server = await startTestServer({ models: { scripted: model } })
  const { client } = server
  const idle = (await raw(server, 'GET', '/health')).json
  assert.equal(idle.node, process.versions.node)
  assert.deepEqual(idle.file_storage, { kind: 'folder', place: null })
  const [own, ...others] = idle.database.servers
  assert.deepEqual(own, { id: own.id, self: true, since: null, runs: 0, files: 0 })
  assert.deepEqual(others, [])

  const { id: assistant_id } = await client.beta.assistants.create({ model: 'scripted' })
  const messages = [{ role: 'user' as const, content: 'Hello' }]
  const run = await client.beta.threads.createAndRun({ assistant_id, thread: { messages } })
  await until(async () => model.calls.length === 1)
  const busy = (await raw(server, 'GET', '/health')).json.database
  assert.deepEqual(busy.servers, [{ id: own.id, self: true, since: run.created_at, runs: 1, files: 0 }])
  assert.equal(busy.servers_at_work, 1)
  assert.deepEqual(busy.active_runs, { in_progress: 1 })
  assert.equal(busy.oldest_queued_at, null)
  await client.beta.threads.runs.cancel(run.id, { thread_id: run.thread_id })
})
