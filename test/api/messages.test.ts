import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const newThread = async () => (await server.client.beta.threads.create()).id
const post = (threadId: string, body: Record<string, unknown>) =>
  raw(server, 'POST', `/v1/threads/${threadId}/messages`, { role: 'user', content: 'x', ...body })

test('a message has every field in the order of the stream, its status among them', async () => {
  const threadId = await newThread()
  const { json } = await post(threadId, { content: 'Hëllo 🙂', metadata: { a: 'b' } })
  assert.match(json.id, /^msg_[A-Za-z0-9]{24}$/)
  assert.equal(
    JSON.stringify(json),
    JSON.stringify({
      id: json.id,
      object: 'thread.message',
      created_at: json.created_at,
      assistant_id: null,
      thread_id: threadId,
      run_id: null,
      status: 'completed',
      incomplete_details: null,
      incomplete_at: null,
      completed_at: json.created_at,
      role: 'user',
      content: [{ type: 'text', text: { value: 'Hëllo 🙂', annotations: [] } }],
      attachments: [],
      metadata: { a: 'b' },
    }),
  )
  const read = await raw(server, 'GET', `/v1/threads/${threadId}/messages/${json.id}`)
  assert.equal(JSON.stringify(read.json), JSON.stringify(json))
})

test('parts of a content keep their order, and pictures get the detail auto', async () => {
  const file = await server.client.files.create({ file: new File(['png'], 'a.png'), purpose: 'vision' })
  const pixel = 'data:image/png;base64,iVBORw0KGgo='
  const { json } = await post(await newThread(), {
    role: 'assistant',
    content: [
      { type: 'text', text: 'see' },
      { type: 'image_file', image_file: { file_id: file.id } },
      { type: 'image_url', image_url: { url: 'https://example.com/a?b=c', detail: 'low' } },
      { type: 'image_url', image_url: { url: pixel } },
    ],
  })
  assert.equal(json.role, 'assistant')
  assert.deepEqual(json.content, [
    { type: 'text', text: { value: 'see', annotations: [] } },
    { type: 'image_file', image_file: { file_id: file.id, detail: 'auto' } },
    { type: 'image_url', image_url: { url: 'https://example.com/a?b=c', detail: 'low' } },
    { type: 'image_url', image_url: { url: pixel, detail: 'auto' } },
  ])
})

test('only metadata can be modified, and the answer is the whole message', async () => {
  const threadId = await newThread()
  const { json } = await post(threadId, {})
  const path = `/v1/threads/${threadId}/messages/${json.id}`
  const changed = await raw(server, 'POST', path, { metadata: { seen: 'yes' } })
  assert.deepEqual(changed.json, { ...json, metadata: { seen: 'yes' } })
  assert.deepEqual((await raw(server, 'POST', path, {})).json.metadata, { seen: 'yes' })
  assert.deepEqual((await raw(server, 'POST', path, { metadata: null })).json.metadata, {})
  refused(await raw(server, 'POST', path, { content: 'y' }), 400, "Unknown parameter: 'content'.", {
    param: 'content',
    code: 'unknown_parameter',
  })
})

test('a deleted message is gone; one of another thread never was here', async () => {
  const threadId = await newThread()
  const { json } = await post(threadId, {})
  const path = `/v1/threads/${threadId}/messages/${json.id}`
  const elsewhere = `/v1/threads/${await newThread()}/messages/${json.id}`
  const gone = `No message found with id '${json.id}'.`
  refused(await raw(server, 'GET', elsewhere), 404, gone)
  refused(await raw(server, 'DELETE', elsewhere), 404, gone)
  assert.equal(
    JSON.stringify((await raw(server, 'DELETE', path)).json),
    JSON.stringify({ id: json.id, object: 'thread.message.deleted', deleted: true }),
  )
  refused(await raw(server, 'GET', path), 404, gone)
  refused(await raw(server, 'POST', path, {}), 404, gone)
  refused(await raw(server, 'DELETE', path), 404, gone)
})

test("attachments are echoed as sent, and code interpreter's become the thread's", async () => {
  const { client } = server
  const file = await client.files.create({ file: new File(['1'], 'a.csv'), purpose: 'assistants' })
  const threadId = await newThread()
  const attachment = { file_id: file.id, tools: [{ type: 'code_interpreter' }] }
  const { json } = await post(threadId, { attachments: [attachment, attachment] })
  assert.deepEqual(json.attachments, [attachment, attachment])
  const thread = await client.beta.threads.retrieve(threadId)
  assert.deepEqual(thread.tool_resources?.code_interpreter?.file_ids, [file.id])
})

test("an attachment's tool may bring its empty settings, as .NET's client sends them", async () => {
  const { client } = server
  const file = await client.files.create({ file: new File(['1'], 'a.txt'), purpose: 'assistants' })
  const threadId = await newThread()
  const tools = [{ type: 'file_search', file_search: {} }, { type: 'code_interpreter' }]
  const { json } = await post(threadId, { attachments: [{ file_id: file.id, tools }] })
  assert.deepEqual(json.attachments, [
    { file_id: file.id, tools: [{ type: 'file_search' }, { type: 'code_interpreter' }] },
  ])
  const set = [{ type: 'file_search', file_search: { max_num_results: 3 } }]
  refused(
    await post(threadId, { attachments: [{ file_id: file.id, tools: set }] }),
    400,
    "Unknown parameter: 'attachments[0].tools[0].file_search.max_num_results'.",
    { param: 'attachments[0].tools[0].file_search.max_num_results', code: 'unknown_parameter' },
  )
})

test('of an attachment for both tools, each takes what it can', async () => {
  const { client } = server
  const threadId = await newThread()
  const tools = [{ type: 'code_interpreter' }, { type: 'file_search' }]
  const names = ['chart.png', 'table.parquet', 'query.sql', 'data']
  const files = await Promise.all(
    names.map((name, at) =>
      client.files.create({
        file: new File([at < 2 ? new Uint8Array([0x89, 1, 2, 0, 3, 0, 0, 7]) : 'select 1'], name),
        purpose: 'assistants',
      }),
    ),
  )
  const { json } = await post(threadId, { attachments: files.map(({ id }) => ({ file_id: id, tools })) })
  assert.equal(json.attachments.length, 4)
  const { tool_resources } = await client.beta.threads.retrieve(threadId)
  assert.deepEqual(
    tool_resources?.code_interpreter?.file_ids,
    files.map(({ id }) => id),
  )
  const [storeId = ''] = tool_resources?.file_search?.vector_store_ids ?? []
  const ends = await Promise.all(
    files.map(({ id }) => client.vectorStores.files.poll(storeId, id, { pollIntervalMs: 20 })),
  )
  assert.deepEqual(
    ends.map((file) => [file.status, file.last_error?.code]),
    [
      ['failed', 'unsupported_file'],
      ['failed', 'unsupported_file'],
      ['completed', undefined],
      ['completed', undefined],
    ],
  )
})

test('attachments that cannot be honoured are refused', async () => {
  const threadId = await newThread()
  refused(
    await post(threadId, { attachments: [{ file_id: 'file-1', tools: [] }] }),
    404,
    'No such File object: file-1',
    {
      param: 'attachments',
    },
  )
  const files = []
  for (let number = 0; number < 21; number++) {
    files.push(await server.client.files.create({ file: new File(['1'], 'a.txt'), purpose: 'assistants' }))
  }
  const tools = [{ type: 'code_interpreter' }]
  refused(
    await post(threadId, { attachments: files.map(({ id }) => ({ file_id: id, tools })) }),
    400,
    "Invalid 'attachments': too many files. A thread has at most 20 files for code interpreter, but would have 21.",
    { param: 'attachments', code: 'array_above_max_length' },
  )
  assert.deepEqual((await server.client.beta.threads.messages.list(threadId)).data, [], 'nothing was added')
})

test('a picture must be a file that is there and is a picture', async () => {
  const threadId = await newThread()
  const image = (id: string) => ({ content: [{ type: 'image_file', image_file: { file_id: id } }] })
  refused(await post(threadId, image('file-nope')), 404, 'No such File object: file-nope', {
    param: 'content[0].image_file.file_id',
  })
  const file = await server.client.files.create({ file: new File(['1'], 'a.txt'), purpose: 'vision' })
  refused(
    await post(threadId, image(file.id)),
    400,
    'Invalid message content: Expected file type to be a supported format: .jpeg, .jpg, .png, .gif, .webp but got .txt.',
    { param: 'content[0].image_file.file_id' },
  )
})

test('messages are filtered by the run that made them', async () => {
  const threadId = await newThread()
  await post(threadId, { content: 'Hello' })
  const { threads, assistants } = server.client.beta
  const assistant = await assistants.create({ model: 'demo' })
  const run = await threads.runs.createAndPoll(threadId, { assistant_id: assistant.id })
  const ofRun = await threads.messages.list(threadId, { run_id: run.id })
  assert.deepEqual(
    ofRun.data.map(({ role, run_id }) => [role, run_id]),
    [['assistant', run.id]],
  )
  assert.equal((await threads.messages.list(threadId)).data.length, 2)
})
