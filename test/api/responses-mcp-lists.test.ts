import assert from 'node:assert/strict'
import { test } from 'node:test'
import { raw } from '../raw.ts'
import { assertNumbered, shortOrder } from '../responses.ts'
import {
  roll,
  createFixture,
  listed,
  message,
  types,
  requestsOf,
  approve,
  always,
} from './responses-mcp-fixture.ts'

test('a list that fails is shown with its error, and the response goes on without it', async () => {
  await using s = await createFixture({
    mcp: { instead: ({ method }, response) => method === 'tools/list' && !!response.writeHead(401).end() },
    script: () => ({ text: 'No dice.' }),
  })
  const events = await s.stream({ input: 'Roll.', tools: s.tools })
  const failed = listed.map((event) => event.replace('tools.completed', 'tools.failed'))
  assert.deepEqual(shortOrder(events), ['created', 'in_progress', ...failed, ...message, 'completed'])
  const [list] = events.at(-1)?.data.response.output
  assert.deepEqual([list.tools, list.error], [[], 'The server answered 401.'])
  assert.match(JSON.stringify(s.model.calls[0]?.prompt), /cannot be used now, because/)
  await s.responses.create({
    model: 'm',
    input: 'Again.',
    tools: s.tools,
    previous_response_id: events.at(-1)?.data.response.id,
  })
  assert.equal(s.mcp.count('tools/list'), 2, 'a list that failed is asked for again')
})

test('lists of several servers overlap and end together', async () => {
  await using s = await createFixture({ script: () => ({ text: 'Hi.' }) })
  const tools = ['a', 'b', 'c'].map((server_label) => ({ ...s.entry, server_label }))
  const events = await s.stream({ input: 'Hi', tools })
  assertNumbered(events)
  const begun = listed.slice(0, 2)
  const [, , completed = '', done = ''] = listed
  assert.deepEqual(shortOrder(events).slice(2, 14), [
    ...begun,
    ...begun,
    ...begun,
    ...Array<string>(3).fill(completed),
    ...Array<string>(3).fill(done),
  ])
})

test('a choice narrows what is offered of a server', async () => {
  const flip = { name: 'flip', description: 'Flips a coin.' }
  await using s = await createFixture({ mcp: { tools: [roll, flip] }, script: () => ({ text: 'Hi.' }) })
  const other = { type: 'function' as const, name: 'other', parameters: {}, strict: false }
  const offered = async (tool_choice: unknown, tool: object = {}) => {
    const tools = [{ ...s.entry, ...tool }, other]
    await s.responses.create({ model: 'm', input: 'Hi', tools, tool_choice: tool_choice as 'auto' })
    const { tools: seen = [], toolChoice } = s.model.calls.at(-1) ?? {}
    return [seen.map(({ name }) => name).join(' '), toolChoice]
  }
  const required = { type: 'required' }
  assert.deepEqual(await offered('auto'), ['lab__roll lab__flip other', { type: 'auto' }])
  assert.deepEqual(await offered('auto', { allowed_tools: ['flip'] }), ['lab__flip other', { type: 'auto' }])
  assert.deepEqual(await offered({ type: 'mcp', server_label: 'lab' }), ['lab__roll lab__flip', required])
  assert.deepEqual(await offered({ type: 'mcp', server_label: 'lab', name: 'flip' }), [
    'lab__flip',
    { type: 'tool', toolName: 'lab__flip' },
  ])
  const allowed = { type: 'allowed_tools', mode: 'required' }
  assert.deepEqual(await offered({ ...allowed, tools: [{ type: 'mcp', server_label: 'lab' }] }), [
    'lab__roll lab__flip',
    required,
  ])
})

test('a server that is sent back as it was shown is the one that the response before was asked with', async () => {
  await using s = await createFixture({
    tool: { authorization: 'the-token', headers: { 'x-team': 'the-team' }, ...always },
  })
  const { id: conversation } = await s.client.conversations.create()
  const asks = await s.responses.create({ model: 'm', conversation, input: 'Roll.', tools: s.tools })
  const [request] = requestsOf(asks)
  const before = s.mcp.headers.length
  const tools = asks.tools as typeof s.tools
  const answered = await s.responses.create({
    model: 'm',
    conversation,
    input: [approve(request?.id)],
    tools,
  })
  assert.deepEqual(types(answered), ['mcp_call', 'message'])
  const sent = s.mcp.headers.slice(before)
  assert.notEqual(sent.length, 0)
  for (const headers of sent)
    assert.deepEqual([headers.authorization, headers['x-team']], ['Bearer the-token', 'the-team'])
  const other = await raw(s, 'POST', '/v1/responses', {
    model: 'm',
    previous_response_id: answered.id,
    input: 'Again',
    tools: [{ ...tools[0], server_label: 'other' }],
  })
  assert.deepEqual([other.status, other.json.error.param], [400, 'tools[0].server_url'])
})

test('a list that was sent back is taken as it is, and one that is too long offers nothing', async () => {
  await using s = await createFixture({ script: () => ({ text: 'Hi.' }) })
  const send = async (names: string[]) => {
    const tools = names.map((name) => ({ name, input_schema: { type: 'object' }, annotations: null }))
    const list = { type: 'mcp_list_tools' as const, id: 'mcpl_1', server_label: 'lab', tools }
    const { output } = await s.responses.create({
      model: 'm',
      store: false,
      input: [list, { role: 'user', content: 'Hi' }],
      tools: s.tools,
    })
    assert.deepEqual(
      output.map(({ type }) => type),
      ['message'],
    )
    return s.model.calls.at(-1)
  }
  assert.deepEqual(
    (await send(['old']))?.tools?.map(({ name }) => name),
    ['lab__old'],
  )
  const many = await send(Array.from({ length: 200 }, (_, at) => `f${at}`))
  assert.deepEqual(many?.tools ?? [], [])
  assert.match(JSON.stringify(many?.prompt), /cannot be used now, because it has 200 functions/)
  assert.equal(s.mcp.count('tools/list'), 0)
})
