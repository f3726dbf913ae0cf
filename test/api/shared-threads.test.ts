import assert from 'node:assert/strict'
import { test } from 'node:test'
import { raw } from '../raw.ts'
import { createResponsesFixture } from '../responses.ts'
import { user, numbered, runIn, short, threadWithCall, looks } from './shared-threads-fixture.ts'

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
