import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type OpenAI from 'openai'
import type { List } from '../../src/contract/list.ts'
import type { SummarizedResponse } from '../../src/contract/responses/response-lists.ts'
import { raw, refused } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'

type Create = OpenAI.Responses.ResponseCreateParamsNonStreaming
type Fixture = Awaited<ReturnType<typeof createResponsesFixture>>

const weather = {
  type: 'function' as const,
  name: 'get_weather',
  strict: false,
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
}

let fixture: Fixture
/** Responses by their names, in the order of their creation. */
const made: Record<string, OpenAI.Responses.Response> = {}

before(async () => {
  fixture = await createResponsesFixture((prompt) => {
    const last = prompt.at(-1)
    if (last?.role === 'tool') return { text: 'Nimm einen Schirm für Zürich.' }
    if (JSON.stringify(last).includes('weather'))
      return { toolCalls: [{ name: 'get_weather', arguments: '{"city":"Reykjavík"}' }] }
    return { text: 'Eine Antwort über Käse.', reasoning: 'A mouse would like this.' }
  })
  const make = async (name: string, input: NonNullable<Create['input']>, more: Partial<Create> = {}) => {
    made[name] = await fixture.responses.create({ model: 'm', input, ...more })
    return made[name]
  }
  await make('cheese', 'Tell me a\n\n  "story" with \\ and\ttabs', { metadata: { customer: 'Łukasz Żak' } })
  const asked = await make('weather', 'And the weather?', { tools: [weather] })
  const [call] = asked.output
  assert.ok(call?.type === 'function_call')
  const output = { type: 'function_call_output' as const, call_id: call.call_id, output: 'Snow on Tuesday' }
  await make('told', [output], { tools: [weather], previous_response_id: asked.id })
  const conversation = await fixture.client.conversations.create()
  await make('spoken', '東京の天気はどうですか', { conversation: conversation.id })
  await make('unkept', 'An unkept story', { store: false })
})
after(() => fixture[Symbol.asyncDispose]())

const list = async (query: Record<string, string>) =>
  (await raw(fixture, 'GET', `/v1/responses?${new URLSearchParams(query).toString()}`))
    .json as List<SummarizedResponse>
const nameOf = (id: string) => Object.entries(made).find(([, one]) => one.id === id)?.[0]
const found = async (query: Record<string, string>) =>
  (await list({ order: 'asc', ...query })).data.map(({ id }) => nameOf(id)).join(' ')

describe('responses are found by words', () => {
  const cases: [what: string, query: string, found: string][] = [
    ['of their input, with signs that JSON escapes', '"STORY" \\ tabs', 'cheese'],
    ['of their output', 'kase antwort', 'cheese spoken'],
    ['but not one in the input and one in the output', 'story kase', ''],
    ['in a script without spaces', '天気', 'spoken'],
    ['that were called with', '"city":"reykjavik"', 'weather'],
    ['of the name of a function', 'get_weather', 'weather'],
    ['that a call was answered with', 'tuesday', 'told'],
    ['that the model has thought', 'mouse', 'cheese spoken'],
    ['in the values of metadata', 'zak', 'cheese'],
    ['in no response', 'unheard-of', ''],
    ['but not in what is around the text', 'input_text', ''],
    ['but not in what is not kept', 'unkept', ''],
  ]
  for (const [what, query, expected] of cases)
    test(what, async () => assert.equal(await found({ query }), expected))

  test('and by the id of a response, or of an item of its input or output', async () => {
    const { weather: asked, told } = made
    assert.ok(asked && told)
    const [question] = (await fixture.responses.inputItems.list(asked.id)).data
    assert.equal(await found({ query: asked.id }), 'weather')
    assert.equal(await found({ query: asked.id.slice(0, -1) }), '')
    assert.equal(await found({ query: question?.id ?? '' }), 'weather')
    assert.equal(await found({ query: asked.output[0]?.id ?? '' }), 'weather')
    const said = told.output[0]
    assert.ok(said)
    await fixture.responses.create({ model: 'm', input: [said as OpenAI.Responses.ResponseInputItem] })
    assert.equal(await found({ query: said.id ?? '' }), 'told')
    assert.equal(await found({ query: 'resp_unknown' }), '')
    assert.equal(await found({ query: 'msg_unknown' }), '')
  })

  test('together with what they are narrowed by', async () => {
    assert.equal(await found({ query: 'kase', has_previous: 'true' }), '')
    assert.equal(await found({ query: 'kase', 'metadata[customer]': 'Łukasz Żak' }), 'cheese')
    assert.equal(await found({ query: made['cheese']?.id ?? '', status: 'failed' }), '')
  })
})

test('responses are found by what calls that others have run were asked and came back with', async () => {
  const roll = { name: 'roll', server_label: 'lab', arguments: '{}' }
  const content = [{ type: 'text', text: 'The dice fell under the table.' }]
  const url = 'https://lighthouse.example/keepers'
  const screenshot = { type: 'computer_screenshot', image_url: 'data:image/png;base64,iVBORw0KGgo=' }
  const items = [
    { type: 'mcp_approval_request', id: 'mcpr_1', ...roll },
    {
      type: 'mcp_approval_response',
      approval_request_id: 'mcpr_1',
      approve: false,
      reason: 'Not on Sundays',
    },
    { type: 'mcp_call', ...roll, error: { type: 'mcp_tool_execution_error', content } },
    { type: 'mcp_call', ...roll, error: { type: 'http_error', code: 503, message: 'Gone fishing' } },
    { type: 'web_search_call', action: { type: 'open_page', url } },
    { type: 'web_search_call', action: { type: 'find_in_page', url, pattern: 'foghorn' } },
    { type: 'computer_call', call_id: 'call_1', actions: [{ type: 'type', text: 'Typed by nobody' }] },
    { type: 'computer_call_output', call_id: 'call_1', output: screenshot },
    { role: 'user', content: 'Well?' },
  ]
  const { id } = await fixture.responses.create({ model: 'm', input: items as Create['input'] & object })
  for (const query of [
    'dice table',
    'fishing',
    'sundays',
    'lighthouse.example/keepers',
    'foghorn lighthouse',
    'typed nobody',
  ])
    assert.deepEqual(
      (await list({ query })).data.map((one) => one.id),
      [id],
      query,
    )
  await fixture.responses.delete(id)
})

test('where the words of a response were found is shown with the summary', async () => {
  const { cheese, weather: asked } = made
  const one = async (query: string) =>
    (await list({ query, 'include[]': 'summary', order: 'asc' })).data[0]?.summary
  const [question] = (await fixture.responses.inputItems.list(cheese?.id ?? '')).data
  const said = cheese?.output.find(({ type }) => type === 'message')
  assert.deepEqual(await one('käse'), {
    title: 'Tell me a "story" with \\ and tabs',
    followers: 0,
    matched: { item_id: said?.id, text: 'Eine Antwort über Käse.' },
  })
  assert.deepEqual((await one('story'))?.matched, {
    item_id: question?.id,
    text: 'Tell me a "story" with \\ and tabs',
  })
  assert.equal((await one('lukasz'))?.matched, null)
  assert.equal((await one(asked?.id ?? ''))?.matched, null)
  assert.deepEqual((await one(asked?.output[0]?.id ?? ''))?.matched, {
    item_id: asked?.output[0]?.id,
    text: 'get_weather {"city":"Reykjavík"}',
  })
  assert.ok(!('matched' in ((await list({ 'include[]': 'summary' })).data[0]?.summary ?? {})))
})

test('of a long item of a response the part around the word is shown, and it is found among many', async () => {
  const long = `${'früher Ἀθηνᾶ 👍🏽 '.repeat(10_000)}needle${' später'.repeat(1_000)}`
  const many = Array.from({ length: 120 }, (_, n) => ({ role: 'user' as const, content: `Filler ${n}` }))
  const { id } = await fixture.responses.create({
    model: 'm',
    input: [{ role: 'user', content: long }, ...many],
  })
  const [response] = (await list({ query: 'NEEDLE', 'include[]': 'summary' })).data
  assert.equal(response?.id, id)
  const text = response.summary?.matched?.text ?? ''
  assert.match(text, /^….*needle später.*…$/u)
  assert.ok(text.length <= 200 && text.isWellFormed())
  await fixture.responses.delete(id)
})

test('a list of responses that is narrowed by words is read in pages, and each comes once', async () => {
  const ids: string[] = []
  for (let n = 0; n < 60; n++) {
    const { id } = await fixture.responses.create({ model: 'm', input: n % 6 ? 'Else' : `Pagination ${n}` })
    if (n % 6 === 0) ids.push(id)
  }
  for (const order of ['asc', 'desc']) {
    const met: string[] = []
    for (let after: string | null = null; ;) {
      const page = await list({ query: 'pagination', limit: '3', order, ...(after && { after }) })
      met.push(...page.data.map(({ id }) => id))
      if (!page.has_more) break
      after = page.last_id
    }
    assert.deepEqual(met, order === 'asc' ? ids : ids.toReversed())
  }
  const back = await list({ query: 'pagination', limit: '2', order: 'asc', before: ids[5] ?? '' })
  assert.deepEqual([back.data.map(({ id }) => id), back.has_more], [ids.slice(3, 5), true])
})

test('what is wrong in the words for responses is said', async () => {
  refused(
    await raw(fixture, 'GET', `/v1/responses?query=${'a+'.repeat(21)}`),
    400,
    "Invalid 'query': too many words. Expected at most 20, but got 21 instead.",
    { param: 'query', code: 'invalid_value' },
  )
  refused(
    await raw(fixture, 'GET', '/v1/responses?query=%20'),
    400,
    "Invalid 'query': it contains no word.",
    {
      param: 'query',
      code: 'empty_string',
    },
  )
})
