import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toFile } from 'openai'
import type { Script } from '../../src/models/scripted.ts'
import { raw, refused } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'
import { newProject } from '../team.ts'

type Fixture = Awaited<ReturnType<typeof createResponsesFixture>>
const user = (text: string) => ({ type: 'message' as const, role: 'user' as const, content: text })
const call = (id: string, more: object = {}) => ({
  type: 'function_call' as const,
  call_id: id,
  name: 'look',
  arguments: '{"at":"sky"}',
  ...more,
})
const output = (id: string, text = 'blue') => ({
  type: 'function_call_output' as const,
  call_id: id,
  output: text,
})

/** A picture of one point. */
const dot =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const numbered = (_prompt: unknown, index: number) => ({ text: `Answer ${index}.` })

/** Runs an assistant in the thread that a conversation is, and returns what the model was asked. */
async function runIn(s: Fixture, conversation: string, params: object = {}) {
  const { id: assistant_id } = await s.client.beta.assistants.create({ model: 'm' })
  const thread = conversation.replace('conv_', 'thread_')
  const run = await s.client.beta.threads.runs.createAndPoll(thread, { assistant_id, ...params })
  assert.deepEqual([run.status, run.last_error], ['completed', null])
  return { run, prompt: s.model.calls.at(-1)?.prompt ?? [] }
}

/** A prompt in short: texts, and calls and results with their names and ids. */
const short = (prompt: Fixture['model']['calls'][number]['prompt']) =>
  prompt.flatMap(({ content }) =>
    typeof content === 'string'
      ? [content]
      : content.map((part) => {
          if (part.type === 'tool-call') return `${part.toolName}(${JSON.stringify(part.input)})`
          if (part.type === 'tool-result')
            return `=> ${part.output.type === 'text' ? part.output.value : part.output.type}`
          return part.type === 'text' ? part.text : part.type
        }),
  )

test('a run is told of what responses have called in its thread, in its place', async () => {
  await using s = await createResponsesFixture(numbered)
  const { id } = await s.client.conversations.create({
    items: [
      { type: 'message', role: 'developer', content: 'Be brief.' },
      user('One'),
      call('call_1'),
      output('call_1'),
      {
        type: 'message',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'It is blue.', annotations: [] }],
      } as never,
    ],
  })
  const of = { server_label: 'lab', name: 'roll', arguments: '{"sides":6}' }
  await s.client.conversations.items.create(id, {
    items: [
      user('Two'),
      { type: 'mcp_approval_request', id: 'mcpr_1', ...of },
      { type: 'mcp_approval_response', approval_request_id: 'mcpr_1', approve: false },
      { type: 'mcp_call', id: 'mcp_1', ...of, output: '4' },
      { type: 'custom_tool_call', call_id: 'call_2', name: 'shell', input: 'ls' },
      { type: 'custom_tool_call_output', call_id: 'call_2', output: 'a.txt' },
      {
        type: 'code_interpreter_call',
        id: 'ci_1',
        code: '1+1',
        container_id: 'cntr_1',
        status: 'completed',
        outputs: [{ type: 'logs', logs: '2' }],
      },
      { type: 'file_search_call', id: 'fs_1', queries: ['sky'], status: 'completed', results: [] },
      user('Three'),
    ],
  })
  const { prompt, run } = await runIn(s, id)
  assert.deepEqual(short(prompt), [
    'Be brief.',
    'One',
    'look({"at":"sky"})',
    '=> blue',
    'It is blue.',
    'Two',
    'lab__roll({"sides":6})',
    '=> Nothing was called: the user did not allow this call.',
    'lab__roll({"sides":6})',
    'shell({"input":"ls"})',
    '=> 4',
    '=> a.txt',
    'code_interpreter({"code":"1+1"})',
    'file_search({"queries":["sky"]})',
    '=> 2',
    '=> (0 passages, not repeated here)',
    'Three',
  ])
  const spans = (await raw(s, 'GET', `/v1/threads/${run.thread_id}/runs/${run.id}/timeline`)).json.data
  const { parts } = spans.find(({ type }: { type: string }) => type === 'model_turn').context
  assert.deepEqual(
    parts.map(({ type, item_ids }: { type: string; item_ids?: string[] }) => item_ids?.length ?? type),
    [1, 'message', 2, 'message', 'message', 1, 3, 2, 'message'],
  )
})

test('a call is left out of a prompt together with its output, and with what came before it', async () => {
  await using s = await createResponsesFixture(numbered)
  const long = 'word '.repeat(2_000)
  const { id } = await s.client.conversations.create({ items: [user('One'), call('call_1')] })
  // The output stands after another message than its call.
  await s.client.conversations.items.create(id, {
    items: [user('Two'), output('call_1', long), user('Three')],
  })
  const auto = { truncation_strategy: { type: 'auto' as const } }
  const whole = await runIn(s, id, auto)
  assert.deepEqual(short(whole.prompt), ['One', 'look({"at":"sky"})', `=> ${long}`, 'Two', 'Three'])
  const cut = await runIn(s, id, { ...auto, max_prompt_tokens: 1_000 })
  assert.deepEqual(short(cut.prompt), ['One', 'Two', 'Three', 'Answer 0.'])
  const last = await runIn(s, id, { truncation_strategy: { type: 'last_messages', last_messages: 4 } })
  assert.deepEqual(short(last.prompt), ['Two', 'Three', 'Answer 0.', 'Answer 1.'])
  await s.client.conversations.items.create(id, { items: [user('Four'), call('call_2'), output('call_2')] })
  await runIn(s, id)
  const led = await runIn(s, id, { truncation_strategy: { type: 'last_messages', last_messages: 1 } })
  assert.deepEqual(short(led.prompt), ['look({"at":"sky"})', '=> blue', 'Answer 3.'])
})

test('a run goes on with what a function of a response has given, and with what was compacted', async () => {
  await using s = await createResponsesFixture(numbered)
  const { id } = await s.client.conversations.create({
    items: [user('One'), call('call_1'), output('call_1')],
  })
  assert.deepEqual(short((await runIn(s, id)).prompt), ['One', 'look({"at":"sky"})', '=> blue'])
  const input = [user('One'), call('call_1'), output('call_1')]
  const compacted = await raw(s, 'POST', '/v1/responses/compact', { model: 'm', input })
  assert.equal(compacted.status, 200, compacted.text)
  const next = await s.client.conversations.create({ items: compacted.json.output })
  await s.client.conversations.items.create(next.id, { items: [user('Two')] })
  const [first, summary, ...rest] = short((await runIn(s, next.id)).prompt)
  assert.deepEqual([first, rest], ['One', ['Two']])
  assert.match(summary ?? '', /^Summary of the conversation so far/)
})

/** An assistant with a function has run in a new thread: it asked, called `look`, and said what it saw. */
async function threadWithCall(s: Fixture) {
  const { beta } = s.client
  const tools = [{ type: 'function' as const, function: { name: 'look' } }]
  const { id: assistant_id } = await beta.assistants.create({ model: 'm', tools })
  const { thread_id, ...run } = await beta.threads.createAndRunPoll({
    assistant_id,
    thread: { messages: [{ role: 'user', content: 'One' }] },
  })
  const [one] = run.required_action?.submit_tool_outputs.tool_calls ?? []
  const tool_outputs = [{ tool_call_id: one?.id ?? '', output: 'blue' }]
  await beta.threads.runs.submitToolOutputsAndPoll(run.id, { thread_id, tool_outputs })
  return { thread_id, conversation: thread_id.replace('thread_', 'conv_'), run }
}
const looks: Script = (prompt, index) =>
  index === 0 && prompt.at(-1)?.role === 'user'
    ? { toolCalls: [{ name: 'look', arguments: { at: 'sky' } }] }
    : { text: `Answer ${index}.` }

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

test('calls of a run stay where they are when the message before or after them is deleted', async () => {
  await using s = await createResponsesFixture(looks)
  const { thread_id, conversation } = await threadWithCall(s)
  const messages = await s.client.beta.threads.messages.list(thread_id, { order: 'asc' })
  await s.client.beta.threads.messages.create(thread_id, { role: 'user', content: 'Two' })
  for (const { id } of messages.data) await s.client.beta.threads.messages.delete(id, { thread_id })
  await s.client.beta.threads.messages.create(thread_id, { role: 'user', content: 'Three' })
  const items = await s.client.conversations.items.list(conversation, { order: 'asc' })
  assert.deepEqual(
    items.data.map(({ type }) => type),
    ['function_call', 'function_call_output', 'message', 'message'],
  )
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

test('a call of a response that waits is told to a run as one that has no output yet', async () => {
  await using s = await createResponsesFixture(numbered)
  const of = { server_label: 'lab', name: 'roll', arguments: '{"sides":6}' }
  const { id } = await s.client.conversations.create({
    items: [user('One'), call('call_1'), user('Two'), { type: 'mcp_approval_request', id: 'mcpr_1', ...of }],
  })
  await s.client.conversations.items.create(id, { items: [user('Three')] })
  assert.deepEqual(short((await runIn(s, id)).prompt), [
    'One',
    'look({"at":"sky"})',
    '=> There is no output of this call.',
    'Two',
    'lab__roll({"sides":6})',
    '=> Nothing was called: the user has not said whether this call is allowed.',
    'Three',
  ])
  await s.responses.create({ model: 'm', conversation: id, input: [output('call_1')] })
  assert.ok(short(s.model.calls.at(-1)?.prompt ?? []).includes('=> blue'))
})
