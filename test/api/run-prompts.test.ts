import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRunFixture, dialogue } from '../runs.ts'

const weather = { type: 'function' as const, function: { name: 'weather' } }

test('the conversation goes to the model in order, and earlier tool calls with it', async () => {
  await using s = await createRunFixture(
    [{ toolCalls: [{ name: 'weather', arguments: {} }] }, { text: 'Sunny' }, { text: 'You are welcome' }],
    { tools: [weather] },
  )
  const waiting = await s.finish()
  const [call] = waiting.required_action?.submit_tool_outputs.tool_calls ?? []
  await s.threads.runs.submitToolOutputsAndPoll(waiting.id, {
    thread_id: s.thread.id,
    tool_outputs: [{ tool_call_id: call?.id ?? '', output: 'clear sky' }],
  })
  await s.threads.messages.create(s.thread.id, { role: 'user', content: 'Thanks' })
  await s.finish()
  assert.deepEqual(dialogue(s.model.calls[2]), [
    ['user', 'Hello'],
    ['assistant', 'tool-call'],
    ['tool', 'tool-result'],
    ['assistant', 'Sunny'],
    ['user', 'Thanks'],
  ])
})

test('truncation: the last messages only, or the first and the newest that fit', async () => {
  await using s = await createRunFixture([{ text: 'a' }, { text: 'b' }])
  for (let n = 1; n <= 8; n++) {
    await s.threads.messages.create(s.thread.id, { role: 'user', content: `${n} ${'word '.repeat(400)}` })
  }
  await s.finish({ truncation_strategy: { type: 'last_messages', last_messages: 2 } })
  assert.deepEqual(
    dialogue(s.model.calls[0])?.map(([, text]) => text?.slice(0, 1)),
    ['7', '8'],
  )
  await s.finish({ max_prompt_tokens: 1_400 })
  assert.deepEqual(
    dialogue(s.model.calls[1])?.map(([, text]) => text?.slice(0, 5)),
    ['Hello', '7 wor', '8 wor', 'a'],
  )
})

test('pictures reach the model, inline and from files', async () => {
  await using s = await createRunFixture([{ text: 'A dot' }])
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==',
    'base64',
  )
  const file = await s.client.files.create({ file: new File([png], 'dot.png'), purpose: 'vision' })
  await s.threads.messages.create(s.thread.id, {
    role: 'user',
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_file', image_file: { file_id: file.id } },
      { type: 'image_url', image_url: { url: `data:image/png;base64,${png.toString('base64')}` } },
    ],
  })
  assert.equal((await s.finish()).status, 'completed')
  const asked = s.model.calls[0]?.prompt.at(-1)
  const parts = asked?.role === 'user' ? asked.content.filter((part) => part.type === 'file') : []
  assert.equal(parts.length, 2)
  for (const part of parts) {
    assert.equal(part.mediaType, 'image/png')
    assert.ok(part.data.type === 'data' && png.equals(Buffer.from(part.data.data as Uint8Array)))
  }
})

test("a picture's address inside this machine is refused", async () => {
  await using s = await createRunFixture([{ text: 'never' }])
  await s.threads.messages.create(s.thread.id, {
    role: 'user',
    content: [{ type: 'image_url', image_url: { url: `${s.url}/v1/models` } }],
  })
  const run = await s.finish()
  assert.equal(run.status, 'failed')
  assert.match(run.last_error?.message ?? '', /^Error while downloading /)
  assert.equal(run.last_error?.code, 'invalid_image_url')
})
