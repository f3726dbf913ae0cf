// What the AI SDK must be able to do here. Needs the scripted models of test/sdks/serve.ts:
//   node test/sdks/with-server.ts node test/sdks/serve.ts -- node test/sdks/frameworks/ai-sdk.mjs
import assert from 'node:assert/strict'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, Output, stepCountIs, streamText, tool } from 'ai'
import { z } from 'zod'
import { run } from './run.mjs'

const openai = createOpenAI()
const answer = 'Outside it is 21 degrees and 24 degrees.'
const tools = {
  get_weather: tool({
    description: 'Tells the weather of a city.',
    inputSchema: z.object({ city: z.string(), unit: z.string().optional() }),
    execute: async ({ city }) => (city === 'Paris' ? '21 degrees' : '24 degrees'),
  }),
}
const withTools = {
  model: openai.responses('weather'),
  prompt: 'How warm is it?',
  tools,
  stopWhen: stepCountIs(3),
}

await run({
  async 'a text is answered, with its usage and the id of the response'() {
    const result = await generateText({ model: openai('echo'), system: 'Be brief.', prompt: 'Hello there' })
    assert.equal(result.text, 'You said: Hello there')
    assert.deepEqual([result.finishReason, result.usage.totalTokens], ['stop', 17])
    assert.match(result.providerMetadata.openai.responseId, /^resp_/)
  },
  async 'a text streams'() {
    const result = streamText({ model: openai('echo'), prompt: 'Hello there' })
    let text = ''
    for await (const piece of result.textStream) text += piece
    assert.deepEqual([text, await result.finishReason], ['You said: Hello there', 'stop'])
  },
  async 'tools are called until there is an answer'() {
    const result = await generateText(withTools)
    assert.deepEqual([result.text, result.steps.length], [answer, 2])
    assert.equal(result.steps[0].toolResults.length, 2)
  },
  async 'tools are called in a stream, which stores nothing'() {
    const result = streamText({ ...withTools, providerOptions: { openai: { store: false } } })
    const kinds = new Set()
    for await (const { type } of result.fullStream) kinds.add(type)
    assert.equal(await result.text, answer)
    for (const kind of ['tool-input-delta', 'tool-call', 'tool-result', 'text-delta', 'finish'])
      assert.ok(kinds.has(kind), `${kind} is not among ${[...kinds]}`)
    assert.ok(!kinds.has('error'))
  },
  async 'what was said goes on, by references or by the id of the response'() {
    const first = await generateText(withTools)
    const messages = [{ role: 'user', content: 'How warm is it?' }, ...first.response.messages]
    const next = await generateText({
      ...withTools,
      prompt: undefined,
      messages: [...messages, { role: 'user', content: 'And now?' }],
    })
    assert.equal(next.text, answer)
    const previousResponseId = first.providerMetadata.openai.responseId
    const chained = await generateText({
      model: openai('echo'),
      prompt: 'And then?',
      providerOptions: { openai: { previousResponseId } },
    })
    assert.equal(chained.text, 'You said: And then?')
  },
  async 'an answer has the type that was asked for'() {
    const schema = z.object({ city: z.string(), degrees: z.number() })
    const { output } = await generateText({
      model: openai('forecaster'),
      prompt: 'Warm?',
      output: Output.object({ schema }),
    })
    assert.deepEqual(output, { city: 'Paris', degrees: 21 })
  },
  async 'what is cut off says so, and what fails is an error'() {
    assert.equal((await generateText({ model: openai('brief'), prompt: 'Hi' })).finishReason, 'length')
    const errors = []
    const onError = ({ error }) => void errors.push(error)
    await streamText({ model: openai('broken'), prompt: 'Hi', maxRetries: 0, onError }).consumeStream()
    assert.match(JSON.stringify(errors), /The prompt is bad/)
    await assert.rejects(
      generateText({ model: openai('unknown'), prompt: 'Hi', maxRetries: 0 }),
      /does not exist/,
    )
  },
})
