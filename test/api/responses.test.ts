import assert from 'node:assert/strict'
import { test } from 'node:test'
import type OpenAI from 'openai'
import { refused, raw } from '../raw.ts'
import { asked, assertNumbered, createResponsesFixture, shortOrder } from '../responses.ts'
import { querySql } from '../runs.ts'

const hello = () => ({ text: ['Hello', ' there.'], usage: { input: 22, output: 18 } })

test('a response has every field of the wire, in the recorded order', async () => {
  await using s = await createResponsesFixture(hello)
  const { json } = await s.post({ model: 'm', input: 'Hi', metadata: { of: 'me' } })
  assert.equal(
    Object.keys(json).join(' '),
    'id object created_at status background access_programs completed_at error frequency_penalty incomplete_details instructions max_output_tokens max_tool_calls model output parallel_tool_calls presence_penalty previous_response_id prompt_cache_key prompt_cache_retention reasoning safety_identifier service_tier store temperature text tool_choice tools top_logprobs top_p truncation usage user metadata',
  )
  const [message] = json.output
  assert.match(json.id, /^resp_[0-9a-f]{50}$/)
  assert.match(message.id, /^msg_[0-9a-f]{50}$/)
  assert.equal(message.id.slice(4, 20), json.id.slice(5, 21), 'both are of one chain')
  const { id: _id, created_at, completed_at, output: _output, ...rest } = json
  assert.ok(completed_at >= created_at)
  assert.deepEqual(message, {
    id: message.id,
    type: 'message',
    status: 'completed',
    content: [{ type: 'output_text', annotations: [], logprobs: [], text: 'Hello there.' }],
    role: 'assistant',
  })
  assert.deepEqual(rest, {
    object: 'response',
    status: 'completed',
    background: false,
    access_programs: null,
    error: null,
    frequency_penalty: 0,
    incomplete_details: null,
    instructions: null,
    max_output_tokens: null,
    max_tool_calls: null,
    model: 'm',
    parallel_tool_calls: true,
    presence_penalty: 0,
    previous_response_id: null,
    prompt_cache_key: null,
    prompt_cache_retention: null,
    reasoning: { effort: null, summary: null },
    safety_identifier: null,
    service_tier: 'default',
    store: true,
    temperature: 1,
    text: { format: { type: 'text' }, verbosity: 'medium' },
    tool_choice: 'auto',
    tools: [],
    top_logprobs: 0,
    top_p: 1,
    truncation: 'disabled',
    usage: {
      input_tokens: 22,
      input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
      output_tokens: 18,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 40,
    },
    user: null,
    metadata: { of: 'me' },
  })
})

test('a stream has the recorded events, numbered from 0, and nothing after the last one', async () => {
  await using s = await createResponsesFixture(hello)
  const events = await s.stream({ input: 'Hi' })
  assertNumbered(events)
  assert.deepEqual(shortOrder(events), [
    'created',
    'in_progress',
    'output_item.added(message)',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done(message)',
    'completed',
  ])
  assert.deepEqual(
    events.map(({ id }) => id).filter((id) => id !== ''),
    [],
  )
  const [created, begun, added, part, delta] = events.map(({ data }) => data)
  assert.deepEqual(
    [created.response.status, created.response.output, created.response.usage],
    ['in_progress', [], null],
  )
  assert.equal(created.response.service_tier, 'auto')
  assert.deepEqual(begun.response, created.response)
  const { id } = added.item
  assert.deepEqual(added.item, { id, type: 'message', status: 'in_progress', content: [], role: 'assistant' })
  assert.deepEqual(part, {
    type: 'response.content_part.added',
    sequence_number: 3,
    item_id: id,
    output_index: 0,
    content_index: 0,
    part: { type: 'output_text', annotations: [], logprobs: [], text: '' },
  })
  assert.deepEqual(delta, {
    type: 'response.output_text.delta',
    sequence_number: 4,
    item_id: id,
    output_index: 0,
    content_index: 0,
    delta: 'Hello',
    logprobs: [],
  })
  const [text, whole, item, completed] = events.slice(-4).map(({ data }) => data)
  assert.deepEqual(
    [text.text, whole.part.text, item.item.status],
    ['Hello there.', 'Hello there.', 'completed'],
  )
  assert.deepEqual(completed.response.output, [item.item])
  assert.deepEqual((await raw(s, 'GET', `/v1/responses/${completed.response.id}`)).json, completed.response)
})

test('the helper of the official client puts a stream together', async () => {
  await using s = await createResponsesFixture(hello)
  const stream = s.responses.stream({ model: 'm', input: 'Hi' })
  assert.equal((await stream.finalResponse()).output_text, 'Hello there.')
})

test('the parameters of a request reach the model', async () => {
  await using s = await createResponsesFixture(hello)
  const asks = {
    model: 'm',
    instructions: 'Be kind.',
    input: [
      { role: 'developer', content: 'Use English.' },
      { role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
      { role: 'assistant', content: 'Yes?' },
      { type: 'message', role: 'user', content: 'Hello?' },
    ],
    temperature: 0.5,
    top_p: 0.25,
    max_output_tokens: 100,
    reasoning: { effort: 'low' },
    text: { verbosity: 'low' },
    frequency_penalty: 1,
    presence_penalty: -1,
    truncation: 'auto',
    user: 'u',
    safety_identifier: 's',
    prompt_cache_key: 'k',
    prompt_cache_retention: '24h',
    service_tier: 'flex',
  } as const
  const response = await s.responses.create(
    asks as never as OpenAI.Responses.ResponseCreateParamsNonStreaming,
  )
  const [call] = s.model.calls
  assert.deepEqual(asked(call), [
    ['system', 'Be kind.\n\nKeep your answers short.'],
    ['system', 'Use English.'],
    ['user', 'Hi'],
    ['assistant', 'Yes?'],
    ['user', 'Hello?'],
  ])
  assert.deepEqual(
    [call?.temperature, call?.topP, call?.maxOutputTokens, call?.frequencyPenalty, call?.presencePenalty],
    [0.5, 0.25, 100, 1, -1],
  )
  assert.equal(call?.reasoning, 'low')
  assert.deepEqual(call?.providerOptions?.['openai'], {
    user: 'u',
    safetyIdentifier: 's',
    promptCacheKey: 'k',
    promptCacheRetention: '24h',
    serviceTier: 'flex',
  })
  assert.deepEqual(
    [response.instructions, response.temperature, response.top_p, response.max_output_tokens],
    ['Be kind.', 0.5, 0.25, 100],
  )
  assert.deepEqual(
    [response.truncation, response.user, response.safety_identifier, response.prompt_cache_key],
    ['auto', 'u', 's', 'k'],
  )
  assert.equal(response.service_tier, 'flex')
})

test('every item of the input has an id, and is listed from the newest to the oldest', async () => {
  await using s = await createResponsesFixture(hello)
  const response = await s.responses.create({
    model: 'm',
    input: [
      { role: 'user', content: 'One' },
      { role: 'assistant', content: 'Two' },
      { role: 'user', content: [{ type: 'input_text', text: 'Three' }] },
    ],
  })
  const { json } = await raw(s, 'GET', `/v1/responses/${response.id}/input_items`)
  assert.deepEqual(Object.keys(json), ['object', 'data', 'first_id', 'has_more', 'last_id'])
  const [three, two, one] = json.data
  assert.deepEqual(three, {
    id: three.id,
    type: 'message',
    status: 'completed',
    content: [{ type: 'input_text', text: 'Three' }],
    role: 'user',
  })
  assert.deepEqual(two.content, [{ type: 'output_text', annotations: [], logprobs: [], text: 'Two' }])
  assert.equal(one.content[0].text, 'One')
  const page = await s.responses.inputItems.list(response.id, { order: 'asc', limit: 1 })
  assert.deepEqual([page.data[0]?.id, page.has_more], [one.id, true])
  const next = await page.getNextPage()
  assert.equal(next.data[0]?.id, two.id)
})

test('a deleted response is not found any more', async () => {
  await using s = await createResponsesFixture(hello)
  const { id } = await s.responses.create({ model: 'm', input: 'Hi' })
  const deleted = await raw(s, 'DELETE', `/v1/responses/${id}`)
  assert.deepEqual(deleted.json, { id, object: 'response.deleted', deleted: true })
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/cancel'],
    ['GET', '/input_items'],
  ])
    refused(
      await raw(s, method ?? '', `/v1/responses/${id}${path}`),
      404,
      `Response with id '${id}' not found.`,
    )
  refused(
    await s.post({ model: 'm', input: 'And?', previous_response_id: id }),
    400,
    `Previous response with id '${id}' not found.`,
    { param: 'previous_response_id', code: 'previous_response_not_found' },
  )
  assert.deepEqual(await querySql(s, 'select id from items'), [])
})

test('what is not to be stored is answered, and not found afterwards', async () => {
  await using s = await createResponsesFixture(hello)
  const response = await s.responses.create({ model: 'm', input: 'Hi', store: false })
  assert.deepEqual([response.output_text, (response as { store?: boolean }).store], ['Hello there.', false])
  refused(
    await raw(s, 'GET', `/v1/responses/${response.id}`),
    404,
    `Response with id '${response.id}' not found.`,
  )
})

test('the tokens of an input are estimated, with everything that it goes on with', async () => {
  await using s = await createResponsesFixture(hello)
  const count = async (body: OpenAI.Responses.InputTokenCountParams) => {
    const { object, input_tokens } = await s.responses.inputTokens.count(body)
    assert.equal(object, 'response.input_tokens')
    return input_tokens
  }
  const plain = await count({ model: 'm', input: 'Tell me a joke.' })
  assert.ok(plain >= 4 && plain <= 20, String(plain))
  assert.equal(await count({}), 0)
  assert.ok((await count({ input: 'Tell me a joke.', instructions: 'Be kind to everybody.' })) > plain)
  const { id } = await s.responses.create({ model: 'm', input: 'A question of some length' })
  assert.ok((await count({ input: 'Tell me a joke.', previous_response_id: id })) > plain + 5)
  const tools = ['one', 'two'].map((name) => ({
    type: 'function' as const,
    name,
    parameters: { type: 'object', description: 'words '.repeat(40) },
    strict: false,
  }))
  const allowed = {
    type: 'allowed_tools' as const,
    mode: 'auto' as const,
    tools: [{ type: 'function', name: 'one' }],
  }
  const all = await count({ input: 'Hi', tools })
  const some = await count({ input: 'Hi', tools, tool_choice: allowed })
  assert.ok(some < all && some > (await count({ input: 'Hi' })) + 20, `${some} of ${all}`)
  const unknown = await raw(s, 'POST', '/v1/responses/input_tokens', { previous_response_id: 'resp_x' })
  assert.equal(unknown.json.error.code, 'previous_response_not_found')
  const nobody = await raw(s, 'POST', '/v1/responses/input_tokens', { model: 'nobody', input: 'Hi' })
  assert.deepEqual([nobody.status, nobody.json.error.code], [400, 'model_not_found'])
})

test('what Codex says of itself is taken, and changes nothing', async () => {
  await using s = await createResponsesFixture(hello)
  const { status, json } = await s.post({ model: 'm', input: 'Hi', client_metadata: { turn_id: 'x' } })
  assert.deepEqual([status, 'client_metadata' in json], [200, false])
  refused(
    await s.post({ model: 'm', input: 'Hi', client_metadata: 'x' }),
    400,
    "Invalid type for 'client_metadata': expected an object, but got a string instead.",
    { param: 'client_metadata', code: 'invalid_type' },
  )
})
