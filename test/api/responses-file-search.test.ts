import assert from 'node:assert/strict'
import { test } from 'node:test'
import type OpenAI from 'openai'
import type { Script } from '../../src/models/scripted.ts'
import { refused } from '../raw.ts'
import { assertNumbered, createResponsesFixture, shortOrder } from '../responses.ts'

const foods = `Favourite foods of the team.

Mariam likes ramen most of all, above any other dish. She eats it on Fridays.`

const question = 'What does Mariam like to eat?'
const search = (...queries: string[]) => ({ toolCalls: [{ name: 'file_search', arguments: { queries } }] })
/** The markers of the passages that the model was told of. */
const markers = (prompt: unknown) => JSON.stringify(prompt).match(/【\d+:\d+†[^】]+】/g) ?? []
/** Searches once, and says what it found with its marker before the full stop. */
const searching: Script = (prompt) => {
  if (JSON.stringify(prompt.at(-1)).includes('And?')) return { text: 'No more.' }
  if (prompt.at(-1)?.role !== 'tool') return search(question, 'Mariam food')
  const [mark = ''] = markers(prompt.at(-1))
  return { text: ['Mariam likes ', 'ramen', mark.slice(0, 3), mark.slice(3), '.'] }
}

async function createFixture(script: Script = searching) {
  const server = await createResponsesFixture(script)
  const { vectorStores } = server.client
  const store = await vectorStores.create({ name: 'facts' })
  const file = await vectorStores.files.uploadAndPoll(store.id, new File([foods], 'foods.txt'), {
    pollIntervalMs: 30,
  })
  return { ...server, store, file, tools: [{ type: 'file_search' as const, vector_store_ids: [store.id] }] }
}

test('a search streams as was recorded', async () => {
  await using s = await createFixture()
  const events = await s.stream({ input: question, tools: s.tools, include: ['file_search_call.results'] })
  assertNumbered(events)
  assert.deepEqual(shortOrder(events), [
    'created',
    'in_progress',
    'output_item.added(file_search_call)',
    'file_search_call.in_progress',
    'file_search_call.searching',
    'file_search_call.completed',
    'output_item.done(file_search_call)',
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
  const citation = { type: 'file_citation', file_id: s.file.id, filename: 'foods.txt', index: 18 }
  const annotated = events.find(({ event }) => event === 'response.output_text.annotation.added')
  const message = events.at(-1)?.data.response.output[1]
  assert.deepEqual(annotated?.data, {
    type: 'response.output_text.annotation.added',
    sequence_number: annotated?.data.sequence_number,
    item_id: message.id,
    output_index: 1,
    content_index: 0,
    annotation_index: 0,
    annotation: citation,
  })
  assert.deepEqual(message.content, [
    { type: 'output_text', annotations: [citation], logprobs: [], text: 'Mariam likes ramen.' },
  ])
  const [added] = events.filter(({ event }) => event === 'response.output_item.added')
  const { id } = added?.data.item
  assert.match(id, /^fs_[0-9a-f]{50}$/)
  assert.deepEqual(added?.data.item, {
    id,
    type: 'file_search_call',
    status: 'in_progress',
    queries: [],
    results: null,
  })
  const { response } = events.at(-1)?.data
  const [call] = response.output
  assert.deepEqual(
    { ...call, results: [] },
    { id, type: 'file_search_call', status: 'completed', queries: [question, 'Mariam food'], results: [] },
  )
  const [result] = call.results
  assert.deepEqual(result, {
    attributes: {},
    file_id: s.file.id,
    filename: 'foods.txt',
    score: result.score,
    text: foods,
  })
  assert.match(String(result.score), /^0(\.\d{1,4})?$|^1$/)
  assert.deepEqual(response.tools, [
    {
      type: 'file_search',
      filters: null,
      max_num_results: 20,
      ranking_options: { ranker: 'auto', score_threshold: 0 },
      vector_store_ids: [s.store.id],
    },
  ])
})

test('beside citations of files those of the web have their places in the text that is shown', async () => {
  await using s = await createFixture((prompt) => {
    if (prompt.at(-1)?.role !== 'tool') return search(question)
    const [mark = ''] = markers(prompt.at(-1))
    const said = `😀 Mariam ${mark} likes it ${mark}(b). Much.`
    const places = ['likes', '(b)', mark].map((words) => {
      const start = Array.from(said.slice(0, said.indexOf(words))).length
      return { url: `https://example.com/${words}`, start, end: start + Array.from(words).length }
    })
    return { parts: [{ text: [said, ...places] }] }
  })
  const { output } = await s.responses.create({ model: 'm', input: question, tools: s.tools })
  const [part] = output.flatMap((item) => (item.type === 'message' ? item.content : []))
  assert.ok(part?.type === 'output_text')
  const { text } = part
  assert.equal(text, '😀 Mariam likes it(b). Much.')
  assert.deepEqual(
    part.annotations.flatMap((one) =>
      one.type === 'url_citation' ? [Array.from(text).slice(one.start_index, one.end_index).join('')] : [],
    ),
    ['likes', '(b)', ''],
  )
})

test('passages are read once: a chain, a conversation, items that are sent back and a thread name the search alone', async () => {
  await using s = await createFixture()
  const { conversations } = s.client
  const conversation = await conversations.create()
  const first = await s.responses.create({ model: 'm', input: question, tools: s.tools })
  assert.equal(first.output_text, 'Mariam likes ramen.')
  const [call, message] = first.output
  assert.ok(call?.type === 'file_search_call' && message?.type === 'message')
  assert.equal(call.results, null)
  const told = JSON.stringify(s.model.calls[1]?.prompt)
  assert.match(told, /She eats it on Fridays/)
  await s.responses.create({ model: 'm', input: question, tools: s.tools, conversation: conversation.id })
  const next = { model: 'm', input: [{ role: 'user' as const, content: 'And?' }] }
  await s.responses.create({ ...next, previous_response_id: first.id })
  await s.responses.create({ ...next, conversation: conversation.id })
  const items = first.output as OpenAI.Responses.ResponseInputItem[]
  const input = [{ role: 'user' as const, content: question }, ...items, ...next.input]
  await s.responses.create({ model: 'm', input, store: false })
  for (const { prompt } of s.model.calls.slice(4)) {
    const text = JSON.stringify(prompt)
    assert.match(text, /passages, not repeated here/)
    assert.doesNotMatch(text, /She eats it|【/)
    assert.match(text, /Mariam likes ramen\./)
  }
  assert.equal(s.model.calls.length, 7)
  const listed = await conversations.items.list(conversation.id, { order: 'asc' })
  assert.deepEqual(
    listed.data.map(({ type }) => type),
    ['message', 'file_search_call', 'message', 'message', 'message'],
  )
  const withResults = await conversations.items.list(conversation.id, {
    include: ['file_search_call.results'],
  })
  assert.match(JSON.stringify(withResults.data), /She eats it on Fridays/)
  const stored = await s.responses.retrieve(first.id, { include: ['file_search_call.results'] })
  assert.match(JSON.stringify(stored.output), /She eats it on Fridays/)
})

test("a run's search is an item of the thread's conversation, whose text has no markers", async () => {
  await using s = await createFixture()
  const { threads, assistants } = s.client.beta
  const assistant = await assistants.create({
    model: 'm',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [s.store.id] } },
  })
  const run = await threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: question }] },
  })
  assert.equal(run.status, 'completed')
  const id = run.thread_id.replace('thread_', 'conv_')
  await s.responses.create({ model: 'm', input: 'And?', conversation: id })
  const { data } = await s.client.conversations.items.list(id, {
    order: 'asc',
    include: ['file_search_call.results'],
  })
  const call = data.find((item) => item.type === 'file_search_call')
  assert.deepEqual([call?.queries, call?.results?.length], [[question, 'Mariam food'], 1])
  const answer = data.filter((item) => item.type === 'message')[1]
  const citation = { type: 'file_citation', file_id: s.file.id, filename: 'foods.txt', index: 18 }
  assert.deepEqual(answer?.content, [
    { type: 'output_text', annotations: [citation], logprobs: [], text: 'Mariam likes ramen.' },
  ])
  assert.doesNotMatch(JSON.stringify(s.model.calls.at(-1)?.prompt), /【|She eats it/)
})

test('a marker leaves no space behind, one that leads to nothing is no citation, and places count code points', async () => {
  await using s = await createFixture((prompt) => {
    if (prompt.at(-1)?.role !== 'tool') return search(question)
    const [mark = ''] = markers(prompt.at(-1))
    return { text: [`🍜 Ramen `, mark, ` ${mark} , and `, '【7:7†x.txt】', 'soup', ' ', mark] }
  })
  const response = await s.responses.create({ model: 'm', input: question, tools: s.tools })
  const [, message] = response.output
  const [part] = message?.type === 'message' ? message.content : []
  assert.ok(part?.type === 'output_text')
  assert.equal(part.text, '🍜 Ramen , and soup')
  assert.deepEqual(
    part.annotations.map((note) => note.type === 'file_citation' && note.index),
    [7, 7, 18],
  )
})

test('a search and a call of the caller in one turn: the search is run, and the response ends with the open call', async () => {
  const both = (first: 'search' | 'call'): Script => {
    const calls = [...search(question).toolCalls, { name: 'ask', arguments: { who: 'Mariam' } }]
    return (prompt) =>
      prompt.some(({ role }) => role === 'tool')
        ? { text: 'Done.' }
        : { toolCalls: first === 'search' ? calls : calls.toReversed() }
  }
  const ask = { type: 'function' as const, name: 'ask', parameters: {}, strict: false }
  const called = [
    'output_item.added(function_call)',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done(function_call)',
  ]
  const searched = [
    'output_item.added(file_search_call)',
    'file_search_call.in_progress',
    'file_search_call.searching',
    'file_search_call.completed',
    'output_item.done(file_search_call)',
  ]
  for (const first of ['search', 'call'] as const) {
    await using s = await createFixture(both(first))
    const events = await s.stream({ input: question, tools: [...s.tools, ask] })
    assertNumbered(events)
    const calls = first === 'search' ? [...searched, ...called] : [...called, ...searched]
    assert.deepEqual(shortOrder(events), ['created', 'in_progress', ...calls, 'completed'])
    const added = events.filter(({ event }) => event === 'response.output_item.added')
    assert.deepEqual(
      added.map(({ data }) => data.output_index),
      [0, 1],
    )
    const { response } = events.at(-1)?.data
    const call = response.output.find(({ type }: { type: string }) => type === 'function_call')
    const next = await s.responses.create({
      model: 'm',
      previous_response_id: response.id,
      input: [{ type: 'function_call_output', call_id: call.call_id, output: 'yes' }],
    })
    assert.equal(next.output_text, 'Done.')
  }
})

test('the search follows its settings, and can be forced', async () => {
  await using s = await createFixture()
  const { vectorStores } = s.client
  await vectorStores.files.update(s.file.id, { vector_store_id: s.store.id, attributes: { year: 2024 } })
  const ask = async (settings: object) => {
    const tools = [{ type: 'file_search' as const, vector_store_ids: [s.store.id], ...settings }]
    const { output, tool_choice } = await s.responses.create({
      model: 'm',
      input: question,
      tools,
      tool_choice: { type: 'file_search' },
      include: ['file_search_call.results'],
    })
    assert.deepEqual(tool_choice, { type: 'file_search' })
    return output[0]?.type === 'file_search_call' ? output[0].results?.length : undefined
  }
  assert.equal(await ask({ filters: { type: 'eq', key: 'year', value: 2024 } }), 1)
  assert.equal(await ask({ filters: { type: 'eq', key: 'year', value: 1999 } }), 0)
  assert.equal(await ask({ ranking_options: { score_threshold: 1 } }), 0)
  assert.deepEqual(s.model.calls[0]?.toolChoice, { type: 'tool', toolName: 'file_search' })
})

const refusals: {
  tool: object
  status?: number
  says: string
  param: string | null
  code?: string | null
}[] = [
  {
    tool: {},
    says: "Missing required parameter: 'tools[0].vector_store_ids'.",
    param: 'tools[0].vector_store_ids',
    code: 'missing_required_parameter',
  },
  {
    tool: { vector_store_ids: [] },
    says: "Invalid 'tools[0].vector_store_ids': empty array. Expected an array with minimum length 1, but got an empty array instead.",
    param: 'tools[0].vector_store_ids',
    code: 'empty_array',
  },
  {
    tool: { vector_store_ids: ['vs_1', 'vs_2', 'vs_3'] },
    says: 'Invalid input: maximum of 2 vector stores allowed.',
    param: 'tools',
    code: 'integer_above_max_value',
  },
  {
    tool: { vector_store_ids: ['vs_1'], max_num_results: 51 },
    says: "Invalid 'tools[0].max_num_results': integer above maximum value. Expected a value <= 50, but got 51 instead.",
    param: 'tools[0].max_num_results',
    code: 'integer_above_max_value',
  },
  {
    tool: { vector_store_ids: ['vs_1'], max_num_results: 0 },
    says: "Invalid 'tools[0].max_num_results': integer below minimum value. Expected a value >= 1, but got 0 instead.",
    param: 'tools[0].max_num_results',
    code: 'integer_below_min_value',
  },
  {
    tool: { vector_store_ids: ['vs_1'], ranking_options: { score_threshold: 2 } },
    says: "Invalid 'tools[0].ranking_options.score_threshold': decimal above maximum value. Expected a value <= 1, but got 2 instead.",
    param: 'tools[0].ranking_options.score_threshold',
    code: 'decimal_above_max_value',
  },
  {
    tool: { vector_store_ids: ['vs_1'], bogus: 1 },
    says: "Unknown parameter: 'tools[0].bogus'.",
    param: 'tools[0].bogus',
    code: 'unknown_parameter',
  },
  {
    tool: { vector_store_ids: ['vs_none'] },
    status: 404,
    says: "Vector store with id ['vs_none'] not found.",
    param: null,
  },
]

test('a tool that cannot be used is refused, and so is a choice of one that is not there', async () => {
  await using s = await createResponsesFixture(searching)
  for (const { tool, status = 400, says, param, code = null } of refusals) {
    const tools = [{ type: 'file_search', ...tool }]
    refused(await s.post({ model: 'm', input: 'Hi', tools }), status, says, { param, code })
  }
  refused(
    await s.post({ model: 'm', input: 'Hi', tool_choice: { type: 'file_search' } }),
    400,
    "Tool choice 'file_search' not found in 'tools' parameter.",
    { param: 'tool_choice' },
  )
})

test('calls of tools that the server runs are counted, and those beyond the limit are ignored', async () => {
  let looks = false
  const two = { toolCalls: [...search('one').toolCalls, ...search('two').toolCalls] }
  await using s = await createFixture((prompt) =>
    prompt.at(-1)?.role === 'tool'
      ? { text: 'Ramen.' }
      : { toolCalls: [...two.toolCalls, ...(looks ? [{ name: 'look', arguments: {} }] : [])] },
  )
  const look = { type: 'function' as const, name: 'look', parameters: {}, strict: false }
  const alone = await s.responses.create({ model: 'm', input: question, tools: s.tools, max_tool_calls: 1 })
  assert.deepEqual(
    alone.output.map(({ type }) => type),
    ['file_search_call', 'message'],
  )
  assert.equal(alone.max_tool_calls, 1)
  assert.equal(s.model.calls[1]?.tools, undefined, 'what may not be called is not offered')
  looks = true
  const beside = await s.responses.create({
    model: 'm',
    input: question,
    tools: [...s.tools, look],
    max_tool_calls: 1,
  })
  assert.deepEqual(
    beside.output.map(({ type }) => type),
    ['file_search_call', 'function_call'],
    'the calls of the caller do not count',
  )
  looks = false
  const free = await s.responses.create({ model: 'm', input: question, tools: s.tools })
  assert.deepEqual(
    free.output.map(({ type }) => type),
    ['file_search_call', 'file_search_call', 'message'],
  )
})
