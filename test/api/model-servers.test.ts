import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { connect, createServer as createTcpServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import OpenAI from 'openai'
import { startFakeUpstream } from '../fake-upstream.ts'
import { freePort } from '../ports.ts'
import { say, startRawUpstream } from '../raw-upstream.ts'
import { raw } from '../raw.ts'
import { addTrigger, until } from '../runs.ts'
import { startTestServer } from '../server.ts'

test('a model that sends nothing in time is named in the end of its run', async () => {
  await using s = await startRawUpstream(() => {}, { env: { THREADMILL_FIRST_BYTE_TIMEOUT: '1' } })
  const { run } = await s.run()
  assert.equal(run.status, 'failed')
  assert.match(run.last_error?.message ?? '', /'openai-compatible\/tiny' sent nothing for 1 seconds/)
  assert.equal(s.requests.length, 2)
})

test('comments are a sign of life', async () => {
  await using s = await startRawUpstream(
    (response) => {
      response.write(': waiting\n\n')
      setTimeout(() => response.end(say('Here.')), 3_500)
    },
    { env: { THREADMILL_FIRST_BYTE_TIMEOUT: '3' } },
  )
  assert.equal((await s.run()).run.status, 'completed')
})

const pathOf = ({ id, thread_id }: OpenAI.Beta.Threads.Run) => `/v1/threads/${thread_id}/runs/${id}`

test('while a model server cannot be reached its models are not unknown, and a run of an assistant waits for it', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const port = await freePort()
  const env = { OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1` }
  const fake = () => startFakeUpstream({ port, models: ['tiny'], reply: { tokens: ['Here.'] } })
  try {
    let assistantId = ''
    {
      await using _upstream = await fake()
      await using s = await startTestServer({ env, dataDir })
      assistantId = (await s.client.beta.assistants.create({ model: 'tiny' })).id
    }
    await using s = await startTestServer({ env, dataDir })
    await assert.rejects(s.client.beta.assistants.create({ model: 'tiny' }), (error) => {
      assert(error instanceof OpenAI.APIError)
      assert.equal(error.status, 503)
      assert.match(error.message, /the provider 'openai-compatible' cannot be reached \(ECONNREFUSED\)/)
      assert.equal(error.headers?.get('retry-after'), '1')
      return true
    })
    const thread = await s.client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
    const run = await s.client.beta.threads.runs.create(thread.id, { assistant_id: assistantId })
    await until(async () => {
      const { status } = await s.client.beta.threads.runs.retrieve(run.id, { thread_id: thread.id })
      return status === 'in_progress'
    })
    const { message } = await until(async () => (await raw(s, 'GET', pathOf(run))).json.status_details)
    assert.match(
      message,
      /^The run waits for its model: the provider 'openai-compatible' cannot be reached \(ECONN/,
    )
    await using _upstream = await fake()
    const ended = await s.client.beta.threads.runs.poll(run.id, { thread_id: thread.id })
    assert.equal(ended.status, 'completed')
    assert.equal((await s.client.beta.assistants.create({ model: 'tiny' })).model, 'tiny')
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})

test('a run that expires while it waits for a model server says for which, and why', async () => {
  await using s = await startRawUpstream(() => {})
  const assistant = await s.client.beta.assistants.create({ model: 'tiny' })
  const thread = await s.client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  // The time of a run is ten minutes; its worker reads when it is over as it takes the run up.
  await addTrigger(s, {
    name: 'soon',
    on: 'after insert on runs',
    does: { run: 'update runs set expires_at = new.created_at + 2 where id = new.id' },
  })
  const run = await s.client.beta.threads.runs.create(thread.id, { assistant_id: assistant.id })
  const ended = await s.client.beta.threads.runs.poll(run.id, { thread_id: thread.id })
  assert.equal(ended.status, 'expired')
  assert.deepEqual(ended.last_error, {
    code: 'server_error',
    message: "The run expired before the model 'openai-compatible/tiny' had answered.",
  })
})

const waits = 'runs wait for a provider that cannot be reached'

/** Our server with a provider 'lab' at this port, and the warnings that it logs. */
async function withLab(port: number, provider: object = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const THREADMILL_CONFIG = join(folder, 'config.json')
  const base_url = `http://127.0.0.1:${port}/v1`
  const lab = { type: 'openai-compatible', base_url, models: ['m1'], ...provider }
  writeFileSync(
    THREADMILL_CONFIG,
    JSON.stringify({ providers: { lab }, aliases: { 'gpt-4-turbo': 'lab/m1' } }),
  )
  const warnings: unknown[] = []
  const s = await startTestServer({
    env: { THREADMILL_CONFIG },
    log: (_level, fact, more) => fact === waits && warnings.push(more?.['provider']),
  })
  const { threads, assistants } = s.client.beta
  return {
    ...s,
    warnings,
    async begin(model: string) {
      const assistant = await assistants.create({ model })
      const thread = { messages: [{ role: 'user' as const, content: 'Hello' }] }
      return threads.createAndRun({ assistant_id: assistant.id, thread })
    },
    end: ({ id, thread_id }: OpenAI.Beta.Threads.Run) => threads.runs.poll(id, { thread_id }),
    async [Symbol.asyncDispose]() {
      await s[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

test('runs wait for a provider that cannot be reached, by whatever name they know its model', async () => {
  const port = await freePort()
  await using s = await withLab(port)
  const runs = await Promise.all(['lab/m1', 'm1', 'gpt-4-turbo'].map((model) => s.begin(model)))
  await until(async () => s.warnings.length > 0)
  for (const run of runs) {
    const details = await until(async () => (await raw(s, 'GET', pathOf(run))).json.status_details)
    const { type, reason, message } = details
    assert.deepEqual({ type, reason }, { type: 'in_progress', reason: 'provider_unreachable' })
    assert.match(
      message,
      /^The run waits for the provider 'lab': The connection to lab\/m1 failed: ECONNREFUSED\.$/,
    )
  }
  const { json: health } = await raw(s, 'GET', '/health')
  assert.match(health.unreachable_providers.lab, /ECONNREFUSED/)
  await using _lab = await startFakeUpstream({ port, models: ['m1'], reply: { tokens: ['Here.'] } })
  for (const run of runs) {
    assert.equal((await s.end(run)).status, 'completed')
    assert.ok(!('status_details' in (await raw(s, 'GET', pathOf(run))).json))
  }
  assert.deepEqual((await raw(s, 'GET', '/health')).json.unreachable_providers, {})
  assert.deepEqual(s.warnings, ['lab'])
})

test('a run that expires while its provider cannot be reached names the provider', async () => {
  await using s = await withLab(await freePort())
  await addTrigger(s, {
    name: 'soon',
    on: 'after insert on runs',
    does: { run: 'update runs set expires_at = new.created_at + 2 where id = new.id' },
  })
  const ended = await s.end(await s.begin('lab/m1'))
  assert.equal(ended.status, 'expired')
  assert.match(ended.last_error?.message ?? '', /'lab\/m1' had answered: .*lab\/m1 failed: ECONNREFUSED/)
})

test('a provider that is loading its model is waited for, one that is overloaded is not for long', async () => {
  const headers = { 'retry-after-ms': '1' }
  const answers = (message: string) => (_request: unknown, index: number) =>
    index < 10 ? { status: 503, error: { message }, headers } : { tokens: ['Here.'] }
  for (const [message, status] of [
    ['Loading model', 'completed'],
    ['Overloaded', 'failed'],
  ] as const) {
    await using lab = await startFakeUpstream({ models: ['m1'], reply: answers(message) })
    await using s = await withLab(lab.port)
    assert.equal((await s.end(await s.begin('lab/m1'))).status, status)
  }
})

/** A port of loopback whose queue of connections is full, so that no more of them come about. */
async function fullPort() {
  const listener = new Worker(
    `const { parentPort } = require('node:worker_threads')
     const server = require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port)
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
     })`,
    { eval: true },
  )
  const [port] = (await once(listener, 'message')) as [number]
  const waiting = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}))
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of waiting) socket.destroy()
      await listener.terminate()
    },
  }
}

test('a run on a provider to which no connection comes about fails soon and names it', async () => {
  await using full = await fullPort()
  await using s = await withLab(full.port, { connect_timeout: 0.2 })
  const ended = await s.end(await s.begin('lab/m1'))
  assert.deepEqual(
    [ended.status, ended.last_error],
    [
      'failed',
      {
        code: 'server_error',
        message: 'The connection to lab/m1 failed: no connection within 0.2 seconds',
      },
    ],
  )
})

test('a connection that is taken and never made safe is none', async () => {
  const mute = createTcpServer(() => {}).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const { port } = mute.address() as AddressInfo
  await using s = await withLab(port, { base_url: `https://127.0.0.1:${port}/v1`, connect_timeout: 0.2 })
  const ended = await s.end(await s.begin('lab/m1'))
  assert.match(ended.last_error?.message ?? '', /lab\/m1 failed: no connection within 0.2 seconds/)
  mute.close()
})
