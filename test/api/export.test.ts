import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { toFile } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import type { OwnTool } from '../../src/tools/own-tool.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { everything, importJson, threadmill, write } from '../transfer.ts'

/** One pixel. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

/** Some of everything that a client can make. */
async function fill({ client }: TestServer): Promise<void> {
  const { assistants, threads } = client.beta
  const upload = async (name: string, content: string | Uint8Array) =>
    client.files.create({ file: await toFile(Buffer.from(content), name), purpose: 'assistants' })
  const files = [
    await upload('harbour.txt', 'The harbour opens at six.'),
    await upload('same name.txt', 'one'),
    await upload('same name.txt', 'two'),
    await upload('報告.json', JSON.stringify({ object: 'assistant', id: 'asst_none' })),
    await upload('picture.png', png),
  ]
  const ids = files.map(({ id }) => id)
  const store = await client.vectorStores.create({
    name: 'port',
    metadata: { town: 'Hamburg' },
    expires_after: { anchor: 'last_active_at', days: 7 },
  })
  await client.vectorStores.files.createAndPoll(
    store.id,
    {
      file_id: ids[0] ?? '',
      attributes: { page: 1, draft: false },
      chunking_strategy: { type: 'static', static: { max_chunk_size_tokens: 200, chunk_overlap_tokens: 50 } },
    },
    { pollIntervalMs: 20 },
  )
  const weather = { type: 'object', properties: { town: { type: 'string' } }, required: ['town'] }
  const assistant = await assistants.create({
    model: 'gpt-4o',
    name: 'Pilot',
    description: 'Knows the port',
    instructions: 'Answer shortly.',
    temperature: 0.3,
    metadata: { team: 'port' },
    tools: [
      { type: 'code_interpreter' },
      { type: 'file_search', file_search: { max_num_results: 5 } },
      { type: 'function', function: { name: 'weather', parameters: weather, strict: false } },
    ],
    tool_resources: {
      code_interpreter: { file_ids: ids.slice(1, 3) },
      file_search: { vector_store_ids: [store.id] },
    },
  })
  await assistants.create({ model: 'demo', response_format: { type: 'json_object' } })
  for (const user of ['1', '2']) {
    const thread = await threads.create({
      metadata: { user },
      messages: [
        { role: 'user', content: `Hello from ${user}` },
        { role: 'assistant', content: 'Hello' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'When does the harbour open?' },
            { type: 'image_file', image_file: { file_id: ids[4] ?? '', detail: 'low' } },
          ],
          attachments: [{ file_id: ids[0] ?? '', tools: [{ type: 'code_interpreter' }] }],
          metadata: { kind: 'question' },
        },
      ],
    })
    const options = { pollIntervalMs: 20 }
    const run = await threads.runs.createAndPoll(
      thread.id,
      { assistant_id: assistant.id, tools: [{ type: 'file_search' }], metadata: { first: 'yes' } },
      options,
    )
    assert.equal(run.status, 'completed', JSON.stringify(run.last_error))
    await threads.messages.create(thread.id, { role: 'user', content: 'Thank you' })
    await threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id, tools: [] }, options)
    // Its runs say of which they are copies.
    if (user === '2') await client.post(`/threads/${thread.id}/copy`, { body: {} })
  }
  await assistants.delete((await assistants.create({ model: 'demo' })).id)
}

test('an export, imported into an empty folder, gives the same objects, field by field', async () => {
  using folder = temporaryFolder()
  using other = temporaryFolder()
  const target = join(folder.path, 'out')
  let before
  {
    await using server = await startTestServer()
    await fill(server)
    before = await everything(server.client)
    const { code, out, errors } = await threadmill(server.dataDir, ['export', target])
    assert.equal(code, 0, errors)
    assert.match(
      out,
      /5 files, 1 vector store, 1 vector store file, 2 assistants, 3 threads, \d+ messages, 6 runs/,
    )
  }
  const { code, report } = await importJson(other.path, target)
  assert.equal(code, 0, JSON.stringify(report))
  assert.deepEqual([report.not_taken, report.missing_references, report.threads_made], [[], [], 0])
  await using server = await startTestServer({ dataDir: other.path })
  for (const [index, { id }] of before.stores.entries())
    for (const file of before.inStores[index] ?? [])
      await server.client.vectorStores.files.poll(id, file.id, { pollIntervalMs: 20 })
  const after = await everything(server.client)
  assert.match(JSON.stringify(before), /"copied_from":"run_/)
  assert.deepEqual(after, before)
  assert.equal(JSON.stringify(after), JSON.stringify(before))
})

test('an export takes a folder that is empty, and what it holds is its owner’s', async () => {
  await using server = await startTestServer()
  using folder = temporaryFolder()
  write(folder.path, { 'something.txt': 'is here' })
  const { code, errors } = await threadmill(server.dataDir, ['export', folder.path])
  assert.deepEqual([code, /is not empty/.test(errors)], [2, true])
  rmSync(join(folder.path, 'something.txt'))
  const done = await threadmill(server.dataDir, ['export', folder.path, '--json'])
  assert.equal(done.code, 0, done.errors)
  assert.equal(JSON.parse(done.out).objects.assistants, 0)
  const names = [
    'assistants.jsonl',
    'export.json',
    'files',
    'files.jsonl',
    'threads.jsonl',
    'vector_stores.jsonl',
  ]
  assert.deepEqual(readdirSync(folder.path).toSorted(), names)
  const mark = JSON.parse(readFileSync(join(folder.path, 'threads.jsonl'), 'utf8'))
  assert.equal(mark.object, 'threadmill.export')
})

test('an export of a folder without a database says so, and makes nothing', async () => {
  using folder = temporaryFolder()
  const { code, errors } = await threadmill(join(folder.path, 'none'), ['export', join(folder.path, 'out')])
  assert.equal(code, 2)
  assert.match(errors, /There is no database in/)
  assert.deepEqual(readdirSync(folder.path), [])
})

test('what the tools of a program did is brought along; of other origin they are nothing', async () => {
  const dice: OwnTool = {
    type: 'dice',
    description: 'Throws a dice.',
    parameters: { type: 'object', properties: {} },
    run: () => 'You threw a 4.',
  }
  const script = () => scripted([{ toolCalls: [{ name: 'dice', arguments: {} }] }, { text: 'A 4.' }])
  await using from = await startTestServer({ models: { scripted: script() }, tools: [dice] })
  const assistant = await from.client.beta.assistants.create({
    model: 'scripted',
    tools: [{ type: 'dice', dice: { sides: 6 } } as never],
  })
  const run = await from.client.beta.threads.createAndRunPoll(
    { assistant_id: assistant.id, thread: { messages: [{ role: 'user', content: 'Throw' }] } },
    { pollIntervalMs: 20 },
  )
  assert.equal(run.status, 'completed')
  using folder = temporaryFolder()
  const out = join(folder.path, 'out')
  assert.equal((await threadmill(from.dataDir, ['export', out])).code, 0)

  const model = scripted([{ text: 'It was a 4.' }])
  await using to = await startTestServer({ models: { scripted: model }, tools: [dice] })
  const { code, report } = await importJson(to.dataDir, out)
  assert.deepEqual([code, report.left_out], [0, []])
  assert.deepEqual(await everything(to.client), await everything(from.client))
  const { beta } = to.client
  assert.deepEqual((await beta.assistants.retrieve(assistant.id)).tools, assistant.tools)
  const of = { thread_id: run.thread_id, order: 'asc' } as const
  const steps = (await beta.threads.runs.steps.list(run.id, of)).data
  assert.deepEqual(steps, (await from.client.beta.threads.runs.steps.list(run.id, of)).data)
  await beta.threads.runs.createAndPoll(run.thread_id, { assistant_id: assistant.id }, { pollIntervalMs: 20 })
  assert.match(JSON.stringify(model.calls[0]?.prompt), /You threw a 4/)

  // The same objects, as somebody may have written them down who was no server of ours.
  write(folder.path, { 'foreign.jsonl': [JSON.parse(JSON.stringify(assistant))] })
  await using elsewhere = await startTestServer()
  const foreign = await importJson(elsewhere.dataDir, join(folder.path, 'foreign.jsonl'))
  assert.equal(foreign.report.objects.assistants.imported, 1)
  assert.deepEqual((await elsewhere.client.beta.assistants.retrieve(assistant.id)).tools, [])
})
