import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOpenAI } from '@ai-sdk/openai'
import type OpenAI from 'openai'
import { assertNumbered, createResponsesFixture, shortOrder, withSealedReasoning } from '../responses.ts'
import { startTestServer } from '../server.ts'

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
}

const call = (city: string) => ({ name: 'get_weather', arguments: { city } })

const calls = ({ output }: OpenAI.Responses.Response) =>
  output.filter((item) => item.type === 'function_call')

const answers = (response: OpenAI.Responses.Response) =>
  calls(response).map(({ call_id }) => ({ type: 'function_call_output' as const, call_id, output: 'sun' }))

test('reasoning is an item of its own, as text or as a summary', async () => {
  await using s = await createResponsesFixture(() => ({ reasoning: ['Let me ', 'think.'], text: 'Yes.' }))
  const asText = await s.stream({ input: 'Hi' })
  assertNumbered(asText)
  const message = [
    'output_item.added(message)',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done(message)',
    'completed',
  ]
  assert.deepEqual(shortOrder(asText), [
    'created',
    'in_progress',
    'output_item.added(reasoning)',
    'content_part.added',
    'reasoning_text.delta',
    'reasoning_text.done',
    'content_part.done',
    'output_item.done(reasoning)',
    ...message,
  ])
  const [thought] = asText.at(-1)?.data.response.output
  const { id } = thought
  assert.deepEqual(thought, {
    id,
    type: 'reasoning',
    summary: [],
    content: [{ type: 'reasoning_text', text: 'Let me think.' }],
  })
  const summarised = await s.stream({ input: 'Hi', reasoning: { summary: 'auto' } })
  assert.deepEqual(shortOrder(summarised).slice(2), [
    'output_item.added(reasoning)',
    'reasoning_summary_part.added',
    'reasoning_summary_text.delta',
    'reasoning_summary_text.done',
    'reasoning_summary_part.done',
    'output_item.done(reasoning)',
    ...message,
  ])
  const [summary] = summarised.at(-1)?.data.response.output
  assert.deepEqual(summary.summary, [{ type: 'summary_text', text: 'Let me think.' }])
})

test('a caller who stores nothing gets reasoning sealed, and sends it back with its calls', async () => {
  await using s = await createResponsesFixture((prompt) =>
    prompt.at(-1)?.role === 'tool'
      ? { text: 'Sunny.' }
      : { reasoning: 'A secret thought.', toolCalls: [call('Rome')] },
  )
  const ask = {
    model: 'm',
    tools: [weather],
    store: false,
    include: ['reasoning.encrypted_content' as const],
  }
  const question = { role: 'user' as const, content: 'Weather?' }
  const first = await s.responses.create({ ...ask, input: [question] })
  const [thought] = first.output
  assert.ok(thought?.type === 'reasoning')
  const sealed = thought.encrypted_content ?? ''
  assert.ok(sealed.length > 40 && !Buffer.from(sealed, 'base64url').includes('secret'))
  const bare = { type: 'reasoning' as const, id: thought.id, summary: [], encrypted_content: sealed }
  const again = async (reasoning: OpenAI.Responses.ResponseReasoningItem) => {
    const items = [reasoning, ...calls(first), ...answers(first)]
    const next = await s.responses.create({ ...ask, input: [question, ...items] })
    assert.equal(next.output_text, 'Sunny.')
    return JSON.stringify(s.model.calls.at(-1)?.prompt)
  }
  assert.match(await again(bare), /A secret thought\./)
  const changed = sealed.slice(0, -2) + (sealed.endsWith('AA') ? 'BB' : 'AA')
  assert.doesNotMatch(await again({ ...bare, encrypted_content: changed }), /A secret thought\./)
  assert.doesNotMatch(await again({ ...bare, encrypted_content: 'gAAAAABsomebody-elses' }), /thought/)
  const without = await s.responses.create({ ...ask, include: [], input: [question] })
  assert.equal('encrypted_content' in (without.output[0] ?? {}), false)
})

test('reasoning that only its provider can read goes back to it with the outputs of calls', async () => {
  const model = withSealedReasoning((prompt) =>
    prompt.at(-1)?.role === 'tool' ? { text: 'Sunny.' } : { reasoning: '', toolCalls: [call('Rome')] },
  )
  await using s = await createResponsesFixture(model)
  const first = await s.responses.create({ model: 'm', input: 'Hi', tools: [weather] })
  const [thought, called] = first.output
  assert.deepEqual(thought, { id: thought?.id, type: 'reasoning', summary: [] })
  assert.ok(called?.type === 'function_call')
  await s.responses.create({
    model: 'm',
    previous_response_id: first.id,
    input: [{ type: 'function_call_output', call_id: called.call_id, output: 'sun' }],
    tools: [weather],
  })
  const told = model.calls.at(-1)?.prompt.find(({ role }) => role === 'assistant')
  assert.deepEqual(told?.content[0], {
    type: 'reasoning',
    text: '',
    providerOptions: { scripted: { sealed: 'x' } },
  })
})

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
