import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryFolder } from '../acceptance/child.ts'
import { startTestServer } from '../server.ts'
import { importJson, list, write } from '../transfer.ts'
import {
  assistantId,
  threadId,
  fileId,
  storeId,
  messageId,
  assistant,
  thread,
  message,
  file,
  content,
  store,
  storeFile,
  runId,
  run,
  step,
} from './imported-objects.ts'

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

test('a thread of which only messages were kept is made', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, { 'm.json': list([message(3), message(2)]) })
  const { report } = await importJson(data.path, dump.path)
  assert.equal(report.threads_made, 1)
  await using server = await startTestServer({ dataDir: data.path })
  assert.equal((await server.client.beta.threads.retrieve(threadId)).created_at, 1_700_000_202)
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
