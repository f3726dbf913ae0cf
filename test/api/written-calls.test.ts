import assert from 'node:assert/strict'
import { test } from 'node:test'
import type OpenAI from 'openai'
import type { Log } from '../../src/common/log.ts'
import { done, event, say, startRawUpstream, textOf } from '../raw-upstream.ts'

const city = { type: 'object', properties: { city: { type: 'string' } } }
const tools: OpenAI.Beta.AssistantTool[] = [
  { type: 'function', function: { name: 'get_weather', parameters: city } },
]
const written = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n</tool_call>'

/** A small model that calls in its text first, and answers when it has the result. */
const callThenAnswer = (text: string, log?: Log) =>
  startRawUpstream((response, { messages }) => {
    const answered = (messages as { role: string }[]).some(({ role }) => role === 'tool')
    const pieces = answered ? ['It rains.'] : (text.match(/[^]{1,6}/g) ?? [])
    response.end(pieces.map((content) => event({ content })).join('') + event({}, 'stop') + done)
  }, log && { log })

for (const [form, text] of [
  ['Hermes', written],
  ['Llama', '{"name": "get_weather", "parameters": {"city": "Paris"}}'],
  ['Mistral', '[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Paris"}}]'],
  ['a fence', '```json\n{"name": "get_weather", "arguments": {"city": "Paris"}}\n```'],
] as const) {
  test(`a call that a model writes as text is one that the caller answers, and is never shown: ${form}`, async () => {
    await using s = await callThenAnswer(`<think>Hm.</think>\n${text}`)
    const assistant = await s.client.beta.assistants.create({ model: 'tiny', tools })
    const { runs, messages } = s.client.beta.threads
    const thread = await s.client.beta.threads.create({ messages: [{ role: 'user', content: 'Paris?' }] })
    const shown: string[] = []
    let run: OpenAI.Beta.Threads.Run | undefined
    for await (const one of await runs.create(thread.id, { assistant_id: assistant.id, stream: true })) {
      if (one.event === 'thread.message.delta') shown.push(JSON.stringify(one.data.delta.content))
      if (one.event === 'thread.run.requires_action') run = one.data
    }
    assert.deepEqual(shown, [])
    const [call] = run?.required_action?.submit_tool_outputs.tool_calls ?? []
    assert.deepEqual(call?.function, { name: 'get_weather', arguments: '{"city":"Paris"}' })

    await runs.submitToolOutputsAndPoll(run!.id, {
      thread_id: thread.id,
      tool_outputs: [{ tool_call_id: call?.id ?? '', output: 'rain' }],
    })
    const { data } = await messages.list(thread.id)
    assert.deepEqual(data.map(textOf), [['It rains.'], ['Paris?']])
  })
}

test('text before a call is a message, and several calls are one step', async () => {
  const time = '<tool_call>{"name": "get_weather", "arguments": {"city": "Rome"}}</tool_call>'
  await using s = await callThenAnswer(`Let me look.\n\n${written}\n${time}`)
  const { run, messages } = await s.run({}, { tools })
  assert.equal(run.status, 'requires_action')
  assert.deepEqual(
    run.required_action?.submit_tool_outputs.tool_calls.map((call) => call.function.arguments),
    ['{"city":"Paris"}', '{"city":"Rome"}'],
  )
  assert.deepEqual(messages.map(textOf), [['Let me look.']])
})

test('the code interpreter is called so by each name that models know it by', async () => {
  for (const name of ['code_interpreter', 'python']) {
    const text = JSON.stringify({ name, arguments: { code: 'print(6 * 7)' } })
    await using s = await callThenAnswer(`<tool_call>${text}</tool_call>`)
    const { steps } = await s.run({}, { tools: [{ type: 'code_interpreter' }] })
    const details = steps[0]?.step_details
    assert.equal(details?.type, 'tool_calls')
    const [call] = details?.type === 'tool_calls' ? details.tool_calls : []
    assert.equal(call?.type === 'code_interpreter' && call.code_interpreter.input, 'print(6 * 7)')
  }
})

for (const [why, text, params] of [
  ['it names no tool of the run', '{"name": "get_news", "arguments": {}}', { tools }],
  ['nothing may be called', written, { tools, tool_choice: 'none' }],
  ['there are no tools', written, {}],
  ['it only speaks of one', `${written} is what a call looks like.`, { tools }],
  [
    'JSON was asked for',
    '{"name": "get_weather", "arguments": {}}',
    { tools, response_format: { type: 'json_object' } },
  ],
] as const) {
  test(`what looks like a call is an answer, unchanged, where ${why}`, async () => {
    await using s = await startRawUpstream((response) => void response.end(say(text)))
    const { run, messages } = await s.run(params as Partial<OpenAI.Beta.Threads.RunCreateParamsNonStreaming>)
    assert.equal(run.status, 'completed')
    assert.deepEqual(messages.map(textOf), [[text]])
  })
}

test('the log tells once of a model that writes its calls as text, without a word of them', async () => {
  const logged: Record<string, unknown>[] = []
  const log: Log = (_level, fact, more) => void logged.push({ fact, ...more })
  await using s = await callThenAnswer(written, log)
  await s.run({}, { tools })
  await s.run({}, { tools })
  const told = logged.filter(({ fact }) => /writes its calls as text/.test(String(fact)))
  assert.deepEqual(
    told.map(({ model }) => model),
    ['openai-compatible/tiny'],
  )
  assert.doesNotMatch(JSON.stringify(logged), /Paris/)
})
