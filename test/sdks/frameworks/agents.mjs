// What the Agents SDK of JavaScript must be able to do here. Needs the scripted models of test/sdks/serve.ts:
//   node test/sdks/with-server.ts node test/sdks/serve.ts -- node test/sdks/frameworks/agents.mjs
import assert from 'node:assert/strict'
import {
  Agent,
  InputGuardrailTripwireTriggered,
  OpenAIConversationsSession,
  run as ask,
  setTracingDisabled,
  tool,
} from '@openai/agents'
import OpenAI from 'openai'
import { z } from 'zod'
import { run } from './run.mjs'

setTracingDisabled(true)
const client = new OpenAI()
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
  async 'an agent calls tools and answers'() {
    const result = await ask(weather, 'How warm is it?')
    assert.equal(result.finalOutput, answer)
    assert.equal(result.rawResponses.length, 2)
  },
  async 'an agent goes on by the id of a response, or with all that was said'() {
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
  async 'a stream tells text, tools and agents'() {
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
  async 'one agent hands over to another'() {
    const result = await ask(triage, 'How warm is it?')
    assert.deepEqual([result.finalOutput, result.lastAgent?.name], [answer, 'weather agent'])
  },
  async 'a session is a conversation'() {
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
  async 'an agent in a conversation of the server sends only what is new'() {
    const { id: conversationId } = await client.conversations.create({})
    for (const question of ['How warm is it?', 'And now?'])
      assert.equal((await ask(weather, question, { conversationId })).finalOutput, answer)
    const items = []
    for await (const item of client.conversations.items.list(conversationId)) items.push(item)
    assert.equal(items.length, 12)
  },
  async 'an answer has the type that was asked for'() {
    const outputType = z.object({ city: z.string(), degrees: z.number() })
    const agent = new Agent({ name: 'Forecaster', model: 'forecaster', outputType })
    assert.deepEqual((await ask(agent, 'Warm?')).finalOutput, { city: 'Paris', degrees: 21 })
  },
  async 'a guardrail keeps a question from the agent'() {
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
  async 'nothing is stored where an agent says so'() {
    const agent = weather.clone({
      modelSettings: { store: false, temperature: 0.5, parallelToolCalls: true },
    })
    assert.equal((await ask(agent, 'How warm is it?')).finalOutput, answer)
  },
})
