import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type OpenAI from 'openai'
import type { Script } from '../../src/models/scripted.ts'
import { removeDatabaseOf } from '../database.ts'
import { startMcpServer, textResult } from '../mcp-server.ts'
import { raw, refused } from '../raw.ts'
import { assertNumbered, createResponsesFixture, shortOrder } from '../responses.ts'
import {
  roll,
  call,
  rolling,
  resultsOf,
  createFixture,
  listed,
  types,
  requestsOf,
  approve,
  always,
} from './responses-mcp-fixture.ts'

type Input = OpenAI.Responses.ResponseInputItem[]

const ways = ['id', 'conversation', 'items'] as const

test('a call that waits for its approval is made although what was said before is compacted meanwhile', async () => {
  const script: Script = (prompt, index) =>
    JSON.stringify(prompt[0]).includes('You write summaries')
      ? { text: 'Dice are to be rolled.' }
      : rolling(prompt, index)
  await using s = await createFixture({ script, tool: { require_approval: 'always' } })
  const first = await s.responses.create({ model: 'm', tools: s.tools, input: 'Roll.' })
  const [request] = requestsOf(first)
  const compact = (body: object) => raw(s, 'POST', '/v1/responses/compact', { model: 'm', ...body })
  const once = await compact({ previous_response_id: first.id })
  const twice = await compact({ input: once.json.output })
  for (const { json } of [once, twice]) {
    const input = [...json.output, approve(request?.id)]
    const answer = await s.responses.create({ model: 'm', tools: s.tools, input })
    assert.deepEqual(types(answer), ['mcp_list_tools', 'mcp_call', 'message'])
  }
  const denied = [...once.json.output, approve(request?.id, false)]
  const { json } = await compact({ input: denied })
  const late = { model: 'm', tools: s.tools, input: [...json.output, approve(request?.id)] }
  const { status } = await raw(s, 'POST', '/v1/responses', late)
  assert.deepEqual([status, s.mcp.count('tools/call')], [400, 2], 'it was answered before')
})

test('a call waits for its approval, which may come by id, by conversation or with all items, to a server that was started anew', async () => {
  await using mcp = await startMcpServer({ tools: [roll], call: () => textResult('4') })
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(async () => {
    rmSync(folder, { recursive: true, force: true })
    await removeDatabaseOf(folder)
  })
  const begin = () =>
    createResponsesFixture(rolling, { dataDir: folder, env: { THREADMILL_PRIVATE_HOSTS: '127.0.0.1' } })
  const tools = [
    { type: 'mcp' as const, server_label: 'lab', server_url: mcp.url, require_approval: 'always' as const },
  ]
  const question = { role: 'user' as const, content: 'Roll.' }
  const asked = new Map<string, { first: OpenAI.Responses.Response; ask: object }>()
  {
    await using s = await begin()
    for (const way of ways) {
      const conversation = way === 'conversation' ? (await s.client.conversations.create()).id : null
      const ask = { model: 'm', tools, conversation, store: way !== 'items' }
      const events = await s.stream({ ...ask, input: [question] })
      assert.deepEqual(shortOrder(events), [
        'created',
        'in_progress',
        ...listed,
        'output_item.added(mcp_approval_request)',
        'output_item.done(mcp_approval_request)',
        'completed',
      ])
      const first: OpenAI.Responses.Response = events.at(-1)?.data.response
      const [request] = requestsOf(first)
      assert.match(request?.id ?? '', /^mcpr_[0-9a-f]{50}$/)
      assert.deepEqual(request, {
        id: request?.id,
        type: 'mcp_approval_request',
        arguments: '{"dice":"2d4"}',
        name: 'roll',
        server_label: 'lab',
      })
      asked.set(way, { first, ask })
    }
  }
  assert.deepEqual([mcp.count('tools/list'), mcp.count('tools/call')], [3, 0])

  await using s = await begin()
  const create = (body: object) =>
    s.responses.create(body as OpenAI.Responses.ResponseCreateParamsNonStreaming)
  for (const [way, { first, ask }] of asked) {
    const [request] = requestsOf(first)
    const given = (first.output as Input).concat(approve(request?.id))
    const input: Input = way === 'items' ? [question, ...given] : given.slice(-1)
    const byId = (id: string) => (way === 'id' ? { previous_response_id: id } : {})
    const second = await create({ ...ask, ...byId(first.id), input })
    assert.deepEqual(types(second), ['mcp_call', 'message'], way)
    const [made] = second.output
    assert.ok(made?.type === 'mcp_call')
    assert.deepEqual([made.approval_request_id, made.output], [request?.id, '4'])
    assert.equal(second.output_text, 'It is 4.')
    // Whoever sends everything back sends the approval as well.
    const more = (second.output as Input).concat({ role: 'user', content: 'Again?' })
    const all = way === 'items' ? [...input, ...more] : more.slice(-1)
    const third = await create({ ...ask, ...byId(second.id), input: all })
    assert.deepEqual(types(third), ['mcp_approval_request'], 'a new call needs a new approval')
  }
  assert.deepEqual([mcp.count('tools/list'), mcp.count('tools/call')], [3, 3])
})

test('several calls are approved at once, and one that is denied is told to the model with the reason', async () => {
  await using s = await createFixture({
    tool: always,
    script: (prompt) =>
      prompt.at(-1)?.role === 'tool'
        ? { text: 'Done.' }
        : { toolCalls: [call('1d4'), call('1d6'), call('1d8')] },
  })
  const first = await s.responses.create({ model: 'm', input: 'Roll.', tools: s.tools })
  assert.deepEqual(types(first), ['mcp_list_tools', ...Array<string>(3).fill('mcp_approval_request')])
  const [one, two, three] = requestsOf(first)
  const second = await s.responses.create({
    model: 'm',
    tools: s.tools,
    previous_response_id: first.id,
    input: [approve(one?.id), approve(two?.id, false, { reason: 'Six is unlucky.' }), approve(three?.id)],
  })
  assert.deepEqual(types(second), ['mcp_call', 'mcp_call', 'message'])
  assert.deepEqual(
    s.mcp.calls().map((params) => params?.arguments),
    [{ dice: '1d4' }, { dice: '1d8' }],
  )
  const results = resultsOf(s.model.calls[1]?.prompt ?? [])
  assert.deepEqual(results, [
    'Nothing was called: the user did not allow this call. Six is unlucky.',
    '4',
    '4',
  ])
})

test('calls of functions beside calls of a server end the response, and both go on together', async () => {
  const script: Script = (prompt) =>
    prompt.some(({ role }) => role === 'tool')
      ? { text: 'Done.' }
      : { toolCalls: [{ name: 'ask', arguments: {} }, call(), { name: 'ask', arguments: { again: true } }] }
  const ask = { type: 'function' as const, name: 'ask', parameters: {}, strict: false }
  for (const required of ['never', 'always'] as const) {
    await using s = await createFixture({ script, tool: { require_approval: required } })
    const events = await s.stream({ input: 'Go.', tools: [...s.tools, ask] })
    assertNumbered(events)
    const response: OpenAI.Responses.Response = events.at(-1)?.data.response
    const made = required === 'never' ? 'mcp_call' : 'mcp_approval_request'
    assert.deepEqual(types(response), ['mcp_list_tools', 'function_call', made, 'function_call'])
    const outputs = response.output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ type: 'function_call_output' as const, call_id: item.call_id, output: 'yes' }]
        : [],
    )
    const approvals = requestsOf(response).map(({ id }) => approve(id))
    const next = await s.responses.create({
      model: 'm',
      tools: [...s.tools, ask],
      previous_response_id: response.id,
      input: [...outputs, ...approvals],
    })
    assert.equal(next.output_text, 'Done.')
    assert.equal(s.mcp.count('tools/call'), 1)
    assert.deepEqual(resultsOf(s.model.calls.at(-1)?.prompt ?? []).toSorted(), ['4', 'yes', 'yes'])
  }
})

test('an approval of what was never asked is refused', async () => {
  await using s = await createFixture({ tool: always })
  const says = (id: string) =>
    `No approval request found for approval response with approval_request_id ${id}.`
  const post = (more: object) => s.post({ model: 'm', tools: s.tools, input: [approve('mcpr_x')], ...more })
  refused(await post({}), 400, says('mcpr_x'), { param: 'input' })
  const first = await s.responses.create({ model: 'm', input: 'Roll.', tools: s.tools })
  refused(await post({ previous_response_id: first.id }), 400, says('mcpr_x'), { param: 'input' })
  const long = [approve('x'.repeat(60_000))]
  assert.equal((await post({ previous_response_id: first.id, input: long })).status, 400)
  const { id = '' } = requestsOf(first)[0] ?? {}
  refused(await post({ input: [approve(id)] }), 400, says(id), { param: 'input' })
  const denied = { ...approve(id), approve: false }
  refused(
    await post({ previous_response_id: first.id, input: [denied, approve(id)] }),
    400,
    `The approval request ${id} is both approved and denied in 'input'.`,
    { param: 'input' },
  )
  // Also when it was asked for long before.
  const later = await s.responses.create({ model: 'm', input: 'Hm.', previous_response_id: first.id })
  const after = { previous_response_id: later.id, input: [approve(id)], tools: s.tools, model: 'm' }
  assert.ok(types(await s.responses.create(after)).includes('mcp_call'))
  assert.equal(s.mcp.count('tools/call'), 1)
})

test('a request that is not answered is no call, and one that is answered without its server is told to the model', async () => {
  await using s = await createFixture({
    tool: always,
    script: (prompt) => (resultsOf(prompt).length > 0 ? { text: 'Well.' } : { toolCalls: [call()] }),
  })
  const first = await s.responses.create({ model: 'm', input: 'Roll.', tools: s.tools })
  const go = (input: string | Input) =>
    s.responses.create({ model: 'm', input, previous_response_id: first.id })
  assert.equal((await go('Never mind.')).output_text, 'Well.')
  assert.match(resultsOf(s.model.calls.at(-1)?.prompt ?? [])[0] ?? '', /has not said whether/)
  assert.deepEqual(types(await go([approve(requestsOf(first)[0]?.id)])), ['message'])
  assert.match(resultsOf(s.model.calls.at(-1)?.prompt ?? []).at(-1) ?? '', /no tool named 'lab__roll'/)
  assert.equal(s.mcp.count('tools/call'), 0)
})
