import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import { assertNumbered, createResponsesFixture } from '../responses.ts'
import { startTestServer } from '../server.ts'

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
}

test('a summary has the parts that the model has given it', async () => {
  const reasoning = [['First ', 'this.'], ['Then that.']]
  await using s = await createResponsesFixture(() => ({ reasoning, text: 'Yes.' }))
  const summarised = await s.stream({ input: 'Hi', reasoning: { summary: 'auto' } })
  assertNumbered(summarised)
  const parts = summarised.flatMap(({ event, data }) =>
    event.startsWith('response.reasoning_')
      ? [[data.summary_index, data.delta ?? data.text ?? data.part.text]]
      : [],
  )
  assert.deepEqual(parts, [
    [0, ''],
    [0, 'First '],
    [0, 'this.'],
    [0, 'First this.'],
    [0, 'First this.'],
    [1, ''],
    [1, 'Then that.'],
    [1, 'Then that.'],
    [1, 'Then that.'],
  ])
  const { id, output } = summarised.at(-1)?.data.response
  assert.deepEqual(output[0].summary, [
    { type: 'summary_text', text: 'First this.' },
    { type: 'summary_text', text: 'Then that.' },
  ])
  assert.deepEqual((await s.responses.retrieve(id)).output, output)
  const [asText] = (await s.responses.create({ model: 'm', input: 'Hi' })).output
  assert.ok(asText?.type === 'reasoning')
  assert.deepEqual(
    asText.content?.map(({ text }) => text),
    ['First this.', 'Then that.'],
  )
})

/** A provider of the AI SDK that speaks the Responses API, whose answers are these events. */
function providerOf(events: object[]) {
  const asked: { input: { type?: string }[] }[] = []
  const body = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  const provider = createOpenAI({
    apiKey: 'sk-x',
    async fetch(_url, init) {
      asked.push(JSON.parse(init?.body as string))
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
    },
  })
  return { model: provider.responses('gpt-5'), asked }
}

test('a summary in parts from a provider is one item, whose state goes back to it', async () => {
  const at = { item_id: 'rs_1', output_index: 0 }
  const part = (summary_index: number, text: string) => [
    {
      type: 'response.reasoning_summary_part.added',
      ...at,
      summary_index,
      part: { type: 'summary_text', text: '' },
    },
    { type: 'response.reasoning_summary_text.delta', ...at, summary_index, delta: text },
    {
      type: 'response.reasoning_summary_part.done',
      ...at,
      summary_index,
      part: { type: 'summary_text', text },
    },
  ]
  const thought = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' }
  const called = {
    type: 'function_call',
    id: 'fc_1',
    call_id: 'call_1',
    name: 'get_weather',
    arguments: '{}',
  }
  const response = { id: 'resp_1', object: 'response', created_at: 1, model: 'gpt-5' }
  const { model, asked } = providerOf([
    { type: 'response.created', response },
    { type: 'response.output_item.added', output_index: 0, item: thought },
    ...part(0, 'First this.'),
    ...part(1, 'Then that.'),
    { type: 'response.output_item.done', output_index: 0, item: thought },
    { type: 'response.output_item.added', output_index: 1, item: { ...called, status: 'in_progress' } },
    { type: 'response.output_item.done', output_index: 1, item: { ...called, status: 'completed' } },
    { type: 'response.completed', response: { ...response, usage: { input_tokens: 1, output_tokens: 1 } } },
  ])
  await using server = await startTestServer({ models: { mine: model } })
  const ask = { model: 'mine', tools: [weather], reasoning: { summary: 'auto' as const } }
  const { id, output } = await server.client.responses.create({ ...ask, input: 'Weather?' })
  assert.deepEqual(
    output.map((item) => (item.type === 'reasoning' ? item.summary.map(({ text }) => text) : item.type)),
    [['First this.', 'Then that.'], 'function_call'],
  )
  const call = output.at(-1)
  assert.ok(call?.type === 'function_call')
  const input = [{ type: 'function_call_output' as const, call_id: call.call_id, output: 'sun' }]
  await server.client.responses.create({ ...ask, previous_response_id: id, input })
  assert.deepEqual(
    asked[1]?.input.filter(({ type }) => type === 'reasoning' || type === 'item_reference'),
    [{ type: 'item_reference', id: 'rs_1' }],
  )
})
