import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ScriptedPart, ScriptedTurn } from '../../src/models/scripted.ts'
import { asked, createResponsesFixture, shortOrder } from '../responses.ts'

const sources = [
  { type: 'url', url: 'https://example.com/a' },
  { type: 'url', url: 'https://example.com/b' },
]
const query = 'weather in Paris'
const searching: ScriptedPart = {
  hosted: {
    name: 'web_search',
    result: {
      action: { type: 'search', query, queries: [query] },
      sources,
      results: [{ url: 'https://example.com/a', title: 'A' }],
    },
  },
}
const cited: ScriptedPart = {
  text: ['Sunny ', '(a)', { url: 'https://example.com/a', title: 'A', start: 6, end: 9 }, ' today.'],
}
const turns: Record<string, ScriptedTurn> = {
  searches: { parts: [searching, cited] },
  reads: {
    parts: [
      {
        hosted: {
          name: 'web_search',
          result: { action: { type: 'openPage', url: 'https://example.com/a' } },
        },
      },
      {
        hosted: {
          name: 'web_search',
          result: { action: { type: 'findInPage', url: 'https://example.com/a', pattern: 'sun' } },
        },
      },
      { text: 'Found.' },
    ],
  },
  fails: { parts: [{ hosted: { name: 'web_search', isError: true } }, { text: 'Nothing.' }] },
  stops: { parts: [{ hosted: { name: 'web_search', isOpen: true } }], hang: true },
  leaves: { parts: [{ hosted: { name: 'web_search', isOpen: true } }, { text: 'Well.' }] },
  calls: { parts: [searching], toolCalls: [{ name: 'f', arguments: {} }] },
}

/** The last word of the user says what the model does. */
const s = await createResponsesFixture((prompt) => {
  const said = asked({ prompt: prompt as never }).findLast(([role]) => role === 'user')?.[1] ?? ''
  return turns[said] ?? { text: 'Hello.' }
})
after(() => s[Symbol.asyncDispose]())

const tools = [{ type: 'web_search' as const }]
const include = ['web_search_call.action.sources', 'web_search_call.results'] as const
const last = () => s.model.calls.at(-1)

test('a search of the provider streams as was recorded, and its sources are cited in the text', async () => {
  const events = await s.stream({ input: 'searches', tools })
  assert.deepEqual(shortOrder(events), [
    'created',
    'in_progress',
    'output_item.added(web_search_call)',
    'web_search_call.in_progress',
    'web_search_call.searching',
    'web_search_call.completed',
    'output_item.done(web_search_call)',
    'output_item.added(message)',
    'content_part.added',
    'output_text.delta',
    'output_text.annotation.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done(message)',
    'completed',
  ])
  const { id, ...added } = events[2]?.data.item ?? {}
  assert.match(id, /^ws_/)
  assert.deepEqual(added, { type: 'web_search_call', status: 'in_progress', action: { type: 'search' } })
  const done = { ...added, id, status: 'completed', action: { type: 'search', queries: [query], query } }
  assert.deepEqual(events[6]?.data.item, done)
  const annotation = {
    type: 'url_citation',
    end_index: 9,
    start_index: 6,
    title: 'A',
    url: 'https://example.com/a',
  }
  const { annotation: added2, annotation_index } =
    events.find(({ event }) => event.endsWith('annotation.added'))?.data ?? {}
  assert.deepEqual([added2, annotation_index], [annotation, 0])
  const { output } = events.at(-1)?.data.response ?? {}
  assert.deepEqual(output[0], done)
  assert.deepEqual(output[1].content[0].annotations, [annotation])
  assert.deepEqual(last()?.tools, [
    { type: 'provider', name: 'web_search', id: 'openai.web_search', args: {} },
  ])
})

test('sources and results are kept, and shown to whoever asks for them, also later', async () => {
  const response = await s.responses.create({ model: 'm', input: 'searches', tools, include: [...include] })
  const [search] = response.output
  const action = { type: 'search', queries: [query], query, sources }
  assert.deepEqual(search && 'action' in search && search.action, action)
  assert.ok(search && 'results' in search)
  const bare = await s.responses.create({ model: 'm', input: 'searches', tools })
  assert.ok(bare.output[0] && !('results' in bare.output[0]))
  const later = await s.responses.retrieve(bare.id, { include: [...include] })
  assert.deepEqual(later.output[0] && 'action' in later.output[0] && later.output[0].action, action)
})

test('a page that is opened and what is looked for in it are items too, and so is a search that fails', async () => {
  const { output } = await s.responses.create({ model: 'm', input: 'reads', tools })
  assert.deepEqual(
    output.map((item) => ('action' in item ? item.action : item.type)),
    [
      { type: 'open_page', url: 'https://example.com/a' },
      { type: 'find_in_page', url: 'https://example.com/a', pattern: 'sun' },
      'message',
    ],
  )
  const failed = await s.stream({ input: 'fails', tools })
  assert.ok(!failed.some(({ event }) => event === 'response.web_search_call.completed'))
  assert.equal(failed.at(-1)?.data.response.output[0].status, 'failed')
  assert.equal(failed.at(-1)?.event, 'response.completed')
})

test('the settings of the tool reach the provider, and those that were left out do not', async () => {
  const given = {
    type: 'web_search' as const,
    search_context_size: 'low' as const,
    filters: { allowed_domains: ['example.com'] },
    user_location: { type: 'approximate' as const, city: 'Köln' },
  }
  const response = await s.responses.create({ model: 'm', input: 'Hi', tools: [given] })
  assert.deepEqual(response.tools, [
    {
      ...given,
      user_location: { type: 'approximate', city: 'Köln', country: null, region: null, timezone: null },
    },
  ])
  assert.deepEqual((last()?.tools?.[0] as { args?: object }).args, {
    searchContextSize: 'low',
    filters: { allowedDomains: ['example.com'] },
    userLocation: { type: 'approximate', city: 'Köln' },
  })
  const plain = await s.responses.create({ model: 'm', input: 'Hi', tools: [{ type: 'web_search_preview' }] })
  assert.deepEqual(plain.tools, [
    {
      type: 'web_search_preview',
      search_context_size: 'medium',
      user_location: { type: 'approximate', city: null, country: 'US', region: null, timezone: null },
    },
  ])
})

test('a search can be forced, under each of its names, and forbidden by a limit', async () => {
  for (const type of ['web_search_preview', 'web_search_2025_08_26'] as const) {
    await s.post({ model: 'm', input: 'Hi', tools, tool_choice: { type } })
    assert.deepEqual(last()?.toolChoice, { type: 'tool', toolName: 'web_search' })
  }
  const allowed = { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'web_search' }] }
  const other = { type: 'function', name: 'f', parameters: null, strict: false }
  await s.post({ model: 'm', input: 'Hi', tools: [...tools, other], tool_choice: allowed })
  assert.deepEqual(
    last()?.tools?.map(({ name }) => name),
    ['web_search'],
  )
  const refused = await s.post({
    model: 'm',
    input: 'Hi',
    tools: [other],
    tool_choice: { type: 'web_search' },
  })
  assert.deepEqual([refused.status, refused.json.error.param], [400, 'tool_choice'])
  const twice = await s.post({ model: 'm', input: 'Hi', tools: [...tools, { type: 'web_search_preview' }] })
  assert.deepEqual([twice.status, twice.json.error.param], [400, 'tools[1]'])
})

test('calls of functions beside a search wait for the caller, and the limit of calls counts the search', async () => {
  const params = { model: 'm', tools: [...tools, { type: 'function', name: 'f' }], max_tool_calls: 1 }
  const first = await s.post({ ...params, input: 'calls' })
  const types = first.json.output.map(({ type, status }: { type: string; status: string }) => [type, status])
  assert.deepEqual(types, [
    ['web_search_call', 'completed'],
    ['function_call', 'completed'],
  ])
  assert.deepEqual(last()?.providerOptions?.['openai']?.['maxToolCalls'], 1)
})

test('a search that is sent back is taken, is listed, and the model is told of the answer alone', async () => {
  const first = await s.responses.create({ model: 'm', input: 'searches', tools, include: [...include] })
  const input = [...first.output, { role: 'user' as const, content: 'Go on' }]
  const next = await s.responses.create({ model: 'm', input: input as never, tools })
  assert.deepEqual(asked(last() as never), [
    ['assistant', 'Sunny (a) today.'],
    ['user', 'Go on'],
  ])
  const listed = await s.responses.inputItems.list(next.id, { order: 'asc', include: [...include] })
  assert.deepEqual(listed.data[0], first.output[0])
  const chained = await s.responses.create({ model: 'm', input: 'Go on', previous_response_id: first.id })
  assert.equal(chained.status, 'completed')
  const conversation = await s.client.conversations.create({ items: input.slice(0, 2) as never })
  const items = await s.client.conversations.items.list(conversation.id, { order: 'asc' })
  assert.deepEqual(
    items.data.map(({ type }) => type),
    ['web_search_call', 'message'],
  )
})

test('a search that its provider leaves open, or that is cancelled, has failed', async () => {
  const left = await s.responses.create({ model: 'm', input: 'leaves', tools })
  assert.deepEqual(
    left.output.map((item) => 'status' in item && item.status),
    ['failed', 'completed'],
  )
  let id = ''
  const seen: string[] = []
  const stopped = { model: 'm', input: 'stops', tools, background: true, stream: true as const }
  for await (const event of await s.responses.create(stopped)) {
    if (event.type === 'response.created') id = event.response.id
    if (event.type === 'response.web_search_call.searching') await s.responses.cancel(id)
    seen.push(event.type)
    if (event.type === 'response.output_item.done')
      assert.equal('status' in event.item && event.item.status, 'failed')
  }
  assert.ok(seen.includes('response.output_item.done'), seen.join())
})
