import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { scripted, type Script, type ScriptedPart } from '../../src/models/scripted.ts'
import { assertNumbered, createResponsesFixture, shortOrder } from '../responses.ts'

const searching: ScriptedPart = {
  hosted: { name: 'web_search', result: { action: { type: 'search', query: 'q', queries: ['q'] } } },
}
const web = { type: 'web_search' as const }
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** A model that searches after all that the script has of each turn. */
function searchingLast(script: Script): LanguageModelV4 {
  const model = scripted(script)
  const search: LanguageModelV4StreamPart[] = [
    { type: 'tool-call', toolCallId: 'ws', toolName: 'web_search', input: '{}', providerExecuted: true },
    { type: 'tool-result', toolCallId: 'ws', toolName: 'web_search', result: { action: { type: 'search' } } },
  ]
  return {
    ...model,
    async doStream(options) {
      const { stream, ...rest } = await model.doStream(options)
      const before = new TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart>({
        transform(part, controller) {
          if (part.type === 'finish') for (const one of search) controller.enqueue(one)
          controller.enqueue(part)
        },
      })
      return { ...rest, stream: stream.pipeThrough(before) }
    },
  }
}

test('a search after the call of a function stands after it, as the model has made them', async () => {
  await using s = await createResponsesFixture(searchingLast([{ toolCalls: [{ name: 'f', arguments: {} }] }]))
  const events = await s.stream({ input: 'Hi', tools: [{ type: 'function', name: 'f' }, web] })
  assertNumbered(events)
  assert.deepEqual(shortOrder(events).slice(2), [
    'output_item.added(function_call)',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done(function_call)',
    'output_item.added(web_search_call)',
    'web_search_call.in_progress',
    'web_search_call.searching',
    'web_search_call.completed',
    'output_item.done(web_search_call)',
    'completed',
  ])
  const { id, output } = events.at(-1)?.data.response ?? {}
  assert.deepEqual((await s.responses.retrieve(id)).output, output)
  assert.deepEqual(
    output.map(({ type }: { type: string }) => type),
    ['function_call', 'web_search_call'],
  )
})

test('what a provider runs after several calls of the server has the same place in the stream and in the response', async () => {
  const look = { name: 'file_search', arguments: { queries: ['q'] } }
  await using s = await createResponsesFixture(
    searchingLast((prompt) =>
      prompt.at(-1)?.role === 'tool' ? { text: 'Found.' } : { toolCalls: [look, look] },
    ),
  )
  const { id: store } = await s.client.vectorStores.create({ name: 'empty' })
  const events = await s.stream({
    input: 'Hi',
    tools: [web, { type: 'file_search', vector_store_ids: [store] }],
  })
  assertNumbered(events)
  const streamed: string[] = []
  for (const { event, data } of events)
    if (event === 'response.output_item.done') streamed[data.output_index] = data.item.id
  const ids = (output: { id?: string }[]) => output.map(({ id }) => id)
  const { id, output } = events.at(-1)?.data.response ?? {}
  assert.equal(output.length, 5)
  assert.deepEqual(ids(output), streamed)
  assert.deepEqual(ids((await s.responses.retrieve(id)).output), streamed)
})

test('a later turn of a response is offered no search where its limit is spent', async () => {
  await using s = await createResponsesFixture([
    { parts: [searching], toolCalls: [{ name: 'unknown', arguments: {} }] },
    { text: 'Found.' },
  ])
  const response = await s.responses.create({ model: 'm', input: 'Hi', tools: [web], max_tool_calls: 1 })
  assert.deepEqual(
    response.output.map(({ type }) => type),
    ['web_search_call', 'message'],
  )
  assert.deepEqual(
    s.model.calls.map(({ tools = [] }) => tools.map(({ name }) => name)),
    [['web_search'], []],
  )
})

test('calls of the provider and of the server in one turn count together, and those of the server beyond the limit are ignored', async () => {
  const look = { name: 'file_search', arguments: { queries: ['q'] } }
  const turn = (...parts: ScriptedPart[]) => ({
    parts,
    toolCalls: [look, look],
    usage: { input: 9, output: 4 },
  })
  const found = { text: 'Found.', usage: { input: 3, output: 1 } }
  const script = [turn(searching), found, turn(searching), found, turn(searching, { text: 'I look.' }), found]
  await using s = await createResponsesFixture(script)
  const { id } = await s.client.vectorStores.create({ name: 'empty' })
  const tools = [web, { type: 'file_search' as const, vector_store_ids: [id] }]
  const outputs = async (input: string, max_tool_calls: number) => {
    const { output, status, usage } = await s.responses.create({ model: 'm', input, tools, max_tool_calls })
    assert.deepEqual([status, usage?.input_tokens, usage?.output_tokens], ['completed', 12, 5])
    return output.map((item) =>
      item.type === 'message' ? item.content.map((part) => 'text' in part && part.text).join() : item.type,
    )
  }
  assert.deepEqual(await outputs('Hi', 2), ['web_search_call', 'file_search_call', 'Found.'])
  assert.deepEqual(await outputs('Hi', 1), ['web_search_call', 'Found.'])
  assert.deepEqual(s.model.calls.at(-1)?.tools, undefined)
  assert.deepEqual(await outputs('Hi', 1), ['web_search_call', 'I look.', 'Found.'])
})

test('an answer in JSON keeps what it cites, also where words before it are left out', async () => {
  const json = '{"name":"Mariam"}'
  const cited = (before: string) => ({
    url: 'https://a.de/',
    start: before.length + 9,
    end: before.length + 15,
  })
  const answers = ['', '  ', 'I have found: ']
  await using s = await createResponsesFixture(
    answers.map((before) => ({ parts: [searching, { text: [before, json, cited(before)] }] })),
  )
  const format = { type: 'json_schema' as const, name: 'who', schema: { type: 'object' } }
  for (const before of answers) {
    const { output } = await s.responses.create({ model: 'm', input: 'Hi', tools: [web], text: { format } })
    const [part] = output.flatMap((item) => (item.type === 'message' ? item.content : []))
    assert.ok(part?.type === 'output_text')
    const { text, annotations } = part
    assert.equal(text.trim(), json)
    assert.deepEqual(
      annotations.flatMap((one) =>
        one.type === 'url_citation' ? [text.slice(one.start_index, one.end_index)] : [],
      ),
      ['Mariam'],
      before,
    )
  }
})

test('an answer that breaks off after a search goes on with another turn, and the search is shown once more', async () => {
  await using s = await createResponsesFixture([
    { parts: [searching], text: 'It', error: { status: 500, message: 'Oh.' } },
    { parts: [searching], text: 'Found.' },
  ])
  const { output, status } = await s.responses.create({ model: 'm', input: 'Hi', tools: [web] })
  assert.equal(status, 'completed')
  assert.deepEqual(
    output.map(({ type }) => type),
    ['web_search_call', 'web_search_call', 'message'],
  )
})

test('what the provider has searched before an answer breaks off counts when it is asked again', async () => {
  const broken = { parts: [searching], text: 'It', error: { status: 500, message: 'Oh.' } }
  await using s = await createResponsesFixture([broken, { text: 'Found.' }, broken, { text: 'Found.' }])
  for (const max_tool_calls of [2, 1]) {
    const { output } = await s.responses.create({ model: 'm', input: 'Hi', tools: [web], max_tool_calls })
    assert.deepEqual(
      output.map(({ type }) => type),
      ['web_search_call', 'message'],
    )
  }
  const limits = s.model.calls.map(({ tools = [], providerOptions }) => [
    tools.length,
    providerOptions?.['openai']?.['maxToolCalls'],
  ])
  assert.deepEqual(limits, [
    [1, 2],
    [1, 1],
    [1, 1],
    [0, undefined],
  ])
})

test('what the provider of a run of the Assistants API calls itself leaves no step, and does not disturb the run', async () => {
  const drawn: ScriptedPart = {
    hosted: { name: 'image_generation', partials: [{ result: png }], result: { result: png } },
  }
  const cited: ScriptedPart = { text: ['Found', { url: 'https://example.com/', start: 0, end: 5 }, '.'] }
  await using s = await createResponsesFixture([{ parts: [searching, drawn, cited] }])
  const { beta } = s.client
  const assistant = await beta.assistants.create({ model: 'm' })
  const thread = await beta.threads.create({ messages: [{ role: 'user', content: 'Hi' }] })
  const run = await beta.threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id })
  assert.equal(run.status, 'completed')
  const steps = await beta.threads.runs.steps.list(run.id, { thread_id: thread.id })
  assert.deepEqual(
    steps.data.map(({ type }) => type),
    ['message_creation'],
  )
  const [message] = (await beta.threads.messages.list(thread.id)).data
  const [part] = message?.content ?? []
  assert.deepEqual(part?.type === 'text' && part.text, { value: 'Found.', annotations: [] })
})

test('a compaction keeps the call of a computer and its screenshot together', async () => {
  await using s = await createResponsesFixture((prompt) =>
    JSON.stringify(prompt[0]).includes('You write summaries')
      ? { text: 'They look.', usage: { input: 7, output: 3 } }
      : /Summary of the conversation so far|screenshot/.test(JSON.stringify(prompt))
        ? { text: 'I see.' }
        : {
            toolCalls: [
              { name: 'computer', arguments: { actions: [{ type: 'screenshot' }], pendingSafetyChecks: [] } },
            ],
            usage: { input: 2_000, output: 1 },
          },
  )
  const tools = [{ type: 'computer' as const }]
  const context_management = [{ type: 'compaction' as const, compact_threshold: 1_000 }]
  const first = await s.responses.create({ model: 'm', input: 'Look. '.repeat(900), tools })
  const [call] = first.output
  assert.ok(call?.type === 'computer_call')
  const screenshot = { type: 'computer_screenshot' as const, image_url: `data:image/png;base64,${png}` }
  const next = await s.responses.create({
    model: 'm',
    previous_response_id: first.id,
    input: [{ type: 'computer_call_output', call_id: call.call_id, output: screenshot }],
    tools,
    context_management,
  })
  assert.equal(next.status, 'completed')
  const compaction = next.output.find(({ type }) => type === 'compaction')
  assert.ok(compaction)
  const later = await s.post({ model: 'm', previous_response_id: next.id, input: 'Go on', tools })
  assert.equal(later.status, 200, later.text)
  const { prompt = [] } = s.model.calls.at(-1) ?? {}
  const calls = prompt.flatMap(({ role, content }) =>
    role === 'assistant' ? content.filter(({ type }) => type === 'tool-call') : [],
  )
  const results = prompt.filter(({ role }) => role === 'tool')
  assert.equal(calls.length, results.length)
})

test('where no call of the server is left, a computer is offered without a limit that no provider takes', async () => {
  const look = { name: 'file_search', arguments: { queries: ['q'] } }
  await using s = await createResponsesFixture([{ toolCalls: [look] }, { text: 'Found.' }])
  const { id } = await s.client.vectorStores.create({ name: 'empty' })
  const tools = [{ type: 'file_search' as const, vector_store_ids: [id] }, { type: 'computer' as const }]
  await s.responses.create({ model: 'm', input: 'Hi', tools, max_tool_calls: 1 })
  const limits = s.model.calls.map(({ providerOptions, tools: offered = [] }) => [
    offered.map(({ name }) => name),
    providerOptions?.['openai']?.['maxToolCalls'],
  ])
  assert.deepEqual(limits, [
    [['file_search', 'computer'], undefined],
    [['computer'], undefined],
  ])
})

test('a mask for a picture takes no room from what was said before', async () => {
  await using s = await createResponsesFixture([{ text: 'A' }, { text: 'B' }])
  const image_url = `data:image/png;base64,${png.repeat(8_000)}`
  const mask = { type: 'image_generation' as const, input_image_mask: { image_url } }
  const first = await s.responses.create({ model: 'm', input: 'First' })
  const second = { model: 'm', input: 'Second', previous_response_id: first.id, tools: [mask] }
  await s.responses.create({ ...second, truncation: 'auto' })
  assert.equal(s.model.calls.at(-1)?.prompt.length, 3)
  const { input_tokens } = await s.responses.inputTokens.count(second)
  assert.ok(input_tokens < 100, `${input_tokens} tokens`)
})
