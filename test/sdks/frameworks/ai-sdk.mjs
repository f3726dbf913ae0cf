// What the AI SDK must be able to do here. Needs the scripted models of test/sdks/serve.ts:
//   node test/sdks/with-server.ts node test/sdks/serve.ts -- node test/sdks/frameworks/ai-sdk.mjs
import assert from 'node:assert/strict'
import { createOpenAI } from '@ai-sdk/openai'
import { generateText, Output, stepCountIs, streamText, tool } from 'ai'
import OpenAI from 'openai'
import { z } from 'zod'
import { run } from './run.mjs'

const openai = createOpenAI()
const client = new OpenAI()
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
  async 'text: a text is answered, with its usage and the id of the response'() {
    const result = await generateText({ model: openai('echo'), system: 'Be brief.', prompt: 'Hello there' })
    assert.equal(result.text, 'You said: Hello there')
    assert.deepEqual([result.finishReason, result.usage.totalTokens], ['stop', 17])
    assert.match(result.providerMetadata.openai.responseId, /^resp_/)
  },
  async 'stream: a text streams'() {
    const result = streamText({ model: openai('echo'), prompt: 'Hello there' })
    let text = ''
    for await (const piece of result.textStream) text += piece
    assert.deepEqual([text, await result.finishReason], ['You said: Hello there', 'stop'])
  },
  async 'functions: tools are called until there is an answer'() {
    const result = await generateText(withTools)
    assert.deepEqual([result.text, result.steps.length], [answer, 2])
    assert.equal(result.steps[0].toolResults.length, 2)
  },
  async 'functions: tools are called in a stream, which stores nothing'() {
    const result = streamText({ ...withTools, providerOptions: { openai: { store: false } } })
    const kinds = new Set()
    for await (const { type } of result.fullStream) kinds.add(type)
    assert.equal(await result.text, answer)
    for (const kind of ['tool-input-delta', 'tool-call', 'tool-result', 'text-delta', 'finish'])
      assert.ok(kinds.has(kind), `${kind} is not among ${[...kinds]}`)
    assert.ok(!kinds.has('error'))
  },
  async 'chain: what was said goes on, by references or by the id of the response'() {
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
  async 'structured output: an answer has the type that was asked for'() {
    const schema = z.object({ city: z.string(), degrees: z.number() })
    const { output } = await generateText({
      model: openai('forecaster'),
      prompt: 'Warm?',
      output: Output.object({ schema }),
    })
    assert.deepEqual(output, { city: 'Paris', degrees: 21 })
  },
  async 'errors: what is cut off says so, and what fails is an error'() {
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
  async 'code interpreter: a program of the server reads and writes files'() {
    const file = await client.files.create({ file: new File(['hello'], 'said.txt'), purpose: 'user_data' })
    const result = streamText({
      model: openai('scribe'),
      prompt: 'Louder!',
      tools: { code_interpreter: openai.tools.codeInterpreter({ container: { fileIds: [file.id] } }) },
    })
    const [{ output }] = await result.toolResults
    assert.deepEqual(output.outputs, [{ type: 'logs', logs: 'hello\n' }])
    const [{ providerMetadata, title }] = await result.sources
    assert.equal(title, 'loud.md')
    const { containerId, fileId } = providerMetadata.openai
    const content = await client.containers.files.content.retrieve(fileId, { container_id: containerId })
    assert.equal(await content.text(), 'HELLO')
  },
  async 'file search: a search of the server is cited'() {
    const store = await client.vectorStores.create({ name: 'harbour' })
    const said = new File(['The night ferry leaves at eleven.'], 'harbour.txt')
    await client.vectorStores.files.uploadAndPoll(store.id, said, { pollIntervalMs: 30 })
    const { toolResults, sources } = await generateText({
      model: openai('librarian'),
      prompt: 'When does the ferry leave?',
      tools: { file_search: openai.tools.fileSearch({ vectorStoreIds: [store.id], maxNumResults: 3 }) },
      providerOptions: { openai: { include: ['file_search_call.results'] } },
    })
    assert.equal(toolResults[0].output.results[0].text, 'The night ferry leaves at eleven.')
    assert.equal(sources[0].title, 'harbour.txt')
  },
  async 'MCP: a call waits for its approval'() {
    const lab = { serverLabel: 'lab', serverUrl: process.env.MCP_URL, requireApproval: 'always' }
    const asks = { model: openai('roller'), tools: { mcp: openai.tools.mcp(lab) } }
    const said = [{ role: 'user', content: 'Roll!' }]
    const asked = await generateText({ ...asks, messages: said })
    const { approvalId } = asked.content.find(({ type }) => type === 'tool-approval-request')
    const approval = { type: 'tool-approval-response', approvalId, approved: true, providerExecuted: true }
    const messages = [...said, ...asked.response.messages, { role: 'tool', content: [approval] }]
    assert.equal((await generateText({ ...asks, messages })).text, 'It is 4.')
  },
  async 'web search: the web is searched, and cited'() {
    const webSearch = openai.tools.webSearch({
      searchContextSize: 'low',
      filters: { allowedDomains: ['example.com'] },
    })
    const asks = { model: openai('reporter'), tools: { web_search: webSearch } }
    const said = [{ role: 'user', content: 'When does the ferry leave?' }]
    const result = streamText({ ...asks, messages: said })
    assert.equal(await result.text, 'It leaves at eleven.')
    const outputs = (await result.toolResults).map(({ output }) => output)
    const url = 'https://example.com/harbour'
    assert.deepEqual(
      outputs.map(({ action }) => action.type),
      ['search', 'openPage', 'findInPage'],
    )
    assert.deepEqual(outputs[0].sources, [{ type: 'url', url }])
    const [source] = await result.sources
    assert.deepEqual([source.url, source.title], [url, 'The harbour'])
    const { messages } = await result.response
    for (const store of [true, false]) {
      const again = await generateText({
        ...asks,
        messages: [...said, ...messages, { role: 'user', content: 'And tomorrow?' }],
        providerOptions: { openai: { store } },
      })
      assert.equal(again.text, 'It leaves at eleven.')
    }
  },
  async 'pictures: a picture is made, with a draft, and sent back'() {
    const imageGeneration = openai.tools.imageGeneration({ quality: 'low', partialImages: 1 })
    const asks = { model: openai('painter'), tools: { image_generation: imageGeneration } }
    const said = [{ role: 'user', content: 'A small ferry, please' }]
    const result = streamText({ ...asks, messages: said })
    const pictures = []
    for await (const part of result.fullStream)
      if (part.type === 'tool-result') pictures.push(Buffer.from(part.output.result, 'base64'))
    assert.deepEqual(
      pictures.map((picture) => picture.toString('latin1', 1, 4)),
      ['PNG', 'PNG'],
    )
    const { messages } = await result.response
    for (const store of [true, false]) {
      const again = await generateText({
        ...asks,
        messages: [...said, ...messages, { role: 'user', content: 'And another one' }],
        providerOptions: { openai: { store } },
      })
      assert.equal(again.text, 'Here it is.')
    }
  },
})
