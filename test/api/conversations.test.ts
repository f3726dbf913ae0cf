import assert from 'node:assert/strict'
import { test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { asked, createResponsesFixture } from '../responses.ts'
import { until } from '../runs.ts'
import { threadWithCall } from './shared-threads-fixture.ts'

const numbered = (_prompt: unknown, index: number) => ({ text: `Answer ${index}.` })
type Fixture = Awaited<ReturnType<typeof createResponsesFixture>>
const kinds = async (s: Fixture, id: string) =>
  (await s.client.conversations.items.list(id, { order: 'asc' })).data.map((item) =>
    item.type === 'message'
      ? `${item.role}: ${'text' in (item.content[0] ?? {}) ? (item.content[0] as { text: string }).text : ''}`
      : item.type,
  )
const user = (text: string) => ({ type: 'message' as const, role: 'user' as const, content: text })

test('a conversation has the four fields of the wire, and its metadata is replaced', async () => {
  await using s = await createResponsesFixture(numbered)
  const { json } = await raw(s, 'POST', '/v1/conversations', { metadata: { topic: 'a' } })
  assert.match(json.id, /^conv_[0-9a-f]{48}$/)
  const conversation = {
    id: json.id,
    object: 'conversation',
    created_at: json.created_at,
    metadata: { topic: 'a' },
  }
  assert.deepEqual(json, conversation)
  assert.deepEqual((await raw(s, 'GET', `/v1/conversations/${json.id}`)).json, conversation)
  const changed = await raw(s, 'POST', `/v1/conversations/${json.id}`, { metadata: { purpose: 'b' } })
  assert.deepEqual(changed.json.metadata, { purpose: 'b' })
  assert.deepEqual((await raw(s, 'POST', '/v1/conversations')).json.metadata, {})
  const listed = await raw(s, 'GET', '/v1/conversations?limit=1')
  assert.deepEqual([listed.json.data.length, listed.json.has_more], [1, true])
  const nobody = `conv_${'0'.repeat(48)}`
  const unknown = await raw(s, 'GET', `/v1/conversations?after=${nobody}`)
  assert.equal(unknown.json.error.message, `No conversation found with id '${nobody}'.`)
  const deleted = await raw(s, 'DELETE', `/v1/conversations/${json.id}`)
  assert.deepEqual(deleted.json, { id: json.id, object: 'conversation.deleted', deleted: true })
  const gone = `Conversation with id '${json.id}' not found.`
  refused(await raw(s, 'GET', `/v1/conversations/${json.id}`), 404, gone)
  refused(await raw(s, 'DELETE', `/v1/conversations/${json.id}`), 404, gone)
  refused(await raw(s, 'GET', `/v1/conversations/${json.id}/items`), 404, gone)
  refused(await s.post({ model: 'm', input: 'Hi', conversation: json.id }), 404, gone)
})

test('items are added, listed in both orders, read and deleted', async () => {
  await using s = await createResponsesFixture(numbered)
  const { conversations } = s.client
  const { id } = await conversations.create({ items: [user('One')] })
  const added = await raw(s, 'POST', `/v1/conversations/${id}/items`, {
    items: [
      { role: 'developer', content: 'Be brief.' },
      { role: 'assistant', content: [{ type: 'output_text', text: 'Two', annotations: [] }] },
      { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'done' },
      user('Three'),
    ],
  })
  assert.deepEqual(Object.keys(added.json), ['object', 'data', 'first_id', 'has_more', 'last_id'])
  assert.equal(added.json.data.length, 5)
  const expected = [
    'user: One',
    'developer: Be brief.',
    'assistant: Two',
    'function_call',
    'function_call_output',
    'user: Three',
  ]
  assert.deepEqual(await kinds(s, id), expected)
  const first = await conversations.items.list(id, { limit: 4 })
  assert.deepEqual([first.data.length, first.has_more], [4, true])
  const second = await first.getNextPage()
  assert.deepEqual(
    second.data.map(({ type }) => type),
    ['message', 'message'],
  )
  const [call] = added.json.data.filter(({ type }: { type: string }) => type === 'function_call')
  assert.deepEqual(Object.keys(call), ['id', 'type', 'status', 'arguments', 'call_id', 'name'])
  assert.deepEqual((await raw(s, 'GET', `/v1/conversations/${id}/items/${call.id}`)).json, call)
  const left = await raw(s, 'DELETE', `/v1/conversations/${id}/items/${call.id}`)
  assert.deepEqual([left.json.object, left.json.id], ['conversation', id])
  const gone = `Item with id '${call.id}' not found in conversation.`
  refused(await raw(s, 'GET', `/v1/conversations/${id}/items/${call.id}`), 404, gone)
  refused(await raw(s, 'DELETE', `/v1/conversations/${id}/items/${call.id}`), 404, gone)
  refused(
    await raw(s, 'GET', `/v1/conversations/${id}/items?limit=1000`),
    400,
    "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 1000 instead.",
    { param: 'limit', code: 'integer_above_max_value' },
  )
  refused(
    await raw(s, 'POST', `/v1/conversations/${id}/items`, { items: [{ content: 'Hi' }] }),
    400,
    "Invalid value: ''. Supported values are: 'assistant', 'system', 'developer', and 'user'.",
    { param: 'items[0]', code: 'invalid_value' },
  )
  refused(
    await raw(s, 'POST', `/v1/conversations/${id}/items`, {}),
    400,
    "Missing required parameter: 'items'.",
    { param: 'items', code: 'missing_required_parameter' },
  )
  const many = await raw(s, 'POST', `/v1/conversations/${id}/items`, {
    items: Array.from({ length: 21 }, () => user('x')),
  })
  assert.deepEqual([many.status, many.json.error.code], [400, 'array_above_max_length'])
})

test('a response reads its conversation, and belongs to it when it is over', async () => {
  await using s = await createResponsesFixture(numbered)
  const { id } = await s.client.conversations.create({ items: [user('One')] })
  const first = await s.responses.create({
    model: 'm',
    conversation: id,
    input: 'Two',
    instructions: 'Be kind.',
  })
  assert.deepEqual([first.conversation, first.previous_response_id], [{ id }, null])
  assert.equal(first.id.slice(5, 21), id.slice(-16), 'both are of one chain')
  const second = await s.responses.create({ model: 'm', conversation: { id }, input: 'Three' })
  assert.deepEqual(asked(s.model.calls[1]), [
    ['user', 'One'],
    ['user', 'Two'],
    ['assistant', 'Answer 0.'],
    ['user', 'Three'],
  ])
  assert.deepEqual(await kinds(s, id), [
    'user: One',
    'user: Two',
    'assistant: Answer 0.',
    'user: Three',
    'assistant: Answer 1.',
  ])
  const items = await s.client.conversations.items.list(id)
  assert.deepEqual(items.data[0], second.output[0])
  const aside = await s.responses.create({ model: 'm', previous_response_id: first.id, input: 'Aside' })
  assert.equal(aside.conversation ?? null, null)
  assert.equal((await kinds(s, id)).length, 5, 'a chain writes nothing into the conversation')

  await s.client.conversations.delete(id)
  const kept = await s.responses.retrieve(second.id)
  assert.deepEqual([kept.output_text, kept.conversation], ['Answer 1.', { id }])
})

test('calls of a function and their outputs are items of the conversation', async () => {
  await using s = await createResponsesFixture((prompt) =>
    prompt.at(-1)?.role === 'tool' ? { text: 'Sunny.' } : { toolCalls: [{ name: 'look', arguments: {} }] },
  )
  const tools = [{ type: 'function' as const, name: 'look', parameters: null, strict: false }]
  const { id } = await s.client.conversations.create()
  const first = await s.responses.create({ model: 'm', conversation: id, input: 'Weather?', tools })
  const [call] = first.output
  assert.ok(call?.type === 'function_call')
  refused(
    await s.post({ model: 'm', conversation: id, input: 'And?' }),
    400,
    `No tool output found for function call ${call.call_id}.`,
    { param: 'input' },
  )
  const output = { type: 'function_call_output' as const, call_id: call.call_id, output: 'sun' }
  const next = await s.responses.create({ model: 'm', conversation: id, input: [output], tools })
  assert.equal(next.output_text, 'Sunny.')
  assert.deepEqual(await kinds(s, id), [
    'user: Weather?',
    'function_call',
    'function_call_output',
    'assistant: Sunny.',
  ])
})

test('a conversation is locked while a response is made in it, and shows nothing of it', async () => {
  let goOn = () => {}
  const held = new Promise<void>((resolve) => (goOn = resolve))
  await using s = await createResponsesFixture(async () => {
    await held
    return { text: 'Yes.' }
  })
  const { id } = await s.client.conversations.create({ items: [user('Before')] })
  const [before] = (await s.client.conversations.items.list(id)).data
  const { json } = await s.post({ model: 'm', conversation: id, input: 'Hi', background: true })
  const locked = 'Another process is currently operating on this conversation. Please retry in a few seconds.'
  const more = { param: 'conversation', code: 'conversation_locked' }
  refused(await s.post({ model: 'm', conversation: id, input: 'Me too' }), 400, locked, more)
  refused(await raw(s, 'POST', `/v1/conversations/${id}/items`, { items: [user('x')] }), 400, locked, more)
  const item = `/v1/conversations/${id}/items/${before?.id}`
  refused(await raw(s, 'DELETE', item), 400, locked, more)
  const thread = id.replace('conv_', 'thread_')
  const { id: assistant_id } = await s.client.beta.assistants.create({ model: 'm' })
  const why =
    ' It is a response of the Responses API in this conversation: wait for its end, or cancel it there.'
  const other = { param: null, code: null }
  refused(
    await raw(s, 'DELETE', `/v1/threads/${thread}/messages/${before?.id}`),
    400,
    `Can't delete messages of ${thread} while a run ${json.id} is active.${why}`,
    other,
  )
  refused(
    await raw(s, 'POST', `/v1/threads/${thread}/messages`, { role: 'user', content: 'x' }),
    400,
    `Can't add messages to ${thread} while a run ${json.id} is active.${why}`,
    other,
  )
  refused(
    await raw(s, 'POST', `/v1/threads/${thread}/runs`, { assistant_id }),
    400,
    `Thread ${thread} already has an active run ${json.id}.${why}`,
    other,
  )
  assert.deepEqual(await kinds(s, id), ['user: Before'])
  goOn()
  await until(async () => (await s.responses.retrieve(json.id)).status === 'completed')
  assert.deepEqual(await kinds(s, id), ['user: Before', 'user: Hi', 'assistant: Yes.'])
  assert.equal((await raw(s, 'DELETE', item)).status, 200)
  assert.equal((await s.post({ model: 'm', conversation: id, input: 'Now?' })).status, 200)
})

test('a thread is a conversation, and a conversation is a thread', async () => {
  await using s = await createResponsesFixture((prompt, index) =>
    prompt.at(-1)?.role === 'user' && index === 0
      ? { toolCalls: [{ name: 'look', arguments: { at: 'sky' } }] }
      : { text: `Answer ${index}.` },
  )
  const { beta, conversations } = s.client
  const assistant = await beta.assistants.create({
    model: 'm',
    tools: [{ type: 'function', function: { name: 'look' } }],
  })
  const thread = await beta.threads.create({ messages: [{ role: 'user', content: 'One' }] })
  const run = await beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
  const [call] = run.required_action?.submit_tool_outputs.tool_calls ?? []
  const conversation = thread.id.replace('thread_', 'conv_')
  const locked = await s.post({ model: 'm', conversation, input: 'Me too' })
  assert.equal(locked.json.error.code, 'conversation_locked')
  await beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id: thread.id,
    tool_outputs: [{ tool_call_id: call?.id ?? '', output: 'blue' }],
  })
  assert.deepEqual(await kinds(s, conversation), [
    'user: One',
    'function_call',
    'function_call_output',
    'assistant: Answer 1.',
  ])
  const response = await s.responses.create({ model: 'm', conversation, input: 'Two' })
  assert.match(JSON.stringify(s.model.calls.at(-1)?.prompt), /"value":"blue"/)
  const messages = await beta.threads.messages.list(thread.id, { order: 'asc' })
  assert.deepEqual(
    messages.data.map(({ role, content: [part] }) => [role, part?.type === 'text' && part.text.value]),
    [
      ['user', 'One'],
      ['assistant', 'Answer 1.'],
      ['user', 'Two'],
      ['assistant', response.output_text],
    ],
  )
  assert.deepEqual(
    (await beta.threads.runs.list(thread.id)).data.map(({ id }) => id),
    [run.id],
    'a response is no run of the other API',
  )
  await beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
  assert.deepEqual(asked(s.model.calls.at(-1)).at(-1), ['assistant', response.output_text])

  const made = await conversations.create({ items: [user('Hello')] })
  const asThread = made.id.replace('conv_', 'thread_')
  await beta.threads.messages.create(asThread, { role: 'user', content: 'More' })
  assert.deepEqual(await kinds(s, made.id), ['user: Hello', 'user: More'])
})

test('a copy of a thread has all items of its conversation, or those before a message', async () => {
  await using s = await createResponsesFixture(numbered)
  const { conversations } = s.client
  const call = { call_id: 'call_1', name: 'f', arguments: '{}' }
  const { id } = await conversations.create({
    items: [
      { type: 'message', role: 'developer', content: 'Be brief.' },
      user('One'),
      { type: 'function_call', ...call },
      { type: 'function_call_output', call_id: 'call_1', output: 'done' },
    ],
  })
  await conversations.items.create(id, {
    items: [user('Two'), { type: 'function_call', ...call, call_id: 'call_2' }],
  })
  const copyOf = async (body: object = {}) => {
    const thread = id.replace('conv_', 'thread_')
    const { json } = await raw(s, 'POST', `/v1/threads/${thread}/copy`, body)
    return json.id.replace('thread_', 'conv_')
  }
  const whole = await copyOf()
  assert.deepEqual(await kinds(s, whole), await kinds(s, id))
  const items = (await conversations.items.list(whole, { order: 'asc' })).data
  const before = (await conversations.items.list(id, { order: 'asc' })).data
  assert.ok(items.every((item) => !before.some((one) => one.id === item.id)))

  const [one, two] = before.flatMap((item) =>
    item.type === 'message' && item.role === 'user' ? [item.id] : [],
  )
  assert.deepEqual(await kinds(s, await copyOf({ through: one })), ['developer: Be brief.', 'user: One'])
  assert.deepEqual(await kinds(s, await copyOf({ before: two })), (await kinds(s, id)).slice(0, 4))
})

test('what answers a request for approval names it also where its id is taken, and in a copy', async () => {
  await using s = await createResponsesFixture(numbered)
  const { conversations } = s.client
  const of = { name: 'roll', server_label: 'lab', arguments: '{}' }
  const items = [
    user('Roll'),
    { type: 'mcp_approval_request' as const, id: 'mcpr_1', ...of },
    { type: 'mcp_approval_response' as const, approval_request_id: 'mcpr_1', approve: true },
    { type: 'mcp_call' as const, id: 'mcp_1', ...of, approval_request_id: 'mcpr_1', output: '4' },
  ]
  const first = await conversations.create({ items })
  const again = await conversations.create({ items })
  const copy = await raw(s, 'POST', `/v1/threads/${first.id.replace('conv_', 'thread_')}/copy`, {})
  const requests: unknown[] = []
  for (const id of [first.id, again.id, copy.json.id.replace('thread_', 'conv_')]) {
    const { data } = (await raw(s, 'GET', `/v1/conversations/${id}/items?order=asc`)).json
    const [, request, answer, call] = data
    assert.deepEqual([answer.approval_request_id, call.approval_request_id], [request.id, request.id])
    requests.push(request.id)
  }
  assert.equal(new Set(requests).size, 3)
})

test('a copy of a thread shows the calls of its runs once', async () => {
  await using s = await createResponsesFixture((prompt) =>
    prompt.at(-1)?.role === 'user' ? { toolCalls: [{ name: 'look', arguments: {} }] } : { text: 'Blue.' },
  )
  const { thread_id } = await threadWithCall(s)
  const { json } = await raw(s, 'POST', `/v1/threads/${thread_id}/copy`, {})
  assert.deepEqual(await kinds(s, json.id.replace('thread_', 'conv_')), [
    'user: One',
    'function_call',
    'function_call_output',
    'assistant: Blue.',
  ])
})
