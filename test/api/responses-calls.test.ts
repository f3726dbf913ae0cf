import assert from 'node:assert/strict'
import { test } from 'node:test'
import type OpenAI from 'openai'
import { refused } from '../raw.ts'
import { asked, assertNumbered, createResponsesFixture, shortOrder } from '../responses.ts'

const weather: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
}

const call = (city: string) => ({ name: 'get_weather', arguments: { city } })

/** Calls until it has results. */
const calling =
  (...cities: string[]) =>
  (prompt: { role: string }[]) =>
    prompt.at(-1)?.role === 'tool' ? { text: 'Sunny.' } : { toolCalls: cities.map(call) }

const calls = ({ output }: OpenAI.Responses.Response) =>
  output.filter((item) => item.type === 'function_call')

const answers = (response: OpenAI.Responses.Response) =>
  calls(response).map(({ call_id }) => ({ type: 'function_call_output' as const, call_id, output: 'sun' }))

const asItem = (one: unknown) => (typeof one === 'string' ? { role: 'user', content: one } : one)

test('a call of a function streams as was recorded, and ends the response', async () => {
  await using s = await createResponsesFixture(calling('San Francisco'))
  const events = await s.stream({ input: 'Weather?', tools: [weather] })
  assertNumbered(events)
  assert.deepEqual(shortOrder(events), [
    'created',
    'in_progress',
    'output_item.added(function_call)',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done(function_call)',
    'completed',
  ])
  const [added] = events.filter(({ event }) => event === 'response.output_item.added')
  const { id, call_id } = added?.data.item
  assert.match(id, /^fc_[0-9a-f]{50}$/)
  assert.match(call_id, /^call_[A-Za-z0-9]{24}$/)
  const item = {
    id,
    type: 'function_call',
    status: 'in_progress',
    arguments: '',
    call_id,
    name: 'get_weather',
  }
  assert.deepEqual(added?.data.item, item)
  const { response } = events.at(-1)?.data
  assert.deepEqual(response.output, [{ ...item, status: 'completed', arguments: '{"city":"San Francisco"}' }])
  assert.deepEqual(response.tools, [weather])
  assert.ok(response.usage.output_tokens > 0)
})

test('parallel calls are items that follow each other, and end the response', async () => {
  await using s = await createResponsesFixture(calling('Rome', 'Paris'))
  const events = await s.stream({ input: 'Weather?', tools: [weather] })
  const one = [
    'output_item.added(function_call)',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done(function_call)',
  ]
  assert.deepEqual(shortOrder(events), ['created', 'in_progress', ...one, ...one, 'completed'])
  assert.deepEqual(
    events.filter(({ event }) => event === 'response.output_item.done').map(({ data }) => data.output_index),
    [0, 1],
  )
  const alone = await s.responses.create({
    model: 'm',
    input: 'Weather?',
    tools: [weather],
    parallel_tool_calls: false,
  })
  assert.equal(calls(alone).length, 1)
})

test('a call that is cut off is incomplete, and asks for no output', async () => {
  await using s = await createResponsesFixture((prompt) =>
    prompt.at(-1)?.role === 'user' && JSON.stringify(prompt.at(-1)).includes('Weather')
      ? {
          toolCalls: [call('Paris'), { name: 'get_weather', arguments: '{"city": "Lo' }],
          finishReason: 'length' as const,
        }
      : { text: 'Well.' },
  )
  const { id: conversation } = await s.client.conversations.create()
  const events = await s.stream({ input: 'Weather?', tools: [weather], conversation })
  assertNumbered(events)
  const done = events
    .filter(({ event }) => event === 'response.output_item.done')
    .map(({ data }) => data.item)
  assert.deepEqual(
    done.map(({ status, arguments: given }) => [status, given]),
    [
      ['completed', '{"city":"Paris"}'],
      ['incomplete', '{"city": "Lo'],
    ],
  )
  const { response } = events.at(-1)?.data
  assert.deepEqual([response.status, response.output], ['incomplete', done])
  const outputs = [{ type: 'function_call_output', call_id: done[0].call_id, output: 'sun' }]
  const ways = [
    { previous_response_id: response.id, input: outputs },
    { input: ['Weather?', ...done, ...outputs].map(asItem) },
    { conversation, input: outputs },
  ]
  for (const way of ways) {
    const { status, json } = await s.post({ model: 'm', ...way })
    assert.deepEqual([status, json.output?.[0].content[0].text], [200, 'Well.'], JSON.stringify(json.error))
  }
  assert.deepEqual(asked(s.model.calls.at(-1)), [
    ['user', 'Weather?'],
    ['assistant', 'get_weather|get_weather'],
    ['tool', 'get_weather|get_weather'],
  ])
})

test('the outputs of calls go on with the response, by its id, by its items or by references', async () => {
  await using s = await createResponsesFixture(calling('Rome', 'Paris'))
  const ask = { model: 'm', tools: [weather] }
  const question = { role: 'user' as const, content: 'Weather?' }
  const first = await s.responses.create({ ...ask, input: [question] })
  const byId = await s.responses.create({ ...ask, previous_response_id: first.id, input: answers(first) })
  const items = first.output as OpenAI.Responses.ResponseInputItem[]
  const byItems = await s.responses.create({ ...ask, input: [question, ...items, ...answers(first)] })
  const references = first.output.map(({ id }) => ({ type: 'item_reference' as const, id: id ?? '' }))
  const byReference = await s.responses.create({
    ...ask,
    input: [question, ...references, ...answers(first)],
  })
  for (const answer of [byId, byItems, byReference]) assert.equal(answer.output_text, 'Sunny.')
  const [, second, third, fourth] = s.model.calls.map(({ prompt }) => prompt)
  assert.deepEqual(third, second)
  assert.deepEqual(fourth, second)
  assert.deepEqual(
    second?.map(({ role }) => role),
    ['user', 'assistant', 'tool'],
  )
  const listed = await s.responses.inputItems.list(byId.id, { order: 'asc' })
  assert.deepEqual(
    listed.data.map(({ type }) => type),
    ['message', 'function_call', 'function_call', 'function_call_output', 'function_call_output'],
  )
})

test('a call without its output, and an output without its call, are refused', async () => {
  await using s = await createResponsesFixture(calling('Rome', 'Paris'))
  const first = await s.responses.create({ model: 'm', input: 'Weather?', tools: [weather] })
  const [one, other] = answers(first)
  const go = (input: unknown) => s.post({ model: 'm', previous_response_id: first.id, input })
  refused(await go('And?'), 400, `No tool output found for function call ${one?.call_id}.`, {
    param: 'input',
  })
  refused(await go([one]), 400, `No tool output found for function call ${other?.call_id}.`, {
    param: 'input',
  })
  refused(
    await go([one, other, { ...other, call_id: 'call_x' }]),
    400,
    'No tool call found for function call output with call_id call_x.',
    { param: 'input' },
  )
})

test('a response can be continued in several ways, and each goes on with its own', async () => {
  await using s = await createResponsesFixture((_prompt, index) => ({ text: `Answer ${index}.` }))
  const ask = (input: string, previous_response_id?: string) =>
    s.responses.create({
      model: 'm',
      input,
      instructions: `For ${input}`,
      previous_response_id: previous_response_id ?? null,
    })
  const root = await ask('One')
  const [left, right] = [await ask('Left', root.id), await ask('Right', root.id)]
  await Promise.all([ask('Left again', left.id), ask('Right again', right.id)])
  const prompts = s.model.calls.map((one) => asked(one).filter(([role]) => role !== 'system'))
  const leftAgain = prompts.find((prompt) => prompt.at(-1)?.[1] === 'Left again')
  const rightAgain = prompts.find((prompt) => prompt.at(-1)?.[1] === 'Right again')
  const said = (who: string, index: number, again: string) => [
    ['user', 'One'],
    ['assistant', 'Answer 0.'],
    ['user', who],
    ['assistant', `Answer ${index}.`],
    ['user', again],
  ]
  assert.deepEqual(leftAgain, said('Left', 1, 'Left again'))
  assert.deepEqual(rightAgain, said('Right', 2, 'Right again'))
  const instructions = s.model.calls.map((one) => asked(one).filter(([role]) => role === 'system'))
  assert.deepEqual(instructions[1], [['system', 'For Left']], 'instructions are of one response alone')
})

test('where a response in the middle is deleted, its followers go on with what it went on with', async () => {
  await using s = await createResponsesFixture((_prompt, index) => ({ text: `Answer ${index}.` }))
  const ask = (input: string, previous?: string) =>
    s.responses.create({ model: 'm', input, previous_response_id: previous ?? null })
  const first = await ask('One')
  const second = await ask('Two', first.id)
  const third = await ask('Three', second.id)
  await s.responses.delete(second.id)
  await ask('Four', third.id)
  assert.deepEqual(asked(s.model.calls.at(-1)), [
    ['user', 'One'],
    ['assistant', 'Answer 0.'],
    ['user', 'Three'],
    ['assistant', 'Answer 2.'],
    ['user', 'Four'],
  ])
})

test('a custom tool takes text, and its output goes back to the model', async () => {
  await using s = await createResponsesFixture((prompt) =>
    prompt.at(-1)?.role === 'tool'
      ? { text: 'Two rows.' }
      : { toolCalls: [{ name: 'write_sql', arguments: { input: 'select "a" from b' } }] },
  )
  const tools = [{ type: 'custom' as const, name: 'write_sql', description: 'Runs SQL.' }]
  const events = await s.stream({ input: 'Ask.', tools })
  assert.deepEqual(shortOrder(events), [
    'created',
    'in_progress',
    'output_item.added(custom_tool_call)',
    'custom_tool_call_input.delta',
    'custom_tool_call_input.done',
    'output_item.done(custom_tool_call)',
    'completed',
  ])
  const { response } = events.at(-1)?.data
  const [item] = response.output
  assert.deepEqual([item.status, item.name, item.input], ['completed', 'write_sql', 'select "a" from b'])
  const next = await s.responses.create({
    model: 'm',
    tools,
    previous_response_id: response.id,
    input: [{ type: 'custom_tool_call_output', call_id: item.call_id, output: '2 rows' }],
  })
  assert.equal(next.output_text, 'Two rows.')
  assert.match(JSON.stringify(s.model.calls.at(-1)?.prompt), /"value":"2 rows"/)
})

test('a call of something that was not offered is answered, and no item tells of it', async () => {
  await using s = await createResponsesFixture((prompt) =>
    prompt.at(-1)?.role === 'tool' ? { text: 'Sorry.' } : { toolCalls: [{ name: 'nothing', arguments: {} }] },
  )
  const events = await s.stream({ input: 'Go.', tools: [weather] })
  assertNumbered(events)
  const { response } = events.at(-1)?.data
  assert.deepEqual(
    response.output.map((item: { type: string }) => item.type),
    ['message'],
  )
  assert.match(JSON.stringify(s.model.calls[1]?.prompt), /there is no tool named 'nothing'/)
})

test('a tool can be forced, forbidden, or chosen from those that are allowed', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'No.' }))
  const time = { ...weather, name: 'get_time' }
  const ask = async (tool_choice: NonNullable<OpenAI.Responses.ResponseCreateParams['tool_choice']>) => {
    const response = await s.responses.create({
      model: 'm',
      input: 'Hi',
      tools: [weather, time],
      tool_choice,
    })
    assert.deepEqual(response.tool_choice, tool_choice)
    const { tools = [], toolChoice } = s.model.calls.at(-1) ?? {}
    return [tools.map(({ name }) => name), toolChoice]
  }
  const both = ['get_weather', 'get_time']
  assert.deepEqual(await ask('required'), [both, { type: 'required' }])
  assert.deepEqual(await ask('none'), [both, { type: 'none' }])
  assert.deepEqual(await ask({ type: 'function', name: 'get_time' }), [
    both,
    { type: 'tool', toolName: 'get_time' },
  ])
  assert.deepEqual(
    await ask({ type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'get_time' }] }),
    [['get_time'], { type: 'auto' }],
  )
})
