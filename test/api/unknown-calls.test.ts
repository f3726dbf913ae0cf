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
