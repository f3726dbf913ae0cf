// What the Agents SDK of JavaScript must be able to do here. Needs the scripted models of test/sdks/serve.ts:
//   node test/sdks/with-server.ts node test/sdks/serve.ts -- node test/sdks/frameworks/agents.mjs
import assert from 'node:assert/strict'
import {
  Agent,
  BatchTraceProcessor,
  codeInterpreterTool,
  computerTool,
  fileSearchTool,
  getCurrentTrace,
  getGlobalTraceProvider,
  hostedMcpTool,
  imageGenerationTool,
  InputGuardrailTripwireTriggered,
  MemorySession,
  OpenAIConversationsSession,
  OpenAIResponsesCompactionSession,
  run as ask,
  setTraceProcessors,
  tool,
  webSearchTool,
  withTrace,
} from '@openai/agents'
import { OpenAITracingExporter } from '@openai/agents-openai'
import OpenAI from 'openai'
import { z } from 'zod'
import { run } from './run.mjs'

const client = new OpenAI()
const exporter = new OpenAITracingExporter({
  apiKey: client.apiKey,
  endpoint: `${client.baseURL}/traces/ingest`,
})
setTraceProcessors([new BatchTraceProcessor(exporter)])
const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const answer = 'Outside it is 21 degrees and 24 degrees.'

const getWeather = tool({
  name: 'get_weather',
  description: 'Tells the weather of a city.',
  parameters: z.object({ city: z.string(), unit: z.string().nullish() }),
  execute: async ({ city }) => (city === 'Paris' ? '21 degrees' : '24 degrees'),
})
const echo = new Agent({ name: 'Echo', instructions: 'Say it again.', model: 'echo' })
const weather = new Agent({ name: 'weather agent', model: 'weather', tools: [getWeather] })
const triage = new Agent({ name: 'Triage', model: 'triage', handoffs: [weather] })

const typesOf = (items) => items.map((item) => item.type ?? 'message')

await run({
  async 'functions: an agent calls tools and answers'() {
    const result = await ask(weather, 'How warm is it?')
    assert.equal(result.finalOutput, answer)
    assert.equal(result.rawResponses.length, 2)
  },
  async 'chain: an agent goes on by the id of a response, or with all that was said'() {
    const first = await ask(echo, 'My name is Ada.')
    const previousResponseId = first.lastResponseId
    const second = await ask(echo, 'Who am I?', { previousResponseId })
    assert.equal(second.finalOutput, 'You said: Who am I?')
    assert.equal(
      (await client.responses.retrieve(second.lastResponseId)).previous_response_id,
      previousResponseId,
    )
    const third = await ask(echo, [...second.history, { role: 'user', content: 'And now?' }])
    assert.equal(third.finalOutput, 'You said: And now?')
  },
  async 'stream: a stream tells text, tools and agents'() {
    const result = await ask(triage, 'How warm is it?', { stream: true })
    let text = ''
    const agents = []
    const names = new Set()
    for await (const event of result) {
      if (event.type === 'raw_model_stream_event' && event.data.type === 'output_text_delta')
        text += event.data.delta
      if (event.type === 'agent_updated_stream_event') agents.push(event.agent.name)
      if (event.type === 'run_item_stream_event') names.add(event.name)
    }
    await result.completed
    assert.deepEqual([text, result.finalOutput], [answer, answer])
    assert.deepEqual(agents, ['weather agent'])
    for (const name of ['handoff_requested', 'tool_called', 'tool_output', 'message_output_created'])
      assert.ok(names.has(name), `${name} is not among ${[...names]}`)
  },
  async 'functions: one agent hands over to another'() {
    const result = await ask(triage, 'How warm is it?')
    assert.deepEqual([result.finalOutput, result.lastAgent?.name], [answer, 'weather agent'])
  },
  async 'conversation: a session is a conversation'() {
    const session = new OpenAIConversationsSession({ client })
    assert.equal((await ask(triage, 'How warm is it?', { session })).finalOutput, answer)
    assert.equal((await ask(echo, 'Thank you', { session })).finalOutput, 'You said: Thank you')
    const items = await session.getItems()
    assert.equal(items.length, 10, JSON.stringify(typesOf(items)))
    assert.deepEqual(typesOf(await session.getItems(2)), ['message', 'message'])
    assert.equal((await session.popItem()).role, 'assistant')
    assert.equal((await session.getItems()).length, 9)
    await session.clearSession()
  },
  async 'conversation: an agent in a conversation of the server sends only what is new'() {
    const { id: conversationId } = await client.conversations.create({})
    for (const question of ['How warm is it?', 'And now?'])
      assert.equal((await ask(weather, question, { conversationId })).finalOutput, answer)
    const items = []
    for await (const item of client.conversations.items.list(conversationId)) items.push(item)
    assert.equal(items.length, 12)
  },
  async 'structured output: an answer has the type that was asked for'() {
    const outputType = z.object({ city: z.string(), degrees: z.number() })
    const agent = new Agent({ name: 'Forecaster', model: 'forecaster', outputType })
    assert.deepEqual((await ask(agent, 'Warm?')).finalOutput, { city: 'Paris', degrees: 21 })
  },
  async 'text: a guardrail keeps a question from the agent'() {
    const guardrail = {
      name: 'nothing secret',
      execute: async ({ input }) => ({
        outputInfo: {},
        tripwireTriggered: JSON.stringify(input).includes('secret'),
      }),
    }
    const guarded = echo.clone({ inputGuardrails: [guardrail] })
    assert.equal((await ask(guarded, 'Hello')).finalOutput, 'You said: Hello')
    await assert.rejects(ask(guarded, 'A secret'), InputGuardrailTripwireTriggered)
  },
  async 'text: nothing is stored where an agent says so'() {
    const agent = weather.clone({
      modelSettings: { store: false, temperature: 0.5, parallelToolCalls: true },
    })
    assert.equal((await ask(agent, 'How warm is it?')).finalOutput, answer)
  },
  async 'text: what agents did is traced'() {
    const id = await withTrace('The weather', async () => {
      await ask(triage, 'How warm is it?')
      return getCurrentTrace().traceId
    })
    await getGlobalTraceProvider().forceFlush()
    assert.equal((await client.get(`/traces/${id}`)).workflow_name, 'The weather')
    const { data } = await client.get(`/traces/${id}/spans`)
    const types = new Set(data.map(({ span_data }) => span_data.type))
    for (const type of ['agent', 'response', 'function', 'handoff'])
      assert.ok(types.has(type), `${type} is not among ${[...types]}`)
  },
  async 'compaction: a session is compacted'() {
    const session = new OpenAIResponsesCompactionSession({
      client,
      model: 'gpt-4.1',
      underlyingSession: new MemorySession(),
      shouldTriggerCompaction: () => true,
    })
    await ask(echo, 'My name is Ada.', { session })
    assert.deepEqual(typesOf(await session.getItems()), ['message', 'compaction'])
    assert.equal((await ask(echo, 'Who am I?', { session })).finalOutput, 'You said: Who am I?')
  },
  async 'code interpreter: a program of the server reads and writes files'() {
    const file = await client.files.create({ file: new File(['hello'], 'said.txt'), purpose: 'user_data' })
    const scribe = new Agent({
      name: 'Scribe',
      model: 'scribe',
      tools: [codeInterpreterTool({ container: { type: 'auto', file_ids: [file.id] } })],
    })
    const result = await ask(scribe, 'Louder!', { stream: true })
    await result.completed
    const cited = citationOf(result)
    assert.deepEqual([cited.type, cited.filename], ['container_file_citation', 'loud.md'])
    const content = await client.containers.files.content.retrieve(cited.file_id, cited)
    assert.equal(await content.text(), 'HELLO')
  },
  async 'file search: a search of the server is cited'() {
    const store = await client.vectorStores.create({ name: 'harbour' })
    const said = new File(['The night ferry leaves at eleven.'], 'harbour.txt')
    await client.vectorStores.files.uploadAndPoll(store.id, said, { pollIntervalMs: 30 })
    const tools = [fileSearchTool(store.id, { maxNumResults: 3, includeSearchResults: true })]
    const librarian = new Agent({ name: 'Librarian', model: 'librarian', tools })
    const cited = citationOf(await ask(librarian, 'When does the ferry leave?'))
    assert.deepEqual([cited.type, cited.filename], ['file_citation', 'harbour.txt'])
  },
  async 'MCP: a call is approved when the run was interrupted, or by a function'() {
    const lab = { serverLabel: 'lab', serverUrl: process.env.MCP_URL, requireApproval: 'always' }
    const roller = new Agent({ name: 'Roller', model: 'roller', tools: [hostedMcpTool(lab)] })
    const { state, interruptions } = await ask(roller, 'Roll!')
    assert.equal(interruptions.length, 1)
    state.approve(interruptions[0])
    assert.equal((await ask(roller, state)).finalOutput, 'It is 4.')
    const onApproval = async () => ({ approve: true })
    const trusted = roller.clone({ tools: [hostedMcpTool({ ...lab, onApproval })] })
    assert.equal((await ask(trusted, 'Roll!')).finalOutput, 'It is 4.')
  },
  async 'web search: the web is searched, and cited'() {
    const tools = [webSearchTool({ searchContextSize: 'low', filters: { allowedDomains: ['example.com'] } })]
    const reporter = new Agent({ name: 'Reporter', model: 'reporter', tools })
    const result = await ask(reporter, 'When does the ferry leave?', { stream: true })
    await result.completed
    assert.equal(citationOf(result).url, 'https://example.com/harbour')
    const calls = result.output.filter(({ type }) => type === 'hosted_tool_call')
    assert.deepEqual(
      calls.map(({ providerData }) => providerData.action.type),
      ['search', 'open_page', 'find_in_page'],
    )
    const again = [...result.history, { role: 'user', content: 'And tomorrow?' }]
    assert.equal((await ask(reporter, again)).finalOutput, 'It leaves at eleven.')
  },
  async 'pictures: a picture is made, and sent back'() {
    const tools = [imageGenerationTool({ quality: 'low', partialImages: 1 })]
    const modelSettings = { store: false }
    const painter = new Agent({ name: 'Painter', model: 'painter', tools, modelSettings })
    const session = new MemorySession()
    for (const asked of ['A small ferry, please', 'And another one']) {
      const result = await ask(painter, asked, { session })
      assert.equal(result.finalOutput, 'Here it is.')
      const picture = result.output.find(({ type }) => type === 'hosted_tool_call')
      assert.equal(Buffer.from(picture.output, 'base64').subarray(1, 4).toString(), 'PNG')
    }
  },
  async 'computer: a computer is worked on after its checks'() {
    const done = []
    const noted = (name) => [name, (...given) => void done.push([name, ...given.slice(0, -1)])]
    const actions = ['click', 'doubleClick', 'type', 'keypress', 'move', 'drag', 'scroll', 'wait']
    const computer = { ...Object.fromEntries(actions.map(noted)), screenshot: () => pixel }
    const checked = []
    const onSafetyCheck = ({ pendingSafetyChecks }) => {
      checked.push(...pendingSafetyChecks.map(({ code }) => code))
      return true
    }
    const tools = [computerTool({ computer, onSafetyCheck })]
    const operator = new Agent({ name: 'Operator', model: 'operator', tools })
    assert.equal((await ask(operator, 'Open it')).finalOutput, 'It is open.')
    assert.deepEqual(checked, ['irrelevant_domain'])
    assert.deepEqual(
      done.map(([name]) => name),
      actions,
    )
    assert.deepEqual(done[6], ['scroll', 30, 40, 0, 50])
  },
  async 'errors: a model that is not there is an error'() {
    await assert.rejects(ask(echo.clone({ model: 'unknown' }), 'Hello'), /does not exist/)
  },
})

/** The one annotation of the answer. */
function citationOf({ rawResponses }) {
  const { content } = rawResponses.at(-1).output.at(-1)
  const { annotations } = content[0].providerData
  assert.equal(annotations.length, 1)
  return annotations[0]
}
