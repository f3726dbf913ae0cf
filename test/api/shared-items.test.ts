import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toFile } from 'openai'
import { raw, refused } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'
import { newProject } from '../team.ts'
import { user, numbered, runIn, short, threadWithCall, looks } from './shared-threads-fixture.ts'

/** A picture of one point. */
const dot =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

test('a call of a run that was deleted as an item is told to nobody any more, through either door', async () => {
  await using s = await createResponsesFixture(looks)
  const { thread_id, conversation, run } = await threadWithCall(s)
  const counted = async () =>
    (await raw(s, 'POST', '/v1/responses/input_tokens', { model: 'm', conversation })).json.input_tokens
  const before = await counted()
  assert.deepEqual(short((await runIn(s, conversation)).prompt), [
    'One',
    'look({"at":"sky"})',
    '=> blue',
    'Answer 1.',
  ])
  const items = (await s.client.conversations.items.list(conversation, { order: 'asc' })).data
  const called = items.filter(({ type }) => type.startsWith('function_call'))
  assert.equal(called.length, 2)
  for (const { id } of called)
    await s.client.conversations.items.delete(id ?? '', { conversation_id: conversation })
  assert.ok((await counted()) < before)
  assert.deepEqual(short((await runIn(s, conversation)).prompt), ['One', 'Answer 1.', 'Answer 2.'])
  await s.responses.create({ model: 'm', conversation, input: 'Two' })
  assert.deepEqual(short(s.model.calls.at(-1)?.prompt ?? []), [
    'One',
    'Answer 1.',
    'Answer 2.',
    'Answer 3.',
    'Two',
  ])
  const steps = await s.client.beta.threads.runs.steps.list(run.id, { thread_id })
  assert.equal(steps.data.length, 2, 'the run shows what it did')
})

test('a message is an item and is copied, whatever its metadata calls a status', async () => {
  await using s = await createResponsesFixture(numbered)
  const { threads } = s.client.beta
  const metadata = { status: 'in_progress' }
  const { id: thread_id } = await threads.create({ messages: [{ role: 'user', content: 'One', metadata }] })
  const conversation = thread_id.replace('thread_', 'conv_')
  const { run } = await runIn(s, conversation)
  const [answer] = (await threads.messages.list(thread_id, { run_id: run.id })).data
  await threads.messages.update(answer?.id ?? '', { thread_id, metadata })
  await s.responses.create({ model: 'm', conversation, input: 'Two' })
  assert.deepEqual(short(s.model.calls.at(-1)?.prompt ?? []), ['One', 'Answer 0.', 'Two'])
  const idsOf = async (id: string) => (await threads.messages.list(id)).data.map((one) => one.id)
  const items = await s.client.conversations.items.list(conversation)
  assert.deepEqual(
    items.data.map(({ id }) => id),
    await idsOf(thread_id),
  )
  const copy = await raw(s, 'POST', `/v1/threads/${thread_id}/copy`, {})
  assert.equal((await idsOf(copy.json.id)).length, 4)
  await s.client.conversations.items.delete(answer?.id ?? '', { conversation_id: conversation })
  assert.equal((await idsOf(thread_id)).length, 3)
})

test('what a message of a response has no form for in a thread is in its item alone', async () => {
  await using s = await createResponsesFixture(numbered)
  const link = { container_id: 'cntr_1', file_id: 'cfile_1', filename: 'a.png', start_index: 0 }
  const annotations = [
    { type: 'file_citation', file_id: 'file-1', filename: 'sky.txt', index: 4 },
    { type: 'container_file_citation', ...link, end_index: 0 },
    { type: 'container_file_citation', ...link, end_index: 2 },
  ]
  const file_data = `data:text/plain;base64,${Buffer.from('Blue.').toString('base64')}`
  const { id } = await s.client.conversations.create({
    items: [
      {
        type: 'message',
        role: 'user',
        content: [
          { type: 'input_file', filename: 'sky.txt', file_data },
          { type: 'input_image', image_url: dot, detail: 'low' },
        ],
      },
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'It is blue.', annotations }],
      } as never,
    ],
  })
  const thread_id = id.replace('conv_', 'thread_')
  const { data } = await s.client.beta.threads.messages.list(thread_id, { order: 'asc' })
  assert.deepEqual(
    data.map(({ content }) => content),
    [
      [
        { type: 'text', text: { value: 'File "sky.txt":\n\nBlue.', annotations: [] } },
        { type: 'image_url', image_url: { url: dot, detail: 'low' } },
      ],
      [
        {
          type: 'text',
          text: {
            value: 'It is blue.',
            annotations: [
              {
                type: 'file_path',
                text: 'It',
                start_index: 0,
                end_index: 2,
                file_path: { file_id: 'file-1' },
              },
            ],
          },
        },
      ],
    ],
  )
  assert.deepEqual(
    data.map(({ run_id, assistant_id }) => [run_id, assistant_id]),
    [
      [null, null],
      [null, null],
    ],
  )
  const items = await s.client.conversations.items.list(id)
  assert.deepEqual(
    (items.data[0] as { content?: { annotations: unknown }[] }).content?.[0]?.annotations,
    annotations,
  )
})

test('a message of a thread is an item without attachments, and a picture of the assistant is named', async () => {
  await using s = await createResponsesFixture(numbered)
  const { threads } = s.client.beta
  const [picture, text] = await Promise.all([
    s.client.files.create({
      file: await toFile(Buffer.from(dot.split(',')[1] ?? '', 'base64'), 'dot.png'),
      purpose: 'vision',
    }),
    s.client.files.create({ file: await toFile(Buffer.from('Blue.'), 'sky.txt'), purpose: 'assistants' }),
  ])
  const attachments = [{ file_id: text.id, tools: [{ type: 'code_interpreter' as const }] }]
  const image_file = { file_id: picture.id }
  const { id } = await threads.create({
    messages: [
      { role: 'user', content: 'One', attachments },
      { role: 'assistant', content: [{ type: 'image_file', image_file }] },
    ],
  })
  const { json } = await raw(s, 'GET', `/v1/conversations/${id.replace('thread_', 'conv_')}/items?order=asc`)
  assert.deepEqual(
    json.data.map(({ id: _id, status: _status, ...item }: Record<string, unknown>) => item),
    [
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'One' }] },
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', annotations: [], logprobs: [], text: `[picture ${picture.id}]` }],
      },
    ],
  )
})

test('an item_reference leads to items of threads and conversations too, of the project and for as long as they are there', async () => {
  await using s = await createResponsesFixture((prompt, index) =>
    index === 0 ? { toolCalls: [{ name: 'look', arguments: { at: 'sky' } }] } : numbered(prompt, index),
  )
  const { beta, conversations } = s.client
  const { id: assistant_id } = await beta.assistants.create({
    model: 'm',
    tools: [{ type: 'function', function: { name: 'look' } }],
  })
  const thread = await beta.threads.create({ messages: [{ role: 'user', content: 'One' }] })
  const run = await beta.threads.runs.createAndPoll(thread.id, { assistant_id })
  const [asked] = run.required_action?.submit_tool_outputs.tool_calls ?? []
  await beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id: thread.id,
    tool_outputs: [{ tool_call_id: asked?.id ?? '', output: 'blue' }],
  })
  const { id } = await conversations.create({
    items: [{ type: 'message', role: 'developer', content: 'Be brief.' }],
  })
  const itemsOf = async (one: string) =>
    (await conversations.items.list(one, { order: 'asc' })).data.map((item) => ({
      type: 'item_reference',
      id: item.id ?? '',
    }))
  const ofThread = await itemsOf(thread.id.replace('thread_', 'conv_'))
  const input = [...(await itemsOf(id)), ...ofThread]
  const answer = await s.post({ model: 'm', input: [...input, user('And?')] })
  assert.equal(answer.status, 200, answer.text)
  assert.deepEqual(short(s.model.calls.at(-1)?.prompt ?? []), [
    'Be brief.',
    'One',
    'look({"at":"sky"})',
    '=> blue',
    'Answer 1.',
    'And?',
  ])
  const listed = await s.client.responses.inputItems.list(answer.json.id, { order: 'asc' })
  assert.deepEqual(
    listed.data.slice(0, -1).map((item) => item.id),
    input.map((one) => one.id),
  )
  const copy = await conversations.create({ items: ofThread as never })
  assert.equal((await conversations.items.list(copy.id)).data.length, ofThread.length)

  const other = await newProject(s)
  const caller = { url: s.url, apiKey: other.key.value }
  assert.equal((await raw(caller, 'POST', '/v1/responses', { model: 'm', input })).status, 404)
  // What a response was told stays with it. What nobody was told goes with its thread.
  const { id: gone } = await conversations.create({ items: [user('Bye')] })
  const ofGone = await itemsOf(gone)
  await beta.threads.delete(gone.replace('conv_', 'thread_'))
  refused(
    await s.post({ model: 'm', input: ofGone }),
    404,
    `Item with id '${ofGone[0]?.id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    { param: 'input', code: null },
  )
})
