import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '../acceptance/child.ts'
import { startTestServer } from '../server.ts'
import { importJson, threadmill, write } from '../transfer.ts'

// Dumps as people have them: made by other clients, at several times, and by hand.

const assistantId = 'asst_dumpedDumpedDumped0001'
const threadId = 'thread_dumpedDumpedDumped01'
const runId = 'run_dumpedDumpedDumped00001'
const assistant = (more: object = {}) => ({
  id: assistantId,
  object: 'assistant',
  created_at: 1_700_000_000,
  model: 'gpt-4o',
  tools: [],
  metadata: {},
  ...more,
})
const message = (more: object = {}) => ({
  id: 'msg_dumpedDumpedDumped00001',
  object: 'thread.message',
  created_at: 1_700_000_200,
  thread_id: threadId,
  role: 'user',
  content: [{ type: 'text', text: { value: 'Hello', annotations: [] } }],
  metadata: {},
  ...more,
})
const run = (more: object = {}) => ({
  id: runId,
  object: 'thread.run',
  created_at: 1_700_000_210,
  thread_id: threadId,
  assistant_id: assistantId,
  model: 'gpt-4o',
  status: 'completed',
  ...more,
})
const step = (more: object = {}) => ({
  id: 'step_dumpedDumpedDumped0001',
  object: 'thread.run.step',
  created_at: 1_700_000_211,
  run_id: runId,
  thread_id: threadId,
  assistant_id: assistantId,
  status: 'completed',
  step_details: { type: 'message_creation', message_creation: { message_id: message().id } },
  ...more,
})
const text = 'The harbour opens at six.'
const file = (more: object = {}) => ({
  object: 'file',
  id: 'file-dumpedDumpedDumped001',
  purpose: 'assistants',
  filename: 'harbour.txt',
  bytes: text.length,
  created_at: 1_700_000_050,
  ...more,
})

test('a schema under the name that Python’s client gives it is a schema', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  const schema = { type: 'object', properties: { x: { type: 'number' } } }
  const response_format = {
    type: 'json_schema',
    json_schema: { name: 'answer', schema_: schema, strict: null },
  }
  write(dump.path, { 'a.jsonl': [assistant({ response_format }), message(), run({ response_format })] })
  const { code, report } = await importJson(server.dataDir, dump.path)
  assert.deepEqual([code, report.left_out], [0, []], JSON.stringify(report))
  const { assistants, threads } = server.client.beta
  const shown = await assistants.retrieve(assistantId)
  assert.deepEqual(shown.response_format, { type: 'json_schema', json_schema: { name: 'answer', schema } })
  const { response_format: ofRun } = await threads.runs.retrieve(runId, { thread_id: threadId })
  assert.deepEqual(ofRun, shown.response_format)
})

test('what an object loses is told of once for each kind and field', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const tools = [{ type: 'file_search', file_search: { boost: 2, empty: null } }]
  write(dump.path, {
    'a.jsonl': [
      assistant({ tools, service_tier: 'flex', file_ids: [] }),
      assistant({ id: 'asst_dumpedDumpedDumped0002', service_tier: 'flex' }),
      message({ colour: 'red' }),
    ],
  })
  const { code, report } = await importJson(data.path, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  assert.deepEqual(
    report.left_out.map(({ object, field, count }) => [object, field, count]),
    [
      ['assistant', 'tools[].file_search.boost', 1],
      ['assistant', 'service_tier', 2],
      ['thread.message', 'colour', 1],
    ],
  )
  const { errors } = await threadmill(data.path, ['import', dump.path])
  assert.match(errors, /note: assistant asst_\w+: without its service_tier: .* \(2 of them\)/)
})

test('a part that nobody knows does not cost the whole object', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}', output: null } }
  const tool_calls = [{ id: 'call_2', type: 'mcp', mcp: {} }, call]
  write(dump.path, {
    'a.jsonl': [
      assistant({
        tools: [{ type: 'web_search' }, { type: 'code_interpreter' }, { type: 'mcp', server: 'x' }],
        reasoning_effort: 'utmost',
        metadata: { team: 'port', level: 3 },
      }),
      message({
        content: [
          { type: 'audio', audio: {} },
          { type: 'text', text: { value: 'Hello', annotations: [] } },
        ],
      }),
      message({ id: 'msg_dumpedDumpedDumped00002', content: [{ type: 'audio', audio: {} }] }),
      run({
        status: 'failed',
        last_error: { code: 'server_error', message: null },
        usage: { total_tokens: 3 },
      }),
      step({ step_details: { type: 'tool_calls', tool_calls } }),
      file({ purpose: 'agents' }),
    ],
    'files/harbour.txt': text,
  })
  const { code, report } = await importJson(server.dataDir, dump.path)
  assert.equal(code, 1)
  assert.deepEqual(
    report.not_taken.map(({ id }) => id),
    ['msg_dumpedDumpedDumped00002'],
    'a message of which nothing would be left',
  )
  const fields = report.left_out.map(({ object, field, count }) => `${object} ${field} ${count}`)
  assert.deepEqual(fields.toSorted(), [
    'assistant metadata.level 1',
    'assistant reasoning_effort 1',
    'assistant tools[] 2',
    'file purpose 1',
    'thread.message content[] 1',
    'thread.run usage 1',
    'thread.run.step step_details.tool_calls[] 1',
  ])
  assert.match(report.left_out.find(({ field }) => field === 'tools[]')?.reason ?? '', /web_search/)
  const { assistants, threads } = server.client.beta
  const shown = await assistants.retrieve(assistantId)
  assert.deepEqual([shown.tools, shown.metadata], [[{ type: 'code_interpreter' }], { team: 'port' }])
  const failed = await threads.runs.retrieve(runId, { thread_id: threadId })
  assert.deepEqual([failed.status, failed.last_error], ['failed', { code: 'server_error', message: '' }])
})

for (const [name, early, late] of [
  ['first', 'a', 'b'],
  ['last', 'b', 'a'],
] as const) {
  test(`of two copies the one that is over is taken, where it is read ${name}`, async () => {
    await using server = await startTestServer()
    using dump = temporaryFolder()
    const open = { status: 'in_progress' }
    write(dump.path, {
      [`${late}.jsonl`]: [message(open), run({ status: 'requires_action' }), step(open)],
      [`${early}.jsonl`]: [message({ status: 'completed' }), run(), step()],
    })
    const { code, report } = await importJson(server.dataDir, dump.path)
    assert.deepEqual([code, report.conflicts], [0, []], JSON.stringify(report))
    const { threads } = server.client.beta
    assert.equal((await threads.runs.retrieve(runId, { thread_id: threadId })).status, 'completed')
    const [first] = (await threads.messages.list(threadId)).data
    const [only] = (await threads.runs.steps.list(runId, { thread_id: threadId })).data
    assert.deepEqual([first?.status, only?.status], ['completed', 'completed'])
  })
}

test('an id that is given with different contents is named', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const { id, ...others } = assistant()
  write(dump.path, {
    'a.jsonl': [assistant({ name: 'Old' }), message()],
    'b.jsonl': [assistant({ name: 'New' }), message()],
    'c.jsonl': [{ ...others, name: 'New', id }],
  })
  const { code, report } = await importJson(data.path, dump.path)
  assert.deepEqual([code, report.conflicts], [0, [{ object: 'assistant', id: assistantId }]])
  const { errors } = await threadmill(data.path, ['import', dump.path])
  assert.match(errors, /was given with different contents: the last one that was read was taken/)
})
