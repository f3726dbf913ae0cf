import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Script } from '../../src/models/scripted.ts'
import { raw, refused } from '../raw.ts'
import { asked, assertNumbered, createResponsesFixture, shortOrder } from '../responses.ts'
import { parseEvents } from '../runs.ts'
import { newProject } from '../team.ts'

const isSummary = (prompt: Parameters<Extract<Script, Function>>[0]) =>
  JSON.stringify(prompt[0]).includes('You write summaries')
/** Answers, and writes summaries when it is asked for one. */
const script =
  (answer: Extract<Script, Function>): Script =>
  async (prompt, call) =>
    isSummary(prompt) ? { text: 'They like blue.', usage: { input: 7, output: 3 } } : answer(prompt, call)
const compactAt = (compact_threshold: number) => ({
  context_management: [{ type: 'compaction' as const, compact_threshold }],
})

test('what was said is compacted, and the answer is the beginning of the next input', async () => {
  await using s = await createResponsesFixture(script(() => ({ text: 'Yes.' })))
  const first = await s.responses.create({ model: 'm', input: 'I like blue.' })
  const compacted = await s.responses.compact({
    model: 'm' as never,
    previous_response_id: first.id,
    instructions: 'Be kind.',
    input: [{ role: 'user', content: 'Remember it.' }],
    prompt_cache_key: 'k',
    prompt_cache_retention: '24h',
    service_tier: 'fast' as never,
  })
  assert.deepEqual(s.model.calls.at(-1)?.providerOptions, {
    openai: { promptCacheKey: 'k', promptCacheRetention: '24h', serviceTier: 'priority' },
    google: { serviceTier: 'priority' },
    mistral: { promptCacheKey: 'k' },
  })
  assert.deepEqual(Object.keys(compacted), ['id', 'object', 'created_at', 'output', 'usage'])
  assert.deepEqual(
    compacted.output.map((item) => [
      item.type,
      item.id?.slice(0, 20) === `${item.id?.slice(0, 4)}${first.id.slice(5, 21)}`,
    ]),
    [
      ['message', true],
      ['message', true],
      ['compaction', true],
    ],
  )
  assert.deepEqual(compacted.output[1], {
    id: compacted.output[1]?.id,
    type: 'message',
    status: 'completed',
    content: [{ type: 'input_text', text: 'Remember it.' }],
    role: 'user',
  })
  assert.deepEqual([compacted.usage.input_tokens, compacted.usage.output_tokens], [7, 3])
  const question = asked(s.model.calls.at(-1))
  assert.match(question[0]?.[1] ?? '', /The assistant was told: Be kind\.$/)
  assert.equal(question[1]?.[1], 'User: I like blue.\n\nAssistant: Yes.\n\nUser: Remember it.')
  refused(
    await raw(s, 'GET', `/v1/responses/${compacted.id}`),
    404,
    `Response with id '${compacted.id}' not found.`,
  )

  const next = await s.responses.create({
    model: 'm',
    input: [...(compacted.output as never[]), { role: 'user', content: 'Well?' }],
  })
  const told = [
    ['user', 'I like blue.'],
    ['user', 'Remember it.'],
    ['user', 'Summary of the conversation so far:\n\nThey like blue.'],
    ['user', 'Well?'],
  ]
  assert.deepEqual(asked(s.model.calls.at(-1)), told)
  await s.responses.create({ model: 'm', previous_response_id: next.id, input: 'And?' })
  assert.deepEqual(asked(s.model.calls.at(-1)), [...told, ['assistant', 'Yes.'], ['user', 'And?']])

  const conversation = await s.client.conversations.create({ items: compacted.output as never[] })
  await s.responses.create({ model: 'm', conversation: conversation.id, input: 'Well?' })
  assert.deepEqual(asked(s.model.calls.at(-1)), told)
  const again = await s.responses.compact({ model: 'm' as never, input: compacted.output as never[] })
  assert.deepEqual(
    again.output.map(({ type }) => type),
    ['message', 'message', 'compaction'],
  )
})

test('sealed content of others is refused, and so is a request with nothing to compact', async () => {
  await using s = await createResponsesFixture(script(() => ({ reasoning: 'Hm.', text: 'Yes.' })))
  const { output } = await s.responses.compact({ model: 'm' as never, input: 'I like blue.' })
  const folded = output.at(-1) as { type: 'compaction'; encrypted_content: string }
  const says = (content: string) =>
    `The encrypted content ${content.slice(0, 4)}...${content.slice(-4)} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`
  const code = 'invalid_encrypted_content'
  const foreign = { ...folded, encrypted_content: 'gAAAAABplLMgr9pJL4ba98RG' }
  refused(await s.post({ model: 'm', input: [foreign] }), 400, says(foreign.encrypted_content), { code })
  const { client } = await newProject(s)
  await assert.rejects(client.responses.create({ model: 'm', input: [folded] }), { code, status: 400 })
  // Sealed by this server, and no compaction.
  const thought = await createSealedReasoning(s)
  refused(
    await s.post({ model: 'm', input: [{ ...folded, encrypted_content: thought }] }),
    400,
    says(thought),
    { code },
  )
  const compact = (body: unknown) => raw(s, 'POST', '/v1/responses/compact', body)
  refused(await compact({ input: 'Hi' }), 400, "Missing required parameter: 'model'.", {
    param: 'model',
    code: 'missing_required_parameter',
  })
  refused(
    await compact({ model: 'm' }),
    400,
    'One of "input" or "previous_response_id" or \'prompt\' or \'conversation\' must be provided.',
    { code: 'missing_required_parameter' },
  )
  refused(
    await compact({ model: 'm', previous_response_id: 'resp_x' }),
    400,
    "Previous response with id 'resp_x' not found.",
    {
      param: 'previous_response_id',
      code: 'previous_response_not_found',
    },
  )
  assert.equal((await compact({ model: 'nobody', input: 'Hi' })).json.error.code, 'model_not_found')
})

async function createSealedReasoning(s: Awaited<ReturnType<typeof createResponsesFixture>>): Promise<string> {
  const { json } = await s.post({
    model: 'm',
    input: 'Think.',
    include: ['reasoning.encrypted_content'],
  })
  return json.output[0].encrypted_content
}

test('a context that has become long is compacted after the answer, in the recorded order', async () => {
  const long = { text: ['Blue', ' it is.'], usage: { input: 2_000, output: 5 } }
  await using s = await createResponsesFixture(script((_prompt, call) => (call < 2 ? long : { text: 'Ok.' })))
  const events = await s.stream({
    input: 'Which?',
    background: true,
    user: 'u',
    prompt_cache_key: 'k',
    ...compactAt(1_500),
  })
  assert.deepEqual(
    s.model.calls.map(({ providerOptions }) => providerOptions?.['openai']),
    s.model.calls.map(() => ({ user: 'u', promptCacheKey: 'k' })),
  )
  assertNumbered(events)
  assert.deepEqual(shortOrder(events).slice(3), [
    'output_item.added(message)',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done(message)',
    'output_item.added(compaction)',
    'output_item.done(compaction)',
    'completed',
  ])
  const { response } = events.at(-1)?.data ?? {}
  assert.deepEqual(
    [response.usage.input_tokens, response.usage.output_tokens],
    [2_007, 8],
    'with the summary',
  )
  assert.equal('context_management' in response, false)
  const again = await raw(s, 'GET', `/v1/responses/${response.id}?stream=true`)
  assert.deepEqual(parseEvents(again.text), events)
  assert.equal(asked(s.model.calls[1])[1]?.[1], 'User: Which?\n\nAssistant: Blue it is.')

  await s.responses.create({ model: 'm', previous_response_id: response.id, input: 'Sure?' })
  const told = [
    ['user', 'Summary of the conversation so far:\n\nThey like blue.'],
    ['user', 'Which?'],
    ['assistant', 'Blue it is.'],
    ['user', 'Sure?'],
  ]
  assert.deepEqual(asked(s.model.calls.at(-1)), told)
  // Whoever keeps the conversation himself may drop what stands before the compaction.
  await s.responses.create({ model: 'm', input: [response.output[1], { role: 'user', content: 'Sure?' }] })
  assert.deepEqual(asked(s.model.calls.at(-1)), told)
})

test('in the middle of calls the context is compacted before the model goes on, with each call beside its output', async () => {
  const tools = [{ type: 'function' as const, name: 'look', parameters: {}, strict: false }]
  await using s = await createResponsesFixture(
    script((_prompt, call) =>
      call === 0 ? { toolCalls: [{ name: 'look', arguments: { at: 'sky' } }] } : { text: 'Blue.' },
    ),
  )
  const { id } = await s.client.conversations.create()
  const shared = { model: 'm', tools, ...compactAt(1_000), conversation: id }
  const first = await s.responses.create({ ...shared, input: 'What colour is the sky? '.repeat(10) })
  const call = first.output[0] as { call_id: string }
  const second = await s.responses.create({
    ...shared,
    input: [{ type: 'function_call_output', call_id: call.call_id, output: 'blue '.repeat(2_000) }],
  })
  assert.deepEqual(
    second.output.map(({ type }) => type),
    ['compaction', 'message'],
  )
  assert.match(asked(s.model.calls[1])[1]?.[1] ?? '', /Call of look with \{"at":"sky"\}\nResult: blue blue/)
  assert.deepEqual(asked(s.model.calls[2]), [
    ['user', 'Summary of the conversation so far:\n\nThey like blue.'],
  ])
  const items = await s.client.conversations.items.list(id, { order: 'asc' })
  assert.deepEqual(
    items.data.map(({ type }) => type),
    ['message', 'function_call', 'function_call_output', 'compaction', 'message'],
  )
  await s.responses.create({ ...shared, input: 'Sure?' })
  assert.deepEqual(asked(s.model.calls[3]).slice(1), [
    ['assistant', 'Blue.'],
    ['user', 'Sure?'],
  ])
})

test('a summary that the model does not write leaves the response as it is', async () => {
  await using s = await createResponsesFixture((prompt) =>
    isSummary(prompt)
      ? { error: { message: 'no', statusCode: 400 } }
      : { text: 'Yes.', usage: { input: 2_000, output: 5 } },
  )
  const response = await s.responses.create({ model: 'm', input: 'Hi', ...compactAt(1_000) })
  assert.deepEqual([response.status, response.output.map(({ type }) => type)], ['completed', ['message']])
})

test('a summary that is empty leaves the response as it is, and what it has cost is counted', async () => {
  await using s = await createResponsesFixture((prompt, call) => {
    if (isSummary(prompt)) return { text: ' ', usage: { input: 7, output: 3 } }
    return call === 0
      ? { toolCalls: [{ id: 'call_1', name: 'look', arguments: {} }], usage: { input: 10, output: 5 } }
      : { text: 'Yes.', usage: { input: 2_000, output: 5 } }
  })
  const tools = [{ type: 'function' as const, name: 'look', parameters: {}, strict: false }]
  const shared = { model: 'm', tools, ...compactAt(1_000) }
  const first = await s.responses.create({ ...shared, input: 'Hi' })
  assert.deepEqual([first.usage?.input_tokens, first.usage?.output_tokens], [10, 5])
  const made = first.output[0]
  assert(made?.type === 'function_call')
  const output = {
    type: 'function_call_output' as const,
    call_id: made.call_id,
    output: 'x '.repeat(4_000),
  }
  // Before the model goes on, and after it has answered.
  const next = await s.responses.create({ ...shared, previous_response_id: first.id, input: [output] })
  assert.deepEqual(
    next.output.map(({ type }) => type),
    ['message'],
  )
  assert.equal(s.model.calls.filter((one) => isSummary(one.prompt)).length, 2)
  assert.deepEqual([next.usage?.input_tokens, next.usage?.output_tokens], [2_014, 11])
})

test('a call without its output stays beside the summary, and can be answered', async () => {
  await using s = await createResponsesFixture(script(() => ({ text: 'Blue.' })))
  const answered = { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' }
  const open = { ...answered, call_id: 'call_2', arguments: '{"at":"sky"}' }
  const output = { type: 'function_call_output', call_id: 'call_1', output: 'grey' }
  const input = [{ role: 'user', content: 'Which?' }, answered, output, open]
  const { json } = await raw(s, 'POST', '/v1/responses/compact', { model: 'm', input })
  const again = await raw(s, 'POST', '/v1/responses/compact', { model: 'm', input: json.output })
  for (const { output: folded } of [json, again.json]) {
    const answer = { type: 'function_call_output', call_id: 'call_2', output: 'blue' }
    const next = await s.post({ model: 'm', input: [...folded, answer] })
    assert.equal(next.status, 200, next.text)
    const told = JSON.stringify(s.model.calls.at(-1)?.prompt)
    assert.match(told, /"toolCallId":"call_2".*"blue"/)
    assert.doesNotMatch(told, /call_1/)
  }
})

test('what is null in a request to compact was left out, and what is not served is refused', async () => {
  await using s = await createResponsesFixture(script(() => ({ text: 'Blue.' })))
  const nulls =
    'previous_response_id instructions prompt_cache_key prompt_cache_retention prompt_cache_options service_tier'
  const given = Object.fromEntries(nulls.split(' ').map((name) => [name, null]))
  const compact = (more: object) =>
    raw(s, 'POST', '/v1/responses/compact', { model: 'm', input: 'Hi', ...given, ...more })
  assert.equal((await compact({})).status, 200)
  refused(
    await compact({ prompt_cache_options: {} }),
    400,
    "Unsupported parameter: 'prompt_cache_options' is not supported by this server.",
    { param: 'prompt_cache_options', code: 'unsupported_parameter' },
  )
})

test('a context management that there is not is refused', async () => {
  await using s = await createResponsesFixture(() => ({ text: 'Yes.' }))
  const ask = (context_management: unknown) => s.post({ model: 'm', input: 'Hi', context_management })
  refused(
    await ask([{ type: 'compaction', compact_threshold: 999 }]),
    400,
    "Invalid 'context_management[0].compact_threshold': integer below minimum value. Expected a value >= 1000, but got 999 instead.",
    { param: 'context_management[0].compact_threshold', code: 'integer_below_min_value' },
  )
  refused(await ask([{ type: 'x' }]), 400, "Invalid value: 'x'. Supported values are: 'compaction'.", {
    param: 'context_management[0].type',
    code: 'invalid_value',
  })
  refused(
    await ask({}),
    400,
    "Invalid type for 'context_management': expected an array of objects, but got an object instead.",
    {
      param: 'context_management',
      code: 'invalid_type',
    },
  )
  refused(
    await ask([{ type: 'compaction' }, { type: 'compaction', compact_threshold: 5_000 }]),
    400,
    "Invalid 'context_management': array too long. Expected an array with maximum length 1, but got an array with length 2 instead.",
    { param: 'context_management', code: 'array_above_max_length' },
  )
  refused(
    await ask([]),
    400,
    "Invalid 'context_management': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    { param: 'context_management', code: 'empty_array' },
  )
  assert.equal((await ask([{ type: 'compaction' }])).status, 200)
})
