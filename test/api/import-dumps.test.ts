import assert from 'node:assert/strict'
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { temporaryFolder } from '../acceptance/child.ts'
import { startTestServer } from '../server.ts'
import { importJson, list, threadmill, write } from '../transfer.ts'

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
        tools: [{ type: 'web_search' }, { type: 'code_interpreter' }, { type: 'computer_use', server: 'x' }],
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

test('what describes files beside their contents is read, however large it is', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const store = 'vs_dumpedDumpedDumped00001'
  const inStore = {
    id: file().id,
    object: 'vector_store.file',
    created_at: 1_700_000_061,
    vector_store_id: store,
  }
  const others = Array.from({ length: 600 }, (_, n) =>
    file({ id: `file-other${n}`, filename: `none-${n}.txt` }),
  )
  const json = JSON.stringify([{ object: 'assistant', id: 'asst_insideOfAContent' }])
  write(dump.path, {
    'store.json': { id: store, object: 'vector_store', created_at: 1_700_000_060, name: 'port' },
    'files/list.json': list([
      ...others,
      file(),
      file({ id: 'file-json0', filename: 'data.json', bytes: json.length }),
    ]),
    'files/harbour.txt': text,
    'files/data.json': json,
    'files/nobody.bin': 'asks',
    [`vector_stores/${store}/files/list.json`]: list([inStore]),
  })
  const { code, report } = await importJson(data.path, dump.path)
  assert.equal(code, 1, 'contents are missing')
  const { files, vector_store_files, assistants } = report.objects
  assert.deepEqual(
    [files.found, files.imported, vector_store_files.imported, assistants.found],
    [602, 2, 1, 0],
  )
  assert.deepEqual(
    report.other_files.map(({ path, reason }) => [basename(path), reason]),
    [['nobody.bin', 'no object asks for this content']],
  )
})

test('where nothing was understood the import says so', async () => {
  using data = temporaryFolder()
  for (const [content, expected] of [
    [
      { error: { message: 'No thread found', type: 'invalid_request_error' } },
      /answered an error: No thread found/,
    ],
    [
      [{ id: 'asst_1', model: 'gpt-4o' }, { id: 'asst_2' }],
      /2 values, the first: .*it lacks "object" or "id".*model/,
    ],
    [{ data: [{ id: 'asst_1' }], object: 'list' }, /no object of the API/],
    [[1], /no object of the API/],
    ['', /is empty/],
    [' \n', /is empty/],
  ] as const) {
    using dump = temporaryFolder()
    write(dump.path, { 'a.json': typeof content === 'string' ? content : JSON.stringify(content) })
    const { code, errors } = await threadmill(data.path, ['import', dump.path])
    assert.equal(code, 1, JSON.stringify(content))
    assert.match(errors, expected)
  }
})

test('what was passed over beside objects is named, and an empty list is none of it', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, {
    'a.jsonl': [assistant(), { error: 'gone' }, list([]), { mine: [message()] }, []],
    'notes.txt': 'mine',
    '.hidden': 'not looked at',
    'elsewhere/x': '',
  })
  symlinkSync(join(dump.path, 'elsewhere'), join(dump.path, 'files'))
  const { code, report } = await importJson(data.path, dump.path)
  assert.equal(code, 1)
  assert.deepEqual(
    report.passed_over.map(({ count, reason }) => [count, reason]),
    [[1, 'the API answered an error: gone']],
  )
  assert.deepEqual(report.other_files.map(({ path }) => basename(path)).toSorted(), [
    'files',
    'notes.txt',
    'x',
  ])
  assert.match(report.other_files.find(({ path }) => path.endsWith('files'))?.reason ?? '', /a link/)
  assert.equal(report.objects.messages.imported, 1)
})

test('UTF-16 is read, and values that are spread over the lines of a .jsonl', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const indented = (one: object) => JSON.stringify(one, undefined, 2)
  const little = Buffer.from(`\uFEFF${JSON.stringify(assistant({ name: '港' }))}\r\n`, 'utf16le')
  const big = Buffer.from(`\uFEFF${indented([message()])}`, 'utf16le').swap16()
  write(dump.path, { 'c.jsonl': `${indented(run())}\n${JSON.stringify(step())}\n${indented(file())}` })
  writeFileSync(join(dump.path, 'a.jsonl'), little)
  writeFileSync(join(dump.path, 'b.json'), big)
  const { report } = await importJson(data.path, dump.path)
  assert.deepEqual(report.unreadable, [])
  const { assistants, messages, runs, run_steps, files } = report.objects
  assert.deepEqual(
    [assistants, messages, runs, run_steps, files].map(({ found }) => found),
    [1, 1, 1, 1, 1],
  )
})

test('what is no JSON is named with its line', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, {
    'a.json': '[\n{},\n{"id": oops}]',
    'b.jsonl': `${JSON.stringify(message())}\n{"id": "x\n`,
  })
  const { code, errors } = await threadmill(data.path, ['import', dump.path])
  assert.equal(code, 1)
  assert.match(errors, /not read: \S+a\.json is no JSON at line 3: mend that place/)
  assert.match(errors, /not read: \S+b\.jsonl is no JSON at line 2: /)
  assert.doesNotMatch(errors, /token|state/i)
})

test('a content is found under its name in the other form of Unicode', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const name = 'Übersicht é.txt'
  write(dump.path, {
    'a.json': file({ filename: name.normalize('NFC') }),
    [`files/${name.normalize('NFD')}`]: text,
  })
  const { code, report } = await importJson(data.path, dump.path)
  assert.deepEqual([code, report.objects.files.imported], [0, 1], JSON.stringify(report))
})

test('a name that is a path stays, and leads nobody out of a folder', async () => {
  await using server = await startTestServer()
  using dump = temporaryFolder()
  const names = ['/mnt/data/chart.png', '../../../etc/passwd', '..']
  const files = names.map((filename, n) => file({ id: `file-named${n}`, filename }))
  write(dump.path, {
    'a.jsonl': files,
    'files/file-named0': text,
    'files/passwd': text,
    'files/file-named2': text,
  })
  const { code, report } = await importJson(server.dataDir, dump.path)
  assert.equal(code, 0, JSON.stringify(report))
  const saved: (string | null)[] = []
  for (const [n, name] of names.entries()) {
    assert.equal((await server.client.files.retrieve(`file-named${n}`)).filename, name)
    saved.push((await server.client.files.content(`file-named${n}`)).headers.get('content-disposition'))
  }
  assert.deepEqual(
    saved,
    ['chart.png', 'passwd', 'file'].map((name) => `attachment; filename="${name}"`),
  )
})

test('an export names files and stores that may still come, and steps as the API answers them', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const tool_resources = {
    code_interpreter: { file_ids: [file().id] },
    file_search: { vector_store_ids: ['vs_dumpedDumpedDumped00001'] },
  }
  const thread = { id: threadId, object: 'thread', created_at: 1_700_000_100, metadata: {}, tool_resources }
  write(dump.path, {
    'a.jsonl': [assistant({ tool_resources }), thread, run(), step({ expires_at: 1_700_000_800 })],
  })
  await importJson(data.path, dump.path)
  const out = join(dump.path, 'out')
  assert.equal((await threadmill(data.path, ['export', out])).code, 0)
  const lines = ['assistants', 'threads'].flatMap((name) =>
    readFileSync(join(out, `${name}.jsonl`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  )
  const of = (kind: string) => lines.find(({ object }) => object === kind)
  assert.deepEqual(
    [of('assistant').tool_resources, of('thread').tool_resources],
    [tool_resources, tool_resources],
  )
  assert.equal(of('thread.run.step').expires_at, null)
})
