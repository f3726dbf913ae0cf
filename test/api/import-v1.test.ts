import assert from 'node:assert/strict'
import { test } from 'node:test'
import type OpenAI from 'openai'
import { temporaryFolder } from '../acceptance/child.ts'
import { startTestServer } from '../server.ts'
import { importJson, list, threadmill, write } from '../transfer.ts'

// Objects of the first version of the API (v1-beta): `retrieval`, and `file_ids` of assistants and messages.

const assistantId = 'asst_firstFirstFirstFirst0001'
const threadId = 'thread_firstFirstFirstFirst0001'
const text = 'The harbour opens at six.'
const file = (n: number) => ({
  object: 'file',
  id: `file-firstFirstFirstFirst0${n}`,
  purpose: 'assistants',
  filename: `harbour-${n}.txt`,
  bytes: text.length,
  created_at: 1_699_990_000,
})
const [handbook, table, question] = [file(1), file(2), file(3)]
const contentsOf = (...files: { id: string }[]) =>
  Object.fromEntries(files.map(({ id }) => [`files/${id}`, text]))
async function filesOf(client: OpenAI, storeId: string): Promise<string[]> {
  const { data } = await client.vectorStores.files.list(storeId, { order: 'asc' })
  return data.map(({ id }) => id).toSorted()
}
const assistant = (more: object = {}) => ({
  id: assistantId,
  object: 'assistant',
  created_at: 1_700_000_000,
  name: 'Harbour master',
  description: null,
  model: 'gpt-4-1106-preview',
  instructions: 'Answer from the handbook.',
  tools: [{ type: 'retrieval' }],
  file_ids: [handbook.id, table.id],
  metadata: {},
  ...more,
})
const thread = { id: threadId, object: 'thread', created_at: 1_700_000_100, metadata: {} }
const message = (more: object = {}) => ({
  id: 'msg_firstFirstFirstFirst0001',
  object: 'thread.message',
  created_at: 1_700_000_200,
  thread_id: threadId,
  role: 'user',
  content: [{ type: 'text', text: { value: 'When does it open?', annotations: [] } }],
  file_ids: [question.id],
  assistant_id: null,
  run_id: null,
  metadata: {},
  ...more,
})
const run = (more: object = {}) => ({
  id: 'run_firstFirstFirstFirst0001',
  object: 'thread.run',
  created_at: 1_700_000_210,
  thread_id: threadId,
  assistant_id: assistantId,
  model: 'gpt-4-1106-preview',
  status: 'completed',
  tools: [{ type: 'retrieval' }],
  file_ids: [],
  ...more,
})
const step = {
  id: 'step_firstFirstFirstFirst001',
  object: 'thread.run.step',
  created_at: 1_700_000_211,
  run_id: run().id,
  thread_id: threadId,
  assistant_id: assistantId,
  status: 'completed',
  step_details: { type: 'tool_calls', tool_calls: [{ id: 'call_1', type: 'retrieval', retrieval: {} }] },
}

test('retrieval over the files of an assistant is file search over a vector store of them', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  write(dump.path, {
    'a.json': list([assistant()]),
    'f.jsonl': [handbook, table],
    ...contentsOf(handbook, table),
  })
  const trial = await importJson(server.dataDir, '--dry-run', dump.path)
  const { code, report } = await importJson(server.dataDir, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  assert.deepEqual({ ...trial.report, dry_run: false }, report)
  assert.deepEqual(report.left_out, [])
  assert.deepEqual(report.translated, [
    { object: 'assistant', field: 'retrieval', became: 'file_search', id: assistantId, count: 1 },
    {
      object: 'assistant',
      field: 'file_ids',
      became: 'a new vector store for file_search',
      id: assistantId,
      count: 1,
    },
  ])
  const shown = await server.client.beta.assistants.retrieve(assistantId)
  assert.deepEqual(
    shown.tools.map(({ type }) => type),
    ['file_search'],
  )
  const [storeId = ''] = shown.tool_resources?.file_search?.vector_store_ids ?? []
  assert.equal((await server.client.vectorStores.retrieve(storeId)).name, 'Harbour master')
  assert.deepEqual(await filesOf(server.client, storeId), [handbook.id, table.id])

  const again = await importJson(server.dataDir, dump.path)
  const { assistants, vector_stores, vector_store_files } = again.report.objects
  assert.deepEqual(
    [assistants, vector_stores, vector_store_files].map(({ found, unchanged }) => [found, unchanged]),
    [
      [1, 1],
      [1, 1],
      [2, 2],
    ],
    'once more changes nothing',
  )
  const { errors } = await threadmill(server.dataDir, ['import', dump.path])
  assert.match(errors, /note: assistant asst_\w+ has file_search instead of retrieval/)
})

test('files of an assistant with code interpreter are files of code interpreter', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  const both = [{ type: 'code_interpreter' }, { type: 'retrieval' }]
  write(dump.path, {
    'a.jsonl': [
      assistant({ tools: [{ type: 'code_interpreter' }] }),
      assistant({ id: 'asst_firstFirstFirstFirst0002', tools: both, file_ids: [table.id] }),
      assistant({ id: 'asst_firstFirstFirstFirst0003', tools: [] }),
    ],
    'f.jsonl': [handbook, table],
    ...contentsOf(handbook, table),
  })
  const { code, report } = await importJson(server.dataDir, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  assert.deepEqual(
    report.left_out.map(({ id, field }) => [id, field]),
    [['asst_firstFirstFirstFirst0003', 'file_ids']],
    'no tool of that assistant read files',
  )
  const { assistants } = server.client.beta
  const first = await assistants.retrieve(assistantId)
  assert.deepEqual(first.tool_resources, { code_interpreter: { file_ids: [handbook.id, table.id] } })
  const { tool_resources } = await assistants.retrieve('asst_firstFirstFirstFirst0002')
  assert.deepEqual(tool_resources?.code_interpreter?.file_ids, [table.id])
  const [storeId = ''] = tool_resources.file_search?.vector_store_ids ?? []
  assert.deepEqual(await filesOf(server.client, storeId), [table.id])
})

test('files of a message are attached for the tools of the assistants of its thread', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  const tools = [{ type: 'retrieval' }, { type: 'code_interpreter' }]
  const chart = message({
    id: 'msg_firstFirstFirstFirst0002',
    created_at: 1_700_000_220,
    role: 'assistant',
    assistant_id: assistantId,
    run_id: run().id,
    file_ids: [table.id],
  })
  write(dump.path, {
    'a.jsonl': [message(), chart, run({ tools }), step, thread],
    'f.jsonl': [question, table],
    ...contentsOf(question, table),
  })
  const { code, report } = await importJson(server.dataDir, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  assert.deepEqual(
    report.translated.map(({ object, field, count }) => [object, field, count]),
    [
      ['thread.run', 'retrieval', 1],
      ['thread.run.step', 'retrieval', 1],
      ['thread.message', 'file_ids', 2],
    ],
  )
  const { threads } = server.client.beta
  const found = await threads.messages.list(threadId, { order: 'asc' })
  assert.deepEqual(
    found.data.map(({ attachments }) => attachments),
    [
      [{ file_id: question.id, tools: [{ type: 'file_search' }, { type: 'code_interpreter' }] }],
      [{ file_id: table.id, tools: [{ type: 'code_interpreter' }] }],
    ],
  )
  const { tool_resources } = await threads.retrieve(threadId)
  assert.deepEqual(tool_resources?.code_interpreter?.file_ids, [question.id])
  const [storeId = ''] = tool_resources.file_search?.vector_store_ids ?? []
  assert.deepEqual(await filesOf(server.client, storeId), [question.id])
  const [only] = (await threads.runs.steps.list(run().id, { thread_id: threadId })).data
  assert.ok(only?.step_details.type === 'tool_calls')
  assert.equal(only.step_details.tool_calls[0]?.type, 'file_search')
})

test('the tools of a message’s files are known from its assistant, or are all that read files', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  const other = 'thread_firstFirstFirstFirst0002'
  write(dump.path, {
    'a.jsonl': [
      assistant({ tools: [{ type: 'code_interpreter' }], file_ids: [] }),
      message(),
      message({
        id: 'msg_firstFirstFirstFirst0002',
        role: 'assistant',
        assistant_id: assistantId,
        file_ids: [],
      }),
      message({ id: 'msg_firstFirstFirstFirst0003', thread_id: other }),
    ],
    'f.jsonl': [question],
    ...contentsOf(question),
  })
  const { code, report } = await importJson(server.dataDir, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  assert.equal(report.threads_made, 2)
  const { threads } = server.client.beta
  const attached = async (id: string) =>
    (await threads.messages.list(id, { order: 'asc' })).data[0]?.attachments?.[0]?.tools?.map(
      ({ type }) => type,
    )
  assert.deepEqual(await attached(threadId), ['code_interpreter'])
  assert.deepEqual(await attached(other), ['file_search', 'code_interpreter'])
})

test('an assistant that is here already gets no vector store of old files', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  await server.client.beta.assistants.create({ model: 'demo', id: assistantId } as { model: string })
  write(dump.path, { 'a.jsonl': [assistant(), handbook, table], ...contentsOf(handbook, table) })
  const { code, report } = await importJson(server.dataDir, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  assert.equal(report.objects.vector_stores.found, 0)
  assert.ok(!report.translated.some(({ field }) => field === 'file_ids'))
})

test('what is no list of ids is left out and named, as before', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  write(dump.path, { 'a.jsonl': [assistant({ file_ids: [7] }), message({ file_ids: 'all' })] })
  const { code, report } = await importJson(server.dataDir, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  assert.deepEqual(
    report.left_out.map(({ object, field }) => [object, field]),
    [
      ['assistant', 'file_ids'],
      ['thread.message', 'file_ids'],
    ],
  )
})
