import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { scripted } from '../../src/models/scripted.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'

const models = () => ({
  m: scripted([
    { toolCalls: [{ name: 'ask', arguments: '{}' }], usage: { input: 100, output: 10 } },
    { text: 'Hello.', usage: { input: 200, output: 20 } },
  ]),
})

/** The value of one line of the text format. */
function valueOf(text: string, line: string): number {
  const found = text.split('\n').find((one) => one.startsWith(`${line} `))
  assert.ok(found, `no ${line} in\n${text}`)
  return Number(found.slice(line.length + 1))
}

test('GET /metrics counts requests, runs, turns, tokens and commits, for the owner of the server', async () => {
  await using server = await startTestServer({ models: models() })
  const { client } = server
  const assistant = await client.beta.assistants.create({
    model: 'm',
    tools: [{ type: 'function', function: { name: 'ask', parameters: { type: 'object', properties: {} } } }],
  })
  const run = await client.beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'A secret' }] },
  })
  const [call] = run.required_action?.submit_tool_outputs.tool_calls ?? []
  const text = async () => (await raw(server, 'GET', '/metrics')).text
  assert.equal(valueOf(await text(), 'threadmill_runs_active{status="requires_action"}'), 1)
  await client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id: run.thread_id,
    tool_outputs: [{ tool_call_id: call?.id ?? '', output: 'x' }],
  })
  await assert.rejects(client.beta.assistants.retrieve('asst_unknown'))
  const is = async (line: string, value: number) =>
    until(async () => valueOf(await text(), line) === value).catch(async () =>
      assert.equal(valueOf(await text(), line), value, line),
    )
  await is('threadmill_runs_ended_total{status="completed"}', 1)
  await is('threadmill_run_queue_seconds_count', 1)
  await is('threadmill_model_turn_seconds_count{provider="m",status="completed"}', 2)
  await is('threadmill_model_first_token_seconds_count{provider="m"}', 2)
  await is('threadmill_model_tokens_total{provider="m",type="input"}', 300)
  await is('threadmill_model_tokens_total{provider="m",type="output"}', 30)
  await is('threadmill_places_taken{work="runs"}', 0)
  await is('threadmill_places{work="runs"}', 768)
  await is(
    'threadmill_request_seconds_count{method="GET",route="/v1/assistants/:assistant_id",status="404"}',
    1,
  )
  await client.models.retrieve('m')
  await is('threadmill_request_seconds_count{method="GET",route="/v1/models/:model",status="200"}', 1)
  const all = await text()
  assert.ok(valueOf(all, 'threadmill_database_commit_seconds_count') > 3)
  assert.ok(valueOf(all, 'threadmill_event_loop_delay_max_seconds') >= 0)
  assert.ok(!all.includes('secret') && !all.includes(run.id) && !all.includes(server.apiKey))
})

test('GET /metrics is for nobody else', async () => {
  await using server = await startTestServer()
  const status = async (headers: Record<string, string>) =>
    (await raw(server, 'GET', '/metrics', undefined, headers)).status
  assert.equal(await status({ authorization: '' }), 401)
  assert.equal(await status({ authorization: 'Bearer wrong' }), 401)
  assert.equal(await status({ authorization: `Bearer ${server.server.adminKey}` }), 200)
})

test('the log has one line for each request, by whom and about which run, and no words of it', async () => {
  const logged: { fact: string; more: Record<string, unknown> }[] = []
  await using server = await startTestServer({
    models: { m: scripted([{ text: 'Hello.' }]) },
    log: (_level, fact, more = {}) => logged.push({ fact, more }),
  })
  const { client } = server
  const assistant = await client.beta.assistants.create({ model: 'm' })
  const stream = client.beta.threads.createAndRunStream({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'A secret' }] },
  })
  const run = await stream.finalRun()
  await client.beta.threads.runs.retrieve(run.id, { thread_id: run.thread_id })
  const refused = await raw(server, 'GET', '/v1/threads/A%20secret', undefined, { authorization: '' })
  const lines = () => logged.filter(({ fact }) => fact === 'request').map(({ more }) => more)
  await until(async () => lines().length >= 4)
  const [created, streamed, read, last] = lines()
  const known = { project: 'default', key: 'key_default' }
  assert.deepEqual(
    { ...created, ms: 0, request: '' },
    { method: 'POST', route: '/v1/assistants', status: 200, ms: 0, request: '', ...known },
  )
  assert.deepEqual([streamed?.['route'], streamed?.['run']], ['/v1/threads/runs', run.id])
  assert.deepEqual([read?.['route'], read?.['run']], ['/v1/threads/:thread_id/runs/:run_id', run.id])
  assert.equal(last?.['status'], 401)
  assert.equal(last?.['request'], refused.headers.get('x-request-id'))
  assert.ok(!JSON.stringify(logged).includes('secret'))
})

test('a blocked event loop is told', async () => {
  const facts: string[] = []
  await using _server = await startTestServer({ log: (_level, fact) => facts.push(fact) })
  // Timers of the server have begun.
  await sleep(10)
  const until1500 = performance.now() + 1_500
  while (performance.now() < until1500);
  await until(async () => facts.includes('the event loop was blocked'))
})
