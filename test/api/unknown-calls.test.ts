import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Script, ScriptedTurn } from '../../src/models/scripted.ts'
import { createResponsesFixture } from '../responses.ts'
import { createRunFixture } from '../runs.ts'

const clicks = { toolCalls: [{ name: 'computer', arguments: {} }] }
const clicking: Script = () => clicks
const times = (count: number, turn: ScriptedTurn) => Array.from({ length: count }, () => turn)
const stopped =
  "The run was stopped: 10 times in a row, the model has called nothing but tools that there are not, and lastly 'computer'."

test('a response whose model calls again and again what there is not fails, before it has cost much', async () => {
  await using s = await createResponsesFixture(clicking)
  const response = await s.responses.create({ model: 'm', input: 'Hi' })
  assert.deepEqual([response.status, response.error], ['failed', { code: 'server_error', message: stopped }])
  assert.equal(s.model.calls.length, 10)
})

test('a run whose model calls again and again what there is not fails, before it has cost much', async () => {
  await using s = await createRunFixture(clicking)
  const run = await s.finish()
  assert.deepEqual([run.status, run.last_error], ['failed', { code: 'server_error', message: stopped }])
  assert.equal(s.model.calls.length, 10)
})

test('a model that has called what there is not may still answer, and a call of what there is begins the count anew', async () => {
  const looks = { toolCalls: [{ name: 'file_search', arguments: { queries: ['q'] } }, ...clicks.toolCalls] }
  const script = [...times(9, clicks), looks, ...times(9, clicks), { text: 'Sorry.' }]
  await using s = await createResponsesFixture(script)
  const { id } = await s.client.vectorStores.create({ name: 'empty' })
  const tools = [{ type: 'file_search' as const, vector_store_ids: [id] }]
  const response = await s.responses.create({ model: 'm', input: 'Hi', tools })
  assert.equal(response.output_text, 'Sorry.')
})

test('a run, or a response, whose model calls tools again and again without an end fails after 100 turns', async () => {
  const looking: Script = () => ({ toolCalls: [{ name: 'file_search', arguments: { queries: ['q'] } }] })
  const error = {
    code: 'server_error',
    message: 'The run was stopped: it had taken 100 steps without an end.',
  }
  await using s = await createResponsesFixture(looking)
  const { id } = await s.client.vectorStores.create({ name: 'empty' })
  const tools = [{ type: 'file_search' as const, vector_store_ids: [id] }]
  const response = await s.responses.create({ model: 'm', input: 'Hi', tools })
  assert.deepEqual([response.status, response.error], ['failed', error])
  assert.equal(response.output.length, 100)
  assert.equal(s.model.calls.length, 100)
  const { beta } = s.client
  const assistant = await beta.assistants.create({
    model: 'm',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [id] } },
  })
  const thread = { messages: [{ role: 'user' as const, content: 'Hi' }] }
  const run = await beta.threads.createAndRunPoll({ assistant_id: assistant.id, thread })
  assert.deepEqual([run.status, run.last_error], ['failed', error])
  assert.equal(s.model.calls.length, 200)
})
