import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ScriptedTurn } from '../../src/models/scripted.ts'
import { assertNumbered, createResponsesFixture, shortOrder } from '../responses.ts'

/**
 * The orders of events in recorded streams of the original, those that this server can produce, in groups of what each item
 * does. `*` stands for several of the same.
 */
const message = [
  'output_item.added(message)',
  'content_part.added',
  'output_text.delta',
  'output_text.done',
  'content_part.done',
  'output_item.done(message)',
]
const call = [
  'output_item.added(function_call)',
  'function_call_arguments.delta',
  'function_call_arguments.done',
  'output_item.done(function_call)',
]
const summary = [
  'output_item.added(reasoning)',
  'reasoning_summary_part.added',
  'reasoning_summary_text.delta',
  'reasoning_summary_text.done',
  'reasoning_summary_part.done',
  'output_item.done(reasoning)',
]
const custom = [
  'output_item.added(custom_tool_call)',
  'custom_tool_call_input.delta',
  'custom_tool_call_input.done',
  'output_item.done(custom_tool_call)',
]

const text = { text: ['It ', 'is.'] }
const weather = { name: 'get_weather', arguments: { city: 'a city with a name of more than one piece' } }
const tools = [
  { type: 'function', name: 'get_weather', parameters: { type: 'object', properties: {} } },
  { type: 'custom', name: 'write_sql' },
]
const summarised = { reasoning: { effort: 'low', summary: 'auto' } }
const failing = { error: { status: 429, message: 'You exceeded your quota.', code: 'insufficient_quota' } }

const recorded: { of: string; turn: ScriptedTurn; asks?: object; order: string[] }[] = [
  { of: 'text', turn: text, order: ['created', 'in_progress', ...message, 'completed'] },
  {
    of: 'text in the background',
    turn: text,
    asks: { background: true },
    order: ['created', 'queued', 'in_progress', ...message, 'completed'],
  },
  {
    of: 'a call',
    turn: { toolCalls: [weather] },
    order: ['created', 'in_progress', ...call, 'completed'],
  },
  {
    of: 'text and then a call',
    turn: { ...text, toolCalls: [weather] },
    order: ['created', 'in_progress', ...message, ...call, 'completed'],
  },
  {
    of: 'a summary of reasoning and text',
    turn: { reasoning: ['Let me ', 'think.'], ...text },
    asks: summarised,
    order: ['created', 'in_progress', ...summary, ...message, 'completed'],
  },
  {
    of: 'a summary of reasoning and a call',
    turn: { reasoning: ['Let me ', 'think.'], toolCalls: [weather] },
    asks: summarised,
    order: ['created', 'in_progress', ...summary, ...call, 'completed'],
  },
  {
    of: 'a custom tool',
    turn: { toolCalls: [{ name: 'write_sql', arguments: { input: 'select 1' } }] },
    order: ['created', 'in_progress', ...custom, 'completed'],
  },
  { of: 'an error', turn: failing, order: ['created', 'in_progress', 'error', 'failed'] },
]

for (const { of, turn, asks, order } of recorded) {
  test(`the events of a stream come in the recorded order: ${of}`, async () => {
    await using s = await createResponsesFixture([turn])
    const events = await s.stream({ input: 'Hi', tools, ...asks })
    assertNumbered(events)
    assert.deepEqual(shortOrder(events), order)
  })
}
