import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type OpenAI from 'openai'
import type { List } from '../../src/contract/list.ts'
import type { ChainedResponse, SummarizedResponse } from '../../src/contract/responses/response-lists.ts'
import type { LoggedResponseEvent, ResponseSpan } from '../../src/contract/responses/response-spans.ts'
import { raw, refused } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'

type Fixture = Awaited<ReturnType<typeof createResponsesFixture>>
type Create = OpenAI.Responses.ResponseCreateParamsNonStreaming

let fixture: Fixture

before(async () => {
  fixture = await createResponsesFixture((prompt) => {
    const asked = JSON.stringify(prompt.findLast(({ role }) => role === 'user'))
    if (asked.includes('fail')) return { error: { status: 400, message: 'No.' } }
    if (asked.includes('weather') && prompt.at(-1)?.role !== 'tool')
      return { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Paris"}' }] }
    return { text: ['It ', 'is.'], usage: { input: 10, output: 2 } }
  })
})
after(() => fixture[Symbol.asyncDispose]())

const create = (input: NonNullable<Create['input']>, more: Partial<Create> = {}) =>
  fixture.responses.create({ model: 'm', input, ...more })
const get = async <T>(path: string): Promise<T> =>
  (await raw(fixture, 'GET', `/v1/responses${path}`)).json as T
const found = async (query: string) =>
  (await get<List<SummarizedResponse>>(`?${query}`)).data.map(({ id }) => id)

test('responses are listed newest first, and found by what they are', async () => {
  const first = await create('One', { metadata: { of: 'list' } })
  const second = await create('Two', { metadata: { of: 'list' }, previous_response_id: first.id })
  await create('Please fail', { metadata: { of: 'list' } })
  const conversation = await fixture.client.conversations.create()
  const spoken = await create('Three', { metadata: { of: 'list' }, conversation: conversation.id })
  const of = 'metadata[of]=list'
  const [failed] = await found(`${of}&status=failed,incomplete`)
  assert.deepEqual(await found(of), [spoken.id, failed, second.id, first.id])
  assert.deepEqual(await found(`${of}&status=completed`), [spoken.id, second.id, first.id])
  assert.deepEqual(await found(`conversation=${conversation.id}`), [spoken.id])
  assert.deepEqual(await found('conversation=conv_nobody'), [])
  assert.deepEqual(await found(`previous_response_id=${first.id}`), [second.id])
  assert.deepEqual(await found(`${of}&has_previous=true`), [second.id])
  assert.deepEqual(await found(`${of}&has_previous=false&status=completed`), [spoken.id, first.id])
  assert.deepEqual(await found(`${of}&model=other`), [])
  assert.deepEqual(await found(`${of}&created_at[lt]=1000`), [])
  assert.deepEqual(await found(`${of}&after=${second.id}`), [first.id])
  refused(
    await raw(fixture, 'GET', '/v1/responses?status=expired'),
    400,
    "Invalid value: 'expired'. Supported values are: 'queued', 'in_progress', 'completed', 'failed', 'cancelled', and 'incomplete'.",
    { param: 'status', code: 'invalid_value' },
  )
  refused(
    await raw(fixture, 'GET', '/v1/responses?assistant_id=x'),
    400,
    "Unknown parameter: 'assistant_id'.",
    {
      param: 'assistant_id',
      code: 'unknown_parameter',
    },
  )
})

test('a list says on request what each response was asked, and how many go on with it', async () => {
  const first = await create([
    { role: 'user', content: 'Not this one' },
    {
      role: 'user',
      content: [{ type: 'input_text', text: ` Two\n"role":"user" lines ${'long '.repeat(100)}` }],
    },
  ])
  await create('A', { previous_response_id: first.id })
  await create([{ role: 'developer', content: 'Be kind.' }], { previous_response_id: first.id })
  const { data } = await get<List<SummarizedResponse>>('?limit=3&order=desc&include[]=summary')
  const [instructed, forked, root] = data.map(({ summary }) => summary)
  assert.deepEqual(
    [instructed, forked],
    [
      { title: null, followers: 0 },
      { title: 'A', followers: 0 },
    ],
  )
  assert.equal(root?.followers, 2)
  assert.match(root?.title ?? '', /^Two "role":"user" lines long .*…$/)
  assert.ok(!('summary' in ((await get<List<SummarizedResponse>>('?limit=1')).data[0] ?? {})))
})

test('the tree of a response has what it goes on with, and its forks, also after one is deleted', async () => {
  const root = await create('root')
  const a = await create('a', { previous_response_id: root.id })
  const b = await create('b', { previous_response_id: root.id })
  const aa = await create('aa', { previous_response_id: a.id })
  await create('another tree')
  const tree = async (id: string) => (await get<List<ChainedResponse>>(`/${id}/chain`)).data
  for (const id of [root.id, aa.id, b.id]) {
    const links = (await tree(id)).map((one) => [one.title, one.previous_response_id, one.followers])
    assert.deepEqual(links, [
      ['root', null, 2],
      ['a', root.id, 1],
      ['b', root.id, 0],
      ['aa', a.id, 0],
    ])
  }
  const [first] = await tree(root.id)
  assert.deepEqual(first, {
    id: root.id,
    object: 'response.link',
    created_at: root.created_at,
    status: 'completed',
    model: 'm',
    previous_response_id: null,
    total_tokens: 12,
    title: 'root',
    followers: 2,
  })
  await fixture.responses.delete(a.id)
  assert.deepEqual(
    (await tree(b.id)).map((one) => [one.title, one.previous_response_id]),
    [
      ['root', null],
      ['b', root.id],
      ['aa', root.id],
    ],
  )
})

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
}

test('the timeline of a response says what took how long, and of which items its prompt was made', async () => {
  const called = await create('How is the weather?', { tools: [weather], instructions: 'Be brief.' })
  const [call] = called.output
  assert.ok(call?.type === 'function_call')
  const output = { type: 'function_call_output' as const, call_id: call.call_id, output: 'Sunny.' }
  const told = await create([output], { tools: [weather], previous_response_id: called.id })
  const { data } = await get<List<ResponseSpan>>(`/${told.id}/timeline`)
  assert.deepEqual(
    data.map(({ type, status, attempt, response_id }) => [type, status, attempt, response_id]),
    [
      ['queued', 'completed', 1, told.id],
      ['model_turn', 'completed', 1, told.id],
    ],
  )
  const turn = data[1]
  assert.ok(turn?.type === 'model_turn' && turn.ended_at !== null && turn.ended_at >= turn.started_at)
  assert.deepEqual(turn.item_ids, [told.output[0]?.id])
  assert.equal(turn.usage?.total_tokens, 12)
  const inputs = (await fixture.responses.inputItems.list(told.id, { order: 'asc' })).data
  const [question, , answered] = inputs
  assert.deepEqual(
    turn.context.parts.map((part) => [part.type, part.type === 'items' ? part.item_ids : []]),
    [
      ['tools', []],
      ['items', [question?.id]],
      ['items', [call.id, answered?.id]],
    ],
  )
  assert.equal(
    turn.context.tokens,
    turn.context.parts.reduce((sum, { tokens }) => sum + tokens, 0),
  )
  assert.ok(turn.context.parts.every(({ tokens }) => tokens > 0))
  refused(
    await raw(fixture, 'GET', '/v1/responses/resp_x/timeline'),
    404,
    "Response with id 'resp_x' not found.",
  )
})

test('the timeline of a response in a conversation names the items of the conversation', async () => {
  const conversation = await fixture.client.conversations.create({
    items: [{ role: 'user', content: 'Before' }],
  })
  const response = await create('Now', { conversation: conversation.id })
  const { data: items } = await fixture.client.conversations.items.list(conversation.id, { order: 'asc' })
  const { data } = await get<List<ResponseSpan>>(`/${response.id}/timeline`)
  const turn = data.find(({ type }) => type === 'model_turn')
  assert.ok(turn?.type === 'model_turn')
  assert.deepEqual(
    turn.context.parts.map((part) => (part.type === 'items' ? part.item_ids : part.type)),
    [[items[0]?.id], [items[1]?.id]],
  )
})

test('the events of a response are those of its stream, also where nobody streamed it', async () => {
  const streamed = await fixture.stream({ input: 'Is it?' })
  const id = streamed[0]?.data.response.id as string
  const events = await get<List<LoggedResponseEvent>>(`/${id}/events?order=asc&limit=100`)
  assert.deepEqual(
    events.data.map(({ event, data }) => ({ event, data })),
    streamed.map(({ event, data }) => ({ event, data })),
  )
  assert.ok(events.data.every(({ created_at, object }) => created_at !== null && object === 'response.event'))
  const page = await get<List<LoggedResponseEvent>>(
    `/${id}/events?order=asc&limit=2&after=${events.data[1]?.id}`,
  )
  assert.deepEqual(page.data, events.data.slice(2, 4))
  const silent = await create('Is it?')
  const all = await get<List<LoggedResponseEvent>>(`/${silent.id}/events?order=asc`)
  assert.equal(all.data.at(-1)?.event, 'response.completed')
  assert.deepEqual(
    (all.data.at(-1)?.data as { response: object }).response,
    (await raw(fixture, 'GET', `/v1/responses/${silent.id}`)).json,
  )
})

test('responses are listed from the newest to the oldest', async () => {
  await using s = await createResponsesFixture(() => ({ text: ['Hello', ' there.'] }))
  const first = await s.responses.create({ model: 'm', input: 'Hi' })
  await s.responses.create({ model: 'm', input: 'Hi', store: false })
  const second = await s.responses.create({ model: 'm', input: 'Hi' })
  const { json } = await raw(s, 'GET', '/v1/responses?limit=1')
  assert.deepEqual([json.data.map(({ id }: { id: string }) => id), json.has_more], [[second.id], true])
  const next = await raw(s, 'GET', `/v1/responses?after=${second.id}`)
  assert.deepEqual(
    next.json.data.map(({ id }: { id: string }) => id),
    [first.id],
  )
  assert.equal(next.json.data[0].output[0].content[0].text, 'Hello there.')
})
