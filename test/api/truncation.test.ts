import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LanguageModelV4CallOptions } from '@ai-sdk/provider'
import { stage } from '../runs.ts'

const weather = { type: 'function' as const, function: { name: 'weather' } }

/** The first words of each message of a prompt. */
const said = (call: LanguageModelV4CallOptions | undefined) =>
  call?.prompt.flatMap(({ content }) =>
    typeof content === 'string'
      ? [content]
      : content.flatMap((part) => (part.type === 'text' ? [part.text.slice(0, 20)] : [])),
  )

for (const params of [
  { truncation_strategy: { type: 'last_messages' as const, last_messages: 1 } },
  { max_prompt_tokens: 400 },
]) {
  test(`what a run says before its tools does not push out what it was asked: ${Object.keys(params).join()}`, async () => {
    await using s = await stage(
      [
        {
          usage: { input: 10, output: 10 },
          text: `Let me look. ${'word '.repeat(200)}`,
          toolCalls: [{ name: 'weather', arguments: {} }],
        },
        { text: 'Sunny.' },
      ],
      { tools: [weather] },
    )
    await s.threads.messages.create(s.thread.id, {
      role: 'user',
      content: `What is the weather? ${'word '.repeat(200)}`,
    })
    const run = await s.finish(params)
    const calls = run.required_action?.submit_tool_outputs.tool_calls ?? []
    await s.threads.runs.submitToolOutputsAndPoll(run.id, {
      thread_id: s.thread.id,
      tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: 'sunny' })),
    })
    assert.deepEqual(said(s.model.calls[1])?.slice(-2), ['What is the weather?', 'Let me look. word wo'])
  })
}

const long = 'word '.repeat(3_000)

test('a long first message leaves a prompt that the caller does not pay for', async () => {
  await using s = await stage([{ text: 'Yes.' }])
  await s.threads.messages.create(s.thread.id, { role: 'user', content: `The story: ${long}` })
  await s.threads.messages.create(s.thread.id, { role: 'user', content: 'Did you read it?' })
  const run = await s.finish({ max_prompt_tokens: 256 })
  assert.equal(run.status, 'completed')
  assert.deepEqual(said(s.model.calls[0]), ['Hello', 'Did you read it?'])
})

for (const [what, instructions, content] of [
  ['the newest message', 'Be kind.', long],
  ['the instructions', long, 'Hello'],
] as const) {
  test(`where ${what} cannot be cut to what the caller pays for, nothing is sent`, async () => {
    await using s = await stage([], { instructions })
    await s.threads.messages.create(s.thread.id, { role: 'user', content })
    const run = await s.finish({ max_prompt_tokens: 256 })
    assert.equal(run.status, 'incomplete')
    assert.deepEqual(run.incomplete_details, { reason: 'max_prompt_tokens' })
    assert.equal(run.usage?.total_tokens, 0)
    assert.equal(s.model.calls.length, 0)
  })
}
