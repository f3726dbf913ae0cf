import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NotFoundError } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import type { OwnTool } from '../../src/tools/own-tool.ts'
import { createRunFixture, executeSql, querySql, until } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { listEvents, ofType, readParts, readSpans } from '../timelines.ts'

const weather = { type: 'function' as const, function: { name: 'weather' } }

const dice: OwnTool = {
  type: 'dice',
  description: 'Throws a dice.',
  parameters: { type: 'object', properties: {} },
  run: () => 'You threw a 4.',
}

test('a plain run has waited for a worker and then for one answer', async () => {
  await using s = await createRunFixture([{ text: 'Hello there.', usage: { input: 20, output: 3 } }], {
    instructions: 'Be brief.',
  })
  const run = await s.finish()
  const spans = await readSpans(s.client, run)
  assert.deepEqual(
    spans.map(({ type, status, attempt, error }) => [type, status, attempt, error]),
    [
      ['queued', 'completed', 1, null],
      ['model_turn', 'completed', 1, null],
    ],
  )
  const [turn] = ofType(spans, 'model_turn')
  assert.ok(turn)
  const { data: steps } = await s.threads.runs.steps.list(run.id, { thread_id: s.thread.id })
  assert.deepEqual(turn.step_ids, [steps[0]?.id])
  assert.deepEqual([turn.model, turn.served_model, turn.provider], ['scripted', 'scripted', 'scripted'])
  assert.equal(turn.finish, 'stop')
  assert.deepEqual(turn.usage, run.usage)
  assert.ok(turn.first_token_at !== null && turn.first_token_at >= turn.started_at)
  assert.ok(turn.started_at > run.created_at - 1 && turn.started_at < run.created_at + 60)
  assert.match(String(turn.started_at), /^\d{10}(\.\d{1,3})?$/)
  const { window, window_known, reserved, parts } = turn.context
  assert.deepEqual([window, window_known, reserved], [128_000, false, 4_096])
  const { data: messages } = await s.threads.messages.list(s.thread.id, { order: 'asc' })
  assert.deepEqual(parts, [
    { type: 'instructions', tokens: 3 },
    { type: 'message', tokens: 6, message_id: messages[0]?.id, role: 'user', images: 0, attachments: 0 },
  ])
})

test('a run with functions has waited for its caller, and its later turn was sent the calls', async () => {
  await using s = await createRunFixture(
    [{ toolCalls: [{ name: 'weather', arguments: { city: 'Oslo' } }] }, { text: 'Sunny.' }],
    { tools: [weather] },
  )
  const asked = await s.finish()
  const waiting = ofType(await readSpans(s.client, asked), 'required_action')
  const ids = asked.required_action?.submit_tool_outputs.tool_calls.map(({ id }) => id) ?? []
  assert.deepEqual(
    waiting.map(({ call_ids, status }) => [call_ids, status]),
    [[ids, 'in_progress']],
  )
  const run = await s.threads.runs.submitToolOutputsAndPoll(asked.id, {
    thread_id: s.thread.id,
    tool_outputs: ids.map((tool_call_id) => ({ tool_call_id, output: 'sunny' })),
  })
  const spans = await readSpans(s.client, run)
  assert.deepEqual(
    spans.map(({ type, attempt, status }) => `${type} ${attempt} ${status}`),
    [
      'queued 1 completed',
      'model_turn 1 completed',
      'required_action 1 completed',
      'queued 2 completed',
      'model_turn 2 completed',
    ],
  )
  const [first, second] = ofType(spans, 'model_turn')
  assert.deepEqual([first?.finish, second?.finish], ['tool_calls', 'stop'])
  const [step_id] = first?.step_ids ?? []
  const types = second?.context.parts.map(({ type }) => type)
  assert.deepEqual(types, ['tools', 'message', 'tool_call', 'tool_result'])
  const [tools, , call, result] = second?.context.parts ?? []
  assert.deepEqual(tools?.type === 'tools' && tools.tools.map(({ name }) => name), ['weather'])
  const ref = { run_id: run.id, step_id, call_id: ids[0], tool: 'function' }
  assert.deepEqual(call, { type: 'tool_call', tokens: 8, ...ref })
  assert.deepEqual(result, { type: 'tool_result', tokens: 2, ...ref })
})

test('the calls of our tools have their time, and what was said with them belongs to the turn', async () => {
  await using s = await startTestServer({
    tools: [dice],
    models: {
      m: scripted((prompt) =>
        prompt.at(-1)?.role === 'tool'
          ? { text: 'A 4.' }
          : { text: 'Let me throw.', toolCalls: [{ name: 'dice', arguments: { sides: 6 } }] },
      ),
    },
  })
  const assistant = await s.client.beta.assistants.create({ model: 'm', tools: [{ type: 'dice' } as never] })
  const run = await s.client.beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'Throw' }] },
  })
  const { data: steps } = await s.client.beta.threads.runs.steps.list(run.id, {
    thread_id: run.thread_id,
    order: 'asc',
  })
  const spans = await readSpans(s.client, run)
  const [throwing] = ofType(spans, 'tool_call')
  const calls = steps.find(({ type }) => type === 'tool_calls')
  assert.ok(throwing && calls?.step_details.type === 'tool_calls')
  const { step_id, call_id, tool, name } = throwing
  assert.deepEqual([step_id, call_id], [calls.id, calls.step_details.tool_calls[0]?.id])
  assert.deepEqual([tool, name], ['dice', 'dice'])
  assert.deepEqual(
    ofType(spans, 'model_turn').flatMap(({ step_ids }) => step_ids),
    steps.map(({ id }) => id),
  )
  // In the next run the model is told of the calls again, and of nothing else but the messages.
  const next = await s.client.beta.threads.runs.createAndPoll(run.thread_id, {
    assistant_id: assistant.id,
    additional_messages: [{ role: 'user', content: 'Again' }],
  })
  const [parts] = await readParts(s.client, next)
  const replayed = parts?.find(({ type }) => type === 'tool_call')
  assert.deepEqual(replayed, { ...replayed, run_id: run.id, step_id: calls.id, call_id, tool: 'dice' })
})

test('a run shows what it is doing while it does it', async () => {
  await using s = await createRunFixture([{ hang: true }])
  const run = await s.run()
  const spans = await until(async () => {
    const found = await readSpans(s.client, run)
    return found.length === 2 && found
  })
  const [turn] = ofType(spans, 'model_turn')
  assert.equal(turn?.status, 'in_progress')
  assert.deepEqual([turn.ended_at, turn.first_token_at, turn.finish, turn.usage], [null, null, null, null])
  assert.deepEqual(turn.step_ids, [])
  await s.threads.runs.cancel(run.id, { thread_id: s.thread.id })
  const after = await readSpans(s.client, run)
  assert.deepEqual(
    after.map(({ id }) => id),
    spans.map(({ id }) => id),
  )
  assert.deepEqual(
    after.map(({ status }) => status),
    ['completed', 'cancelled'],
  )
})

test('a call of a tool that does not exist has failed, and the run goes on', async () => {
  await using s = await createRunFixture([
    { toolCalls: [{ name: 'made_up', arguments: {} }] },
    { text: 'There is no such tool.' },
  ])
  const run = await s.finish()
  assert.equal(run.status, 'completed')
  const [call] = ofType(await readSpans(s.client, run), 'tool_call')
  assert.deepEqual([call?.status, call?.error], ['failed', "Error: there is no tool named 'made_up'."])
})

test('a provider that fails at first has a failed turn, and a wait with its reason', async () => {
  await using s = await createRunFixture([
    { error: { status: 503, message: 'Overloaded' } } as never,
    { text: 'Here.' },
  ])
  const run = await s.finish()
  assert.equal(run.status, 'completed')
  const spans = await readSpans(s.client, run)
  assert.deepEqual(
    spans.map(({ type, status }) => `${type} ${status}`),
    ['queued completed', 'model_turn failed', 'retry completed', 'model_turn completed'],
  )
  assert.ok(spans[1]?.error)
  assert.equal(spans[2]?.error, spans[1]?.error)
})

test('each attempt at a run that was lost is there', async () => {
  await using s = await createRunFixture((_prompt, call) => (call === 0 ? { hang: true } : { text: 'Done.' }))
  const run = await s.run()
  await until(async () => (await readSpans(s.client, run)).length === 2)
  // As when its server was lost: nobody has the run, and another attempt takes it up.
  await executeSql(
    s,
    'update runs set lease_owner = null, lease_until = null, losses = 1 where id = ?',
    run.id,
  )
  await until(
    async () => (await s.threads.runs.retrieve(run.id, { thread_id: s.thread.id })).status === 'completed',
  )
  const turns = ofType(await readSpans(s.client, run), 'model_turn')
  assert.deepEqual(
    turns.map(({ attempt, status }) => [attempt, status]),
    [
      [1, 'failed'],
      [2, 'completed'],
    ],
  )
  assert.match(turns[0]?.error ?? '', /was lost/)
})

test('a run from before times were kept has what its row says', async () => {
  await using s = await createRunFixture([{ text: 'Hello.' }])
  const run = await s.finish()
  await executeSql(s, 'delete from run_log where seq < 0')
  await executeSql(s, 'update run_log set at = null')
  const [queued, ...others] = await readSpans(s.client, run)
  assert.deepEqual(others, [])
  assert.deepEqual(
    [queued?.type, queued?.started_at, queued?.ended_at],
    ['queued', run.created_at, run.started_at],
  )
  const { data } = await listEvents(s.client, run)
  assert.ok(data.length > 0 && data.every(({ created_at }) => created_at === null))
})

test('the timeline goes with its run', async () => {
  await using s = await createRunFixture([{ text: 'Hello.' }])
  const run = await s.finish()
  await s.threads.delete(s.thread.id)
  await assert.rejects(readSpans(s.client, run), NotFoundError)
  await until(async () => (await querySql(s, 'select 1 from run_log')).length === 0)
})

test('who asks for the timeline of an unknown run, or with parameters, is told so', async () => {
  await using s = await createRunFixture([{ text: 'Hello.' }])
  const run = await s.finish()
  const missing = { thread_id: s.thread.id, id: 'run_missing' }
  await assert.rejects(readSpans(s.client, missing), NotFoundError)
  await assert.rejects(listEvents(s.client, missing), NotFoundError)
  const path = `/threads/${s.thread.id}/runs/${run.id}/timeline`
  await assert.rejects(s.client.get(path, { query: { limit: 1 } }), { status: 400, param: 'limit' })
})
