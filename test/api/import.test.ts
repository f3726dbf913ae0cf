import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { spawnMain, temporaryFolder, withoutDiscovery } from '../acceptance/child.ts'
import { nowSeconds } from '../../src/clock.ts'
import { openFolderBlobs } from '../../src/store/blobs/folder.ts'
import { deleteOldFiles } from '../../src/store/files.ts'
import { removeOldRuns } from '../../src/store/remove-runs.ts'
import { deleteIdleThreads } from '../../src/store/chores/remove-threads.ts'
import { scripted } from '../../src/models/scripted.ts'
import { startTestServer } from '../server.ts'
import { compileCache } from '../compile-cache.ts'
import { importJson, list, threadmill, write } from '../transfer.ts'
import { environmentOf, onPostgres, openDatabaseOf } from '../database.ts'
import { BeginAgain, type Database } from '../../src/store/database.ts'
import { findSources } from '../../src/transfer/find-sources.ts'
import { importObjects } from '../../src/transfer/import-objects.ts'

const assistantId = 'asst_qQvNSM3qEfhTQNJeS9JRyV5n'
const threadId = 'thread_abcDEFghiJKLmnoPQRstuVWX'
const fileId = 'file-CyHtsk7XAWdRabQUBYRjCu'
const storeId = 'vs_68c9ee1ddce08191ab35289e906cdb6d'
const signs = (number: number) => String(number).padStart(24, 'm')
const messageId = (number: number) => `msg_${signs(number)}`

const assistant = (more: object = {}) => ({
  id: assistantId,
  object: 'assistant',
  created_at: 1_700_000_000,
  name: 'Math Tutor',
  description: null,
  model: 'gpt-4o',
  instructions: 'Solve.',
  tools: [
    { type: 'code_interpreter' },
    {
      type: 'file_search',
      file_search: { ranking_options: { ranker: 'default_2024_08_21', score_threshold: 0.0 } },
    },
  ],
  top_p: 0.9,
  temperature: 0.2,
  reasoning_effort: null,
  tool_resources: { code_interpreter: { file_ids: [fileId] }, file_search: { vector_store_ids: [storeId] } },
  metadata: { team: 'maths' },
  response_format: 'auto',
  ...more,
})
const thread = (more: object = {}) => ({
  id: threadId,
  object: 'thread',
  created_at: 1_700_000_100,
  metadata: { user: '17' },
  tool_resources: {},
  ...more,
})
/** As the original answered a GET: without the four fields of its state. */
const message = (number: number, more: object = {}) => ({
  id: messageId(number),
  object: 'thread.message',
  created_at: 1_700_000_200 + number,
  assistant_id: null,
  thread_id: threadId,
  run_id: null,
  role: 'user',
  content: [{ type: 'text', text: { value: `number ${number}`, annotations: [] } }],
  attachments: [],
  metadata: {},
  ...more,
})
const environment = async (dataDir: string) => ({
  THREADMILL_DATA_DIR: dataDir,
  THREADMILL_CONFIG: withoutDiscovery,
  ...(await environmentOf(dataDir)),
})

/** Runs the program with this on its standard input. */
async function piping(dataDir: string, args: string[], input: string) {
  const child = spawn(process.execPath, ['src/main.ts', ...args, '--data-dir', dataDir], {
    env: { ...compileCache, THREADMILL_CONFIG: withoutDiscovery, ...(await environmentOf(dataDir)) },
  })
  child.stdin.end(input)
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { out, errors, code: code as number }
}

const file = (more: object = {}) => ({
  object: 'file',
  id: fileId,
  purpose: 'assistants',
  filename: 'harbour.txt',
  bytes: 25,
  created_at: 1_700_000_050,
  expires_at: null,
  status: 'processed',
  status_details: null,
  ...more,
})
const content = 'The harbour opens at six.'
const store = (more: object = {}) => ({
  id: storeId,
  object: 'vector_store',
  created_at: 1_700_000_060,
  name: 'port',
  description: null,
  usage_bytes: 1045,
  file_counts: { in_progress: 0, completed: 1, failed: 0, cancelled: 0, total: 1 },
  status: 'completed',
  expires_after: null,
  expires_at: null,
  last_active_at: 1_700_000_070,
  metadata: { town: 'Hamburg' },
  ...more,
})
const storeFile = {
  id: fileId,
  object: 'vector_store.file',
  usage_bytes: 1045,
  created_at: 1_700_000_061,
  vector_store_id: storeId,
  status: 'completed',
  last_error: null,
  chunking_strategy: { type: 'static', static: { max_chunk_size_tokens: 800, chunk_overlap_tokens: 400 } },
  attributes: { page: 'first' },
}
const runId = `run_${signs(1)}`
const run = (more: object = {}) => ({
  id: runId,
  object: 'thread.run',
  created_at: 1_700_000_210,
  assistant_id: assistantId,
  thread_id: threadId,
  status: 'completed',
  started_at: 1_700_000_210,
  expires_at: null,
  cancelled_at: null,
  failed_at: null,
  completed_at: 1_700_000_212,
  required_action: null,
  last_error: null,
  model: 'gpt-4o',
  instructions: 'Solve.',
  tools: [],
  tool_resources: {},
  metadata: {},
  temperature: 1,
  top_p: 1,
  reasoning_effort: null,
  max_completion_tokens: null,
  max_prompt_tokens: null,
  truncation_strategy: { type: 'auto', last_messages: null },
  incomplete_details: null,
  usage: {
    prompt_tokens: 10,
    completion_tokens: 5,
    total_tokens: 15,
    prompt_token_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  },
  response_format: 'auto',
  tool_choice: 'auto',
  parallel_tool_calls: true,
  ...more,
})
const step = (more: object = {}) => ({
  id: `step_${signs(1)}`,
  object: 'thread.run.step',
  created_at: 1_700_000_211,
  run_id: runId,
  assistant_id: assistantId,
  thread_id: threadId,
  type: 'tool_calls',
  status: 'completed',
  cancelled_at: null,
  completed_at: 1_700_000_212,
  expires_at: null,
  expired_at: null,
  failed_at: null,
  last_error: null,
  step_details: {
    type: 'tool_calls',
    tool_calls: [
      {
        id: 'call_1',
        type: 'code_interpreter',
        code_interpreter: { input: '1+1', outputs: [{ type: 'logs', logs: '2' }] },
      },
      { id: 'call_2', type: 'function', function: { name: 'weather', arguments: '{}', output: 'rain' } },
    ],
  },
  usage: null,
  metadata: {},
  ...more,
})

/** The messages of the thread as a server on the folder lists them, oldest first. */
async function textsOf(dataDir: string): Promise<string[]> {
  await using server = await startTestServer({ dataDir })
  const page = await server.client.beta.threads.messages.list(threadId, { order: 'asc', limit: 100 })
  return page.data.map(({ content: [part] }) => (part?.type === 'text' ? part.text.value : ''))
}
const numbers = (...all: number[]) => all.map((number) => `number ${number}`)

test('what the API answered lives again, field by field, beside a running server', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  write(dump.path, {
    'assistants.json': list([assistant()]),
    'thread.json': thread(),
    'messages.json': list([
      message(2, { role: 'assistant', run_id: runId, assistant_id: assistantId }),
      message(1),
    ]),
    'runs.json': list([run()]),
    'steps.json': list([step()]),
    'stores.jsonl': [store(), storeFile],
    'files.json': list([file()]),
    'files/harbour.txt': content,
  })
  const { code, report } = await importJson(server.dataDir, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  const counts = Object.values(report.objects).map(({ found, imported }) => [found, imported])
  assert.deepEqual(counts, [
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 1],
    [2, 2],
    [1, 1],
    [1, 1],
  ])

  const { beta, files, vectorStores } = server.client
  assert.deepEqual(
    await beta.assistants.retrieve(assistantId),
    assistant({
      tools: [
        { type: 'code_interpreter' },
        {
          type: 'file_search',
          file_search: {
            ranking_options: { ranker: 'default_2024_08_21', score_threshold: 0, hybrid_search: null },
          },
        },
      ],
    }),
  )
  assert.deepEqual(
    await beta.threads.retrieve(threadId),
    thread({ tool_resources: { code_interpreter: { file_ids: [] } } }),
  )
  assert.deepEqual(await files.retrieve(fileId), file())
  assert.equal(await (await files.content(fileId)).text(), content)
  assert.deepEqual(await beta.threads.runs.retrieve(runId, { thread_id: threadId }), run())
  const steps = await beta.threads.runs.steps.list(runId, { thread_id: threadId })
  assert.deepEqual(steps.data, [step()])
  const messages = await beta.threads.messages.list(threadId)
  const whole = { status: 'completed', incomplete_details: null, incomplete_at: null }
  assert.deepEqual(messages.data, [
    message(2, {
      role: 'assistant',
      run_id: runId,
      assistant_id: assistantId,
      ...whole,
      completed_at: 1_700_000_202,
    }),
    message(1, { ...whole, completed_at: 1_700_000_201 }),
  ])

  // The running server finds and reads what was put into the store.
  const inStore = await vectorStores.files.poll(storeId, fileId, { pollIntervalMs: 20 })
  const { usage_bytes: _usage, ...rest } = inStore
  const { usage_bytes: _before, ...expected } = storeFile
  assert.deepEqual(rest, expected)
  const { usage_bytes: _bytes, ...shown } = await vectorStores.retrieve(storeId)
  const { usage_bytes: _old, ...was } = store()
  assert.deepEqual(shown, was)
  const found = await vectorStores.search(storeId, { query: 'harbour opens' })
  assert.equal(found.data[0]?.filename, 'harbour.txt')

  // And it goes on from there.
  await beta.threads.messages.create(threadId, { role: 'user', content: 'Go on' })
  const next = await beta.threads.runs.createAndPoll(
    threadId,
    { assistant_id: assistantId },
    { pollIntervalMs: 20 },
  )
  assert.equal(next.status, 'completed', JSON.stringify(next.last_error))
})

test('the same import once more changes nothing, not even what was changed here since', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, {
    'all.jsonl': [assistant(), thread(), message(1), message(2), run(), step(), file(), store(), storeFile],
    'files/x/harbour.txt': content,
  })
  assert.equal((await importJson(data.path, dump.path)).code, 0)
  {
    await using server = await startTestServer({ dataDir: data.path })
    await server.client.beta.assistants.update(assistantId, { name: 'Renamed' })
  }
  const { code, report } = await importJson(data.path, join(dump.path, 'all.jsonl'))
  assert.equal(code, 0)
  for (const [name, { found, imported, unchanged }] of Object.entries(report.objects))
    assert.deepEqual([name, imported, unchanged], [name, 0, found])
  await using server = await startTestServer({ dataDir: data.path })
  assert.equal((await server.client.beta.assistants.retrieve(assistantId)).name, 'Renamed')
  assert.equal((await server.client.beta.assistants.list()).data.length, 1)
})

test('a trial changes nothing and says what would be', async () => {
  using parent = temporaryFolder()
  using dump = temporaryFolder()
  const dataDir = join(parent.path, 'not-there-yet')
  write(dump.path, {
    'all.jsonl': [thread(), message(1), assistant(), file(), store(), storeFile, run(), step()],
    'files/harbour.txt': content,
  })
  const trial = await importJson(dataDir, dump.path, '--dry-run')
  assert.equal(trial.code, 0, JSON.stringify(trial.report))
  assert.equal(existsSync(dataDir), false)
  const done = await importJson(dataDir, dump.path)
  assert.deepEqual({ ...trial.report, dry_run: false }, done.report)
  const again = await importJson(dataDir, dump.path, '--dry-run')
  assert.deepEqual(
    Object.values(again.report.objects).map(({ imported }) => imported),
    [0, 0, 0, 0, 0, 0, 0, 0],
  )
  const { out } = await threadmill(dataDir, ['import', dump.path, '--dry-run'])
  assert.match(out, /found +would be new +already here/)
  assert.match(out, /This was a trial: nothing was changed in \/\S+\.$/m)
})

for (const [name, dump] of Object.entries({
  'a list, newest first': { 'm.json': list([message(4), message(3), message(2), message(1)]) },
  'a list in which all are of one second': {
    'm.json': list([4, 3, 2, 1].map((n) => message(n, { created_at: 1_700_000_300 }))),
  },
  'lines, newest first, two of a second': {
    'm.jsonl': [message(4), message(3, { created_at: 1_700_000_202 }), message(2), message(1)],
  },
  'lines in which all are of one second': {
    'm.jsonl': [1, 2, 3, 4].map((n) => message(n, { created_at: 1_700_000_300 })),
  },
  'lines of one second, from the answer back to the question': {
    'm.jsonl': [4, 3, 2, 1].map((n) =>
      message(n, { created_at: 1_700_000_300, role: n % 2 === 0 ? 'assistant' : 'user' }),
    ),
  },
  'lines of one second, where another thread runs from new to old': {
    'm.jsonl': [
      ...[4, 3, 2, 1].map((n) => message(n, { created_at: 1_700_000_300 })),
      ...[8, 7, 6].map((n) => message(n, { thread_id: 'thread_another0another0another0' })),
    ],
  },
  'pages in files': {
    'page-1.json': list([message(4), message(3)], true),
    'page-10.json': list([message(1)]),
    'page-2.json': list([message(2)], true),
  },
  'an array of pages': { 'all.json': [list([message(4), message(3)], true), list([message(2), message(1)])] },
  'a thread that holds its messages': {
    'all.json': { threads: [thread({ messages: list([message(4), message(3), message(2), message(1)]) })] },
  },
  'values one after the other': {
    'all.json': [1, 2, 3, 4].map((n) => JSON.stringify(message(n), undefined, 2)).join('\n'),
  },
  'single files': {
    'b/1.json': message(1),
    'b/2.json': message(3),
    'a/1.json': message(2),
    'a/2.json': message(4),
  },
  'a file with a byte order mark': {
    'all.jsonl': `\uFEFF${[1, 2, 3, 4].map((n) => JSON.stringify(message(n))).join('\r\n')}`,
  },
})) {
  test(`messages keep their order: ${name}`, async () => {
    using data = temporaryFolder()
    using folder = temporaryFolder()
    write(folder.path, dump)
    const { code, report } = await importJson(data.path, folder.path)
    assert.equal(code, 0, JSON.stringify(report))
    assert.deepEqual(await textsOf(data.path), numbers(1, 2, 3, 4))
  })
}

test('older messages that come later stand before those that are here', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, {
    'new.jsonl': [message(5), message(7)],
    'old.jsonl': [message(4), message(1), message(6)],
  })
  await importJson(data.path, join(dump.path, 'new.jsonl'))
  const { report } = await importJson(data.path, join(dump.path, 'old.jsonl'))
  assert.equal(report.objects.messages.imported, 3)
  assert.deepEqual(await textsOf(data.path), numbers(1, 4, 5, 6, 7))
})

test('what is begun again in the database is counted once', async () => {
  await using server = await startTestServer()
  const { id } = await server.client.beta.threads.create({ messages: [{ role: 'user', content: 'new' }] })
  using dump = temporaryFolder()
  write(dump.path, {
    'old.jsonl': [
      ...[4, 1, 6].map((at) => ({ ...message(at), thread_id: id })),
      { ...message(2), thread_id: id, role: 'nobody' },
    ],
  })
  const db = await openDatabaseOf(server.dataDir)
  const again: Database = {
    ...db,
    write(body, until) {
      let times = 0
      return db.write(async (tx) => {
        const value = await body(tx)
        if (++times < 3) throw new BeginAgain()
        return value
      }, until)
    },
  }
  const report = await importObjects(await findSources([dump.path]), {
    db: again,
    blobs: openFolderBlobs(join(dump.path, 'blobs')),
    workFolder: dump.path,
    signal: AbortSignal.timeout(60_000),
    onRead() {},
    onWritten(done, total) {
      assert.ok(done <= total, `${done} of ${total}`)
    },
    unserved: async () => [],
  })
  await db.close()
  const { found, imported } = report.objects.messages
  assert.deepEqual([found, imported, report.not_taken.length], [4, 3, 1])
})

test('a thread of which only messages were kept is made', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, { 'm.json': list([message(3), message(2)]) })
  const { report } = await importJson(data.path, dump.path)
  assert.equal(report.threads_made, 1)
  await using server = await startTestServer({ dataDir: data.path })
  assert.equal((await server.client.beta.threads.retrieve(threadId)).created_at, 1_700_000_202)
})

test('a file without its bytes is named, and comes when they are given', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  write(dump.path, { 'all.jsonl': [assistant(), file(), store(), storeFile] })
  const first = await threadmill(server.dataDir, ['import', dump.path])
  assert.equal(first.code, 1)
  assert.match(
    first.errors,
    /not taken: file file-CyHtsk7XAWdRabQUBYRjCu \("harbour\.txt", 25 bytes\): no content was given/,
  )
  assert.match(first.errors, /Put contents into a folder "files" beside the JSON/)
  const { beta, vectorStores } = server.client
  assert.deepEqual(
    (await beta.assistants.retrieve(assistantId)).tool_resources?.code_interpreter?.file_ids,
    [],
  )

  write(dump.path, { [`files/${fileId}.txt`]: 'another length' })
  const second = await importJson(server.dataDir, dump.path)
  assert.equal(second.code, 1)
  assert.match(second.report.missing_contents[0]?.reason ?? '', /has 14 bytes, but the file had 25/)

  write(dump.path, { [`files/${fileId}.txt`]: content })
  const third = await importJson(server.dataDir, dump.path)
  assert.deepEqual(
    [third.code, third.report.objects.files.imported, third.report.objects.vector_store_files.imported],
    [0, 1, 1],
  )
  assert.deepEqual((await beta.assistants.retrieve(assistantId)).tool_resources?.code_interpreter?.file_ids, [
    fileId,
  ])
  assert.equal((await vectorStores.files.poll(storeId, fileId, { pollIntervalMs: 20 })).status, 'completed')
})

test('contents that are JSON are told from what describes a file', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const other = 'file-abcdefghijklmnopqrstuvwx'
  const json = JSON.stringify({ object: 'thread.message', id: messageId(9), data: [1] })
  write(dump.path, {
    [`files/${fileId}.json`]: JSON.stringify(file()),
    'files/harbour.txt': content,
    'described.jsonl': [file({ id: other, filename: 'data.json', bytes: json.length })],
    [`files/${other}`]: json,
  })
  const { code, report } = await importJson(data.path, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  assert.deepEqual([report.objects.files.imported, report.objects.messages.found], [2, 0])
})

test('what cannot be taken is named with its reason, and the rest is taken', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const nul = String.fromCharCode(0)
  const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
  const deepAssistant = JSON.stringify(
    assistant({
      id: 'asst_deep',
      tools: [{ type: 'function', function: { name: 'f', parameters: 'DEEP' } }],
    }),
  ).replace('"DEEP"', deep)
  write(dump.path, {
    'a.jsonl': [
      JSON.stringify(assistant()),
      '{"id":"asst_broken","object":"assis',
      JSON.stringify(assistant({ id: '../../etc/passwd' })),
      JSON.stringify(assistant({ id: 'asst_hot0000', temperature: 3 })),
      JSON.stringify(message(1, { role: 'system' })),
      JSON.stringify(message(2, { content: 'only a text' })),
      JSON.stringify(
        message(3, { content: [{ type: 'text', text: { value: `with ${nul}`, annotations: [] } }] }),
      ),
      JSON.stringify(step({ run_id: `run_${signs(77)}` })),
      JSON.stringify({ id: 'batch_1', object: 'batch' }),
      '["nested"'.repeat(5_000),
      deepAssistant,
      JSON.stringify(message(5)),
    ].join('\n'),
    'b.json': '{"object": "list", "data": [',
  })
  const { code, report } = await importJson(data.path, dump.path)
  assert.equal(code, 1)
  assert.deepEqual(
    report.unreadable.map(({ line }) => line),
    [2, 10, undefined],
  )
  assert.deepEqual(report.ignored, { batch: 1 })
  const reasons = Object.fromEntries(report.not_taken.map(({ id, reason }) => [id, reason]))
  assert.match(reasons['../../etc/passwd'] ?? '', /'asst_' and 4 to 64 letters and digits/)
  assert.match(reasons['asst_deep'] ?? '', /nested|deep/)
  assert.match(reasons['asst_hot0000'] ?? '', /Invalid 'temperature': decimal above maximum value/)
  assert.match(reasons[messageId(1)] ?? '', /Invalid value: 'system'/)
  assert.match(reasons[messageId(2)] ?? '', /content/)
  assert.match(reasons[messageId(3)] ?? '', /NUL/)
  assert.match(reasons[`step_${signs(1)}`] ?? '', /its run is not here/)
  assert.equal(report.objects.assistants.imported, 1)
  assert.deepEqual(await textsOf(data.path), numbers(5))
})

test('an object of the API in what a model or a caller wrote is none', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const parameters = { type: 'object', properties: { x: { const: assistant({ id: 'asst_hidden' }) } } }
  write(dump.path, {
    'a.json': list([assistant({ tools: [{ type: 'function', function: { name: 'f', parameters } }] })]),
  })
  const { code, report } = await importJson(data.path, dump.path)
  assert.deepEqual([code, report.objects.assistants.found], [0, 1])
})

test('fields that came and went with the years are left out', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const tools = [{ type: 'file_search', file_search: { max_num_results: null, new_option: 1 } }]
  write(dump.path, {
    'a.json': assistant({ tools, file_ids: [], reasoning_effort: undefined, service_tier: 'default' }),
  })
  const { code, report } = await importJson(data.path, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
})

test('a mark of a kind that nobody knows leaves its text, and a citation stays as it was', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  const place = { text: '【1†a】', start_index: 4, end_index: 8 }
  const citation = { type: 'file_citation', ...place, file_citation: { file_id: fileId } }
  const path = { type: 'file_path', ...place, file_path: { file_id: fileId } }
  const annotations = [citation, { type: 'url_citation', url: 'https://example.com' }, path]
  const content = [
    { type: 'text', text: { value: 'See 【1†a】', annotations } },
    { type: 'image_file', image_file: { file_id: fileId, detail: 'low' } },
    { type: 'refusal', refusal: 'No.' },
  ]
  write(dump.path, { 'm.json': message(1, { role: 'assistant', content }) })
  const { code, report } = await importJson(server.dataDir, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  assert.match(report.missing_references[0]?.reason ?? '', new RegExp(fileId))
  const shown = await server.client.beta.threads.messages.retrieve(messageId(1), { thread_id: threadId })
  assert.deepEqual(shown.content, [
    { type: 'text', text: { value: 'See 【1†a】', annotations: [citation, path] } },
    ...content.slice(1),
  ])
})

test('while a run of a thread is active no message comes to it', async () => {
  const weather = scripted([{ toolCalls: [{ name: 'weather', arguments: {} }] }])
  await using server = await startTestServer({ models: { weather } })
  using dump = temporaryFolder()
  const { threads, assistants } = server.client.beta
  write(dump.path, { 'm.jsonl': [message(1)], 'later.jsonl': [message(2)] })
  await importJson(server.dataDir, join(dump.path, 'm.jsonl'))
  const tools = [{ type: 'function' as const, function: { name: 'weather' } }]
  const { id } = await assistants.create({ model: 'weather', tools })
  const run = await threads.runs.createAndPoll(threadId, { assistant_id: id }, { pollIntervalMs: 20 })
  assert.equal(run.status, 'requires_action', JSON.stringify(run.last_error))
  const waiting = await importJson(server.dataDir, join(dump.path, 'later.jsonl'))
  assert.match(
    waiting.report.not_taken[0]?.reason ?? '',
    /a run of its thread is active: import it again later/,
  )
  assert.equal(waiting.code, 1)
  await threads.runs.cancel(run.id, { thread_id: threadId })
  assert.equal(
    (await importJson(server.dataDir, join(dump.path, 'later.jsonl'))).report.objects.messages.imported,
    1,
  )
})

test('what was deleted here stays deleted', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  write(dump.path, {
    'a.jsonl': [assistant(), thread(), message(1), message(2), file(), store(), storeFile],
    'files/harbour.txt': content,
  })
  await importJson(server.dataDir, dump.path)
  const { beta, files } = server.client
  await beta.assistants.delete(assistantId)
  await beta.threads.messages.delete(messageId(1), { thread_id: threadId })
  await files.delete(fileId)
  const again = await importJson(server.dataDir, dump.path)
  assert.equal(again.code, 0, JSON.stringify(again.report))
  const { objects } = again.report
  assert.deepEqual(
    [objects.assistants.deleted, objects.messages.deleted, objects.messages.unchanged, objects.files.deleted],
    [1, 1, 1, 1],
  )
  await beta.threads.delete(threadId)
  const last = await importJson(server.dataDir, dump.path)
  assert.deepEqual([last.report.objects.threads.deleted, last.report.objects.messages.deleted], [1, 2])
  await assert.rejects(beta.threads.retrieve(threadId), /No thread found/)
})

test('a run that was not over has expired, and does not lock its thread', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  const open = {
    status: 'requires_action',
    completed_at: null,
    usage: null,
    required_action: { type: 'submit_tool_outputs', submit_tool_outputs: { tool_calls: [] } },
  }
  const status = { status: 'in_progress', completed_at: null }
  write(dump.path, {
    'a.jsonl': [
      assistant(),
      message(1),
      message(2, { role: 'assistant', run_id: runId, ...status }),
      run(open),
      step(status),
    ],
  })
  const { code, report } = await importJson(server.dataDir, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  const { threads } = server.client.beta
  const seen = await threads.runs.retrieve(runId, { thread_id: threadId })
  assert.deepEqual([seen.status, seen.required_action], ['expired', null])
  assert.equal((await threads.messages.retrieve(messageId(2), { thread_id: threadId })).status, 'incomplete')
  assert.equal((await threads.runs.steps.list(runId, { thread_id: threadId })).data[0]?.status, 'expired')
  await threads.messages.create(threadId, { role: 'user', content: 'free' })
  // Nothing was kept of what it told while it ran: its stream is empty and ends.
  const stream = await fetch(`${server.url}/v1/threads/${threadId}/runs/${runId}/stream`, {
    headers: { authorization: `Bearer ${server.apiKey}` },
  })
  assert.doesNotMatch(await stream.text(), /thread\.run/)
})

test('a store that had time left lives on from now, and one that had expired stays so', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  const expires = { expires_after: { anchor: 'last_active_at', days: 7 }, expires_at: 1_700_604_870 }
  const other = 'vs_abcdefghijklmnopqrstuvwx'
  write(dump.path, { 's.jsonl': [store(expires), store({ ...expires, id: other, status: 'expired' })] })
  await importJson(server.dataDir, dump.path)
  const { vectorStores } = server.client
  assert.equal((await vectorStores.retrieve(storeId)).status, 'completed')
  const expired = await vectorStores.retrieve(other)
  assert.deepEqual([expired.status, expired.expires_at], ['expired', 1_700_604_870])
})

test('old objects are not taken for idle ones, for how long so ever things are kept', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, { 'a.jsonl': [thread(), message(1), run(), file()], 'files/harbour.txt': content })
  await importJson(data.path, dump.path)
  const db = await openDatabaseOf(data.path)
  const aDayAgo = nowSeconds() - 86_400
  assert.equal(await deleteOldFiles(db, openFolderBlobs(join(data.path, 'files')), aDayAgo), false)
  assert.equal(await deleteIdleThreads(db, aDayAgo), false)
  assert.equal(await removeOldRuns(db, aDayAgo), false)
  await db.close()
})

test('what is named and not there, and models that nothing serves, are told of', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, { 'a.jsonl': [assistant({ model: 'my-own-finetune' })] })
  const { code, out, errors } = await threadmill(data.path, ['import', dump.path])
  assert.equal(code, 0, errors)
  assert.match(out, /assistants +1 +1 +0/)
  assert.match(errors, new RegExp(`note: assistant ${assistantId}: names ${fileId}, which is not here`))
  assert.match(errors, new RegExp(`names ${storeId}, which is not here`))
  assert.match(errors, /note: nothing serves the model 'my-own-finetune' of 1 assistant here: connect it, or/)
})

test('where a provider is in the way of knowing its models, an import names it and the reason', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, {
    'a.jsonl': [assistant({ model: 'my-own' }), assistant({ id: `asst_${signs(7)}`, model: 'my-own' })],
    'c.json': {
      discover: false,
      providers: { lab: { type: 'openai-compatible', base_url: 'http://127.0.0.1:3/v1' } },
    },
  })
  const file = join(dump.path, 'a.jsonl')
  const env = { THREADMILL_CONFIG: join(dump.path, 'c.json') }
  const said = await threadmill(data.path, ['import', file], env)
  assert.equal(said.code, 0, said.errors)
  assert.match(
    said.errors,
    /nothing serves the model 'my-own' of 2 assistants here: the provider 'lab' cannot be reached \(ECONNREFUSED\)$/m,
  )
  assert.match(said.out, /^assistants +2 +2 /m)
  assert.ok(said.out.endsWith(`The data folder is ${data.path}.\n`), said.out)
  const { out } = await threadmill(data.path, ['import', file, '--json'], env)
  const { data_dir, provider_problems } = JSON.parse(out)
  assert.deepEqual(
    { data_dir, provider_problems },
    { data_dir: data.path, provider_problems: ["the provider 'lab' cannot be reached (ECONNREFUSED)"] },
  )
})

for (const [form, piped] of [
  ['JSON lines', `${JSON.stringify(assistant())}\n${JSON.stringify(thread())}\n`],
  ['a list that is spread over lines', JSON.stringify(list([assistant(), thread()]), undefined, 2)],
] as const) {
  test(`import - takes what is piped in: ${form}`, async () => {
    using data = temporaryFolder()
    const { code, out, errors } = await piping(data.path, ['import', '-'], piped)
    assert.equal(code, 0, errors)
    assert.match(out, /^assistants +1 +1 [^]*^threads +1 +1 /m)
  })
}

test('import - names standard input where nothing or nonsense comes, and takes it beside files', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const nothing = await piping(data.path, ['import', '-'], '')
  assert.deepEqual([nothing.code, /not read: standard input is empty/.test(nothing.errors)], [1, true])
  const nonsense = await piping(data.path, ['import', '-'], `${JSON.stringify(thread())}\n{oh`)
  assert.equal(nonsense.code, 1)
  assert.match(nonsense.errors, /not read: standard input is no JSON at line 2/)
  write(dump.path, { 'a.json': assistant() })
  const both = await piping(data.path, ['import', join(dump.path, 'a.json'), '-'], JSON.stringify(thread()))
  assert.match(both.out, /^assistants +1 +1 [^]*^threads +1 +0 +1 /m)
})

test('import - of a pipe that stands still ends with Ctrl-C', async () => {
  using data = temporaryFolder()
  const child = spawn(process.execPath, ['src/main.ts', 'import', '-', '--data-dir', data.path], {
    env: { ...compileCache, THREADMILL_CONFIG: withoutDiscovery, ...(await environmentOf(data.path)) },
  })
  child.stdin.write(`${JSON.stringify(assistant())}\n`)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (said: string) => (errors += said))
  // The database is opened right before the pipe is read. One in PostgreSQL takes its time to close, and a second signal
  // would not wait for it.
  const opened = setInterval(() => {
    if (!existsSync(join(data.path, onPostgres ? 'files/unfinished' : 'threadmill.db-wal'))) return
    child.kill('SIGINT')
    if (onPostgres) clearInterval(opened)
  }, 20)
  const [code] = await once(child, 'close')
  clearInterval(opened)
  assert.equal(code, 130, errors)
  assert.match(errors, /^threadmill: broken off\. What is there stays\. Run it again to go on\.$/m)
})

test('an import of what is not there, or of nothing, is not begun', async () => {
  using data = temporaryFolder()
  using empty = temporaryFolder()
  const missing = await threadmill(data.path, ['import', join(empty.path, 'no.json')])
  assert.deepEqual([missing.code, /no\.json does not exist/.test(missing.errors)], [2, true])
  const nothing = await threadmill(data.path, ['import', empty.path])
  assert.deepEqual([nothing.code, /no \.json or \.jsonl files are in /.test(nothing.errors)], [2, true])
  assert.equal((await threadmill(data.path, ['import'])).code, 2)
})

test('an import that is broken off by Ctrl-C says how to go on, and leaves nothing half done', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, { 'm.jsonl': Array.from({ length: 25_000 }, (_, index) => message(index)) })
  const env = await environment(data.path)
  await using program = spawnMain(env, ['import', dump.path])
  while (!program.stderr.includes('written 5000')) await new Promise((turn) => setTimeout(turn, 2))
  program.signal('SIGINT')
  assert.equal((await program.exited).code, 130)
  assert.match(program.stderr, /broken off\. What is there stays\. Run it again to go on\./)
  assert.deepEqual(readdirSync(join(data.path, 'files', 'unfinished')), [])
})

test('an import that is killed goes on when it is run again', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const count = 25_000
  write(dump.path, { 'm.jsonl': Array.from({ length: count }, (_, index) => message(index)) })
  {
    await using program = spawnMain(await environment(data.path), ['import', dump.path])
    while (!program.stderr.includes('written 10000')) await new Promise((turn) => setTimeout(turn, 2))
  }
  const { code, report } = await importJson(data.path, dump.path)
  const { imported, unchanged } = report.objects.messages
  assert.deepEqual([code, imported + unchanged], [0, count])
  assert.ok(imported > 0 && unchanged >= 10_000, `${imported} ${unchanged}`)
  await using server = await startTestServer({ dataDir: data.path })
  let expected = 0
  for await (const { id } of server.client.beta.threads.messages.list(threadId, { order: 'asc', limit: 100 }))
    assert.equal(id, messageId(expected++))
  assert.equal(expected, count)
  assert.equal(
    readdirSync(join(data.path, 'files', 'unfinished')).length,
    1,
    'the next start a day later takes it away',
  )
})
