import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'
import { parseEvents, until } from '../runs.ts'

/** The model does what the last word of the input says. */
let s: Awaited<ReturnType<typeof createResponsesFixture>>
before(async () => {
  s = await createResponsesFixture((prompt) => {
    const said = JSON.stringify(prompt.at(-1))
    if (said.includes('fail')) return { error: { status: 400, message: 'No.' } }
    if (said.includes('cut')) return { text: 'Hel', finishReason: 'length' }
    if (said.includes('wait')) return { text: 'Hel', hang: true }
    return { text: 'Yes.' }
  })
})
after(() => s[Symbol.asyncDispose]())

const get = (id: string, more = '') => raw(s, 'GET', `/v1/responses/${id}${more}`)
const ended = (id: string) =>
  until(async () => {
    const { json } = await get(id)
    return ['queued', 'in_progress'].includes(json.status) ? undefined : json
  })

test('in every mode of store, background and stream the answer has its form, and what is stored is found', async () => {
  for (const store of [true, false])
    for (const background of [true, false])
      for (const stream of [true, false]) {
        const mode = JSON.stringify({ store, background, stream })
        const answer = await s.post({ model: 'm', input: 'Hi', store, background, stream })
        assert.equal(answer.status, 200, mode)
        const type = answer.headers.get('content-type')
        assert.equal(type, stream ? 'text/event-stream; charset=utf-8' : 'application/json', mode)
        const shown = stream ? parseEvents(answer.text)[0]?.data.response : answer.json
        assert.deepEqual([shown.store, shown.background], [store, background], mode)
        // What is not stored is kept in the background until somebody had time to read it.
        const isKept = store || background
        assert.equal((await get(shown.id)).status, isKept ? 200 : 404, mode)
        if (isKept) assert.equal((await ended(shown.id)).status, 'completed', mode)
        const again = await get(shown.id, '?stream=true')
        assert.equal(again.status, !isKept ? 404 : background && stream ? 200 : 400, mode)
      }
})

test('every parameter is shown as it was given, in the first event, in the last one and later', async () => {
  const schema = { type: 'object', properties: {} }
  const given: Record<string, unknown> = {
    instructions: 'Be kind.',
    max_output_tokens: 16,
    max_tool_calls: 1,
    temperature: 0,
    top_p: 0.5,
    presence_penalty: -2,
    frequency_penalty: 2,
    parallel_tool_calls: false,
    reasoning: { effort: 'high', summary: 'concise' },
    text: {
      format: { type: 'json_schema', description: null, name: 'n', schema, strict: false },
      verbosity: 'high',
    },
    tools: [{ type: 'function', description: 'd', name: 'f', parameters: schema, strict: false }],
    tool_choice: { type: 'function', name: 'f' },
    store: true,
    background: true,
    truncation: 'auto',
    metadata: { of: 'me' },
    user: 'u',
    safety_identifier: 's',
    prompt_cache_key: 'k',
    prompt_cache_retention: '24h',
    service_tier: 'flex',
  }
  const answer = await s.post({ model: 'm', input: 'Hi', stream: true, ...given })
  const events = parseEvents(answer.text)
  const { id } = events[0]?.data.response
  for (const shown of [events[0]?.data.response, events.at(-1)?.data.response, (await get(id)).json])
    for (const [name, value] of Object.entries(given)) assert.deepEqual(shown[name], value, name)
})

test('each end of a response has its time, error, details and usage, and no other has them', async () => {
  const ends = {
    Hi: ['completed', true, null, null, true],
    fail: ['failed', false, ['code', 'message'], null, false],
    cut: ['incomplete', false, null, { reason: 'max_output_tokens' }, true],
    wait: ['cancelled', false, null, null, false],
  } as const
  for (const [input, [status, hasTime, error, details, hasUsage]] of Object.entries(ends)) {
    const { json: begun } = await s.post({ model: 'm', input, background: true })
    assert.deepEqual(
      [begun.status, begun.output, begun.usage, begun.completed_at],
      ['queued', [], null, null],
    )
    if (status === 'cancelled') await raw(s, 'POST', `/v1/responses/${begun.id}/cancel`)
    const response = await ended(begun.id)
    assert.equal(response.status, status)
    assert.equal(response.created_at, begun.created_at)
    assert.equal(Number.isSafeInteger(response.completed_at), hasTime, status)
    assert.deepEqual(response.error && Object.keys(response.error), error, status)
    assert.deepEqual(response.incomplete_details, details, status)
    const { usage } = response
    assert.equal(usage !== null, hasUsage, status)
    if (usage) assert.equal(usage.total_tokens, usage.input_tokens + usage.output_tokens)
  }
})

test('the list of the input has what the response goes on with, in pages of 20, and refuses other pages', async () => {
  const said = (count: number, name: string) =>
    Array.from({ length: count }, (_, at) => ({ role: 'user', content: `${name} ${at}` }))
  const { json: first } = await s.post({ model: 'm', input: said(3, 'first') })
  const { json: second } = await s.post({
    model: 'm',
    input: said(22, 'second'),
    previous_response_id: first.id,
  })
  const page = async (query = '') => (await get(second.id, `/input_items${query}`)).json
  const texts = (list: { data: { content: { text: string }[] }[] }) =>
    list.data.map(({ content }) => content[0]?.text)
  const newest = await page()
  assert.deepEqual([newest.data.length, newest.has_more], [20, true])
  assert.deepEqual([newest.first_id, newest.last_id], [newest.data[0].id, newest.data[19].id])
  const rest = await page(`?after=${newest.last_id}`)
  assert.deepEqual(
    [texts(rest), rest.has_more],
    [['second 1', 'second 0', 'Yes.', 'first 2', 'first 1', 'first 0'], false],
  )
  assert.deepEqual(texts(await page('?order=asc&limit=4')), ['first 0', 'first 1', 'first 2', 'Yes.'])
  const wrong: [string, string, string][] = [
    [
      'limit=0',
      "Invalid 'limit': integer below minimum value. Expected a value >= 1, but got 0 instead.",
      'integer_below_min_value',
    ],
    [
      'limit=101',
      "Invalid 'limit': integer above maximum value. Expected a value <= 100, but got 101 instead.",
      'integer_above_max_value',
    ],
    ['order=up', "Invalid value: 'up'. Supported values are: 'asc' and 'desc'.", 'invalid_value'],
  ]
  for (const [query, says, code] of wrong)
    refused(await get(second.id, `/input_items?${query}`), 400, says, {
      param: query.split('=')[0] ?? '',
      code,
    })
})

test('the input of a response is listed while it is made', async () => {
  const { json } = await s.post({ model: 'm', input: 'wait', background: true })
  const { json: list } = await get(json.id, '/input_items')
  assert.equal(list.data[0].content[0].text, 'wait')
  await raw(s, 'POST', `/v1/responses/${json.id}/cancel`)
})
