import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { ScriptedPart, ScriptedTurn } from '../../src/models/scripted.ts'
import { raw } from '../raw.ts'
import { createResponsesFixture, shortOrder } from '../responses.ts'
import { parseEvents } from '../runs.ts'

/** A picture of one point. */
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const draws = (partials: string[] = []): ScriptedPart => ({
  hosted: {
    name: 'image_generation',
    partials: partials.map((result) => ({ result })),
    result: { result: png, revisedPrompt: 'A point' },
  },
})
const turns: Record<string, ScriptedTurn> = {
  Draw: { parts: [draws(['cGFydA==', 'cGFydHM='])], text: 'There.' },
  'Draw alone': { parts: [draws()] },
  'Draw badly': { parts: [{ hosted: { name: 'image_generation', result: { result: 'no *picture*' } } }] },
  'Draw nothing': { parts: [{ hosted: { name: 'image_generation', isError: true } }], text: 'Sorry.' },
}

interface Said {
  role: string
  content: { type: string; text?: string; mediaType?: string; data?: { data?: Uint8Array } }[]
}

/** What the user said last says what the model does. */
const s = await createResponsesFixture((prompt) => {
  const said = (prompt as unknown as Said[]).findLast(({ role }) => role === 'user')?.content.at(-1)
  return turns[said?.text ?? ''] ?? { text: 'Hello.' }
})
after(() => s[Symbol.asyncDispose]())
const tools = [{ type: 'image_generation' as const, size: '1024x1024' as const, partial_images: 2 }]
const prompt = () => s.model.calls.at(-1)?.prompt as unknown as Said[]

test('a picture streams as was recorded, with those before the last one, and is replayed whole', async () => {
  const events = await s.stream({ input: 'Draw', tools, background: true })
  assert.deepEqual(shortOrder(events).slice(3, 10), [
    'output_item.added(image_generation_call)',
    'image_generation_call.in_progress',
    'image_generation_call.generating',
    'image_generation_call.partial_image',
    'image_generation_call.partial_image',
    'image_generation_call.completed',
    'output_item.done(image_generation_call)',
  ])
  const { id } = events[3]?.data.item ?? {}
  assert.match(id, /^ig_/)
  const settings = { background: 'auto', output_format: 'png', quality: 'auto', size: '1024x1024' }
  const { type: _type, sequence_number: _number, ...partial } = events[7]?.data ?? {}
  assert.deepEqual(partial, {
    item_id: id,
    output_index: 0,
    ...settings,
    partial_image_b64: 'cGFydHM=',
    partial_image_index: 1,
  })
  const done = {
    id,
    type: 'image_generation_call',
    status: 'completed',
    background: 'auto',
    output_format: 'png',
    quality: 'auto',
    result: png,
    revised_prompt: 'A point',
    size: '1024x1024',
  }
  assert.deepEqual(events[9]?.data.item, done)
  const { type } = done
  assert.deepEqual(events[3]?.data.item, { id, type, status: 'in_progress', result: null })
  const { id: response } = events[0]?.data.response ?? {}
  for (const from of ['', '&starting_after=6']) {
    const again = parseEvents((await raw(s, 'GET', `/v1/responses/${response}?stream=true${from}`)).text)
    assert.deepEqual(again, from === '' ? events : events.slice(7))
  }
  const [stored] = (await s.responses.retrieve(response)).output
  assert.deepEqual(stored, done)
})

test('a response may be a picture alone, and one that fails has no result', async () => {
  const alone = await s.responses.create({ model: 'm', input: 'Draw alone', tools })
  assert.deepEqual(
    alone.output.map(({ type }) => type),
    ['image_generation_call'],
  )
  const failed = await s.responses.create({ model: 'm', input: 'Draw nothing', tools })
  const [call] = failed.output
  assert.ok(call?.type === 'image_generation_call')
  assert.deepEqual([call.status, call.result], ['failed', null])
})

test('a later model is shown the picture, whichever way it comes back', async () => {
  const first = await s.responses.create({ model: 'm', input: 'Draw', tools })
  const [call] = first.output
  assert.ok(call?.type === 'image_generation_call')
  const { id } = call
  const conversation = await s.client.conversations.create({ items: first.output as never })
  const ways: object[] = [
    { previous_response_id: first.id, input: 'Go on' },
    { conversation: conversation.id, input: 'Go on' },
    { input: [...first.output, { role: 'user', content: 'Go on' }] },
    {
      input: [
        { type: 'item_reference', id },
        { role: 'user', content: 'Go on' },
      ],
    },
    {
      input: [
        { type: 'image_generation_call', id },
        { role: 'user', content: 'Go on' },
      ],
    },
  ]
  for (const way of ways) {
    const answer = await s.post({ model: 'm', ...way })
    assert.equal(answer.status, 200, answer.text)
    const shown = prompt().flatMap(({ role, content }) =>
      role === 'user' ? content.filter(({ type }) => type === 'file') : [],
    )
    assert.deepEqual(
      shown.map(({ mediaType, data }) => [mediaType, Buffer.from(data?.data ?? []).toString('base64')]),
      [['image/png', png]],
      JSON.stringify(way).slice(0, 80),
    )
  }
  const unknown = await s.post({ model: 'm', input: [{ type: 'image_generation_call', id: 'ig_x' }] })
  assert.equal(unknown.status, 404)
})

test('of many pictures a later model is shown the newest eight, and is told of those before them', async () => {
  const { id } = await s.client.conversations.create()
  for (let made = 0; made < 9; made++)
    await s.responses.create({ model: 'm', input: 'Draw alone', tools, conversation: id })
  const assistant = await s.client.beta.assistants.create({ model: 'm' })
  const thread = id.replace(/^conv_/, 'thread_')
  const assertRecent = () => {
    const parts = prompt().flatMap(({ role, content }) => (role === 'user' ? content : []))
    assert.equal(parts.filter(({ type }) => type === 'file').length, 8)
    const words = parts.flatMap(({ text }) => (text?.startsWith('[') ? [text] : []))
    const before = '[a picture before the newest ones, not shown again: it was to show "A point"]'
    assert.deepEqual(words, [before])
  }
  await s.responses.create({ model: 'm', input: 'Go on', conversation: id })
  assertRecent()
  await s.client.beta.threads.messages.create(thread, { role: 'user', content: 'Go on' })
  await s.client.beta.threads.runs.createAndPoll(thread, { assistant_id: assistant.id })
  assertRecent()
})

test('what is no picture stays an item, and stands in the way of nobody who goes on', async () => {
  const first = await s.responses.create({ model: 'm', input: 'Draw badly', tools })
  const [call] = first.output
  assert.ok(call?.type === 'image_generation_call')
  assert.equal(call.result, 'no *picture*')
  const odd = { type: 'image_generation_call', result: png, output_format: 'a,b', status: 'completed' }
  for (const input of [first.output, [odd]]) {
    const items = [...input, { role: 'user', content: 'Go on' }] as never
    const next = await s.responses.create({ model: 'm', input: items })
    assert.equal(next.output_text, 'Hello.', JSON.stringify(next.error))
  }
})

test('a thread that has a picture as a conversation is gone on with by an assistant, who is shown it', async () => {
  const { client } = s
  const { id } = await client.conversations.create()
  await s.responses.create({ model: 'm', input: 'Draw', tools, conversation: id })
  const assistant = await client.beta.assistants.create({ model: 'm' })
  const thread = id.replace(/^conv_/, 'thread_')
  await client.beta.threads.messages.create(thread, { role: 'user', content: 'Go on' })
  const run = await client.beta.threads.runs.createAndPoll(thread, { assistant_id: assistant.id })
  assert.equal(run.status, 'completed')
  const messages = await client.beta.threads.messages.list(thread, { order: 'asc' })
  assert.deepEqual(
    messages.data.map(({ role, content }) => [role, content.map(({ type }) => type)]),
    [
      ['user', ['text']],
      ['assistant', ['text']],
      ['user', ['text']],
      ['assistant', ['text']],
    ],
  )
  const steps = await client.beta.threads.runs.steps.list(run.id, { thread_id: thread })
  assert.deepEqual(
    steps.data.map(({ type }) => type),
    ['message_creation'],
  )
  assert.ok(
    prompt().some(({ content }) => Array.isArray(content) && content.some(({ type }) => type === 'file')),
  )
})
