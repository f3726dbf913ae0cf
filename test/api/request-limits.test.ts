import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { raw, refused } from '../raw.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
let threadId: string
before(async () => {
  server = await startTestServer()
  threadId = (await server.client.beta.threads.create()).id
})
after(() => server[Symbol.asyncDispose]())

test('what one request may add, and what outputs may be, are settings', async () => {
  await using small = await startTestServer({
    env: {
      THREADMILL_MAX_MESSAGES: '2',
      THREADMILL_MAX_TOOL_OUTPUT_CHARACTERS: '5',
      THREADMILL_MAX_TOOL_OUTPUTS_BYTES: '2048',
    },
  })
  const said = (count: number) => Array.from({ length: count }, () => ({ role: 'user', content: 'x' }))
  const assistant = await small.client.beta.assistants.create({ model: 'demo' })
  const { id } = await small.client.beta.threads.create()
  const tooLong = (param: string) =>
    `Invalid '${param}': array too long. Expected an array with maximum length 2, but got an array with length 3 instead.`
  const run = { assistant_id: assistant.id }
  for (const [path, body, param] of [
    ['/v1/threads', { messages: said(3) }, 'messages'],
    ['/v1/threads/runs', { ...run, thread: { messages: said(3) } }, 'thread.messages'],
    ['/v1/threads/runs', { ...run, additional_messages: said(3) }, 'additional_messages'],
    [`/v1/threads/${id}/runs`, { ...run, additional_messages: said(3) }, 'additional_messages'],
  ] as const) {
    const answer = await raw(small, 'POST', path, body)
    refused(answer, 400, tooLong(param), { param, code: 'array_above_max_length' })
  }
  assert.equal((await raw(small, 'POST', '/v1/threads', { messages: said(2) })).status, 200)

  const outputs = (output: string, count = 1) =>
    raw(small, 'POST', `/v1/threads/${id}/runs/run_x/submit_tool_outputs`, {
      tool_outputs: Array.from({ length: count }, (_, n) => ({ tool_call_id: `call_${n}`, output })),
    })
  refused(
    await outputs('123456'),
    400,
    "Invalid 'tool_outputs[0].output': string too long. Expected a string with maximum length 5, but got a string with length 6 instead.",
    { param: 'tool_outputs[0].output', code: 'string_above_max_length' },
  )
  refused(
    await outputs('12345', 410),
    400,
    "'tool_outputs' too large: the combined tool outputs must be less than 2kb.",
    { param: 'tool_outputs', code: 'invalid_value' },
  )
  assert.equal((await outputs('12345')).status, 404)
})

test('a thread takes 1,000 messages at once, in their order, and not one more', async () => {
  const messages = Array.from({ length: 1_000 }, (_, n) => ({
    role: 'user' as const,
    content: `message ${n}`,
  }))
  const thread = await server.client.beta.threads.create({ messages })
  const texts: string[] = []
  for await (const message of server.client.beta.threads.messages.list(thread.id, {
    order: 'asc',
    limit: 100,
  })) {
    const [part] = message.content
    texts.push(part?.type === 'text' ? part.text.value : '')
  }
  assert.deepEqual(
    texts,
    messages.map(({ content }) => content),
  )
  refused(
    await raw(server, 'POST', '/v1/threads', { messages: [...messages, messages[0]] }),
    400,
    "Invalid 'messages': array too long. Expected an array with maximum length 1000, but got an array with length 1001 instead.",
    { param: 'messages', code: 'array_above_max_length' },
  )
})

test('lengths are counted in characters, not in the units of JavaScript', async () => {
  const longest = '🙂'.repeat(256)
  assert.equal((await raw(server, 'POST', '/v1/assistants', { model: 'demo', name: longest })).status, 200)
  refused(
    await raw(server, 'POST', '/v1/assistants', { model: 'demo', name: `${longest}🙂` }),
    400,
    "Invalid 'name': string too long. Expected a string with maximum length 256, but got a string with length 257 instead.",
    { param: 'name', code: 'string_above_max_length' },
  )
})

test('what is nested too deeply to be written again is refused', async () => {
  const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  const tool = (parameters: string) =>
    `{"type":"function","function":{"name":"f","parameters":${parameters}}}`
  const assistant = (parameters: string) => `{"model":"demo","tools":[${tool(parameters)}]}`
  const post = (path: string, body: string) => raw(server, 'POST', path, body)
  const message = (param: string) => `Invalid '${param}': nested too deeply. Expected at most 200 levels.`
  for (const parameters of [`{"x":${deep(100_000)}}`, `{"type":${deep(100_000)}}`]) {
    const param = 'tools[0].function.parameters'
    const answer = await post('/v1/assistants', assistant(parameters))
    refused(answer, 400, message(param), { param, code: 'invalid_value' })
  }
  const format = `{"type":"json_schema","json_schema":{"name":"s","schema":{"x":${deep(100_000)}}}}`
  const param = 'response_format.json_schema.schema'
  refused(await post('/v1/assistants', `{"model":"demo","response_format":${format}}`), 400, message(param), {
    param,
    code: 'invalid_value',
  })
  assert.equal((await post('/v1/assistants', assistant(`{"x":${deep(199)}}`))).status, 200)
  assert.equal((await post('/v1/uploads', `{"purpose":${deep(100_000)}}`)).status, 400)
})

test('what is at a limit is taken', async () => {
  const { status } = await raw(server, 'POST', '/v1/assistants', {
    model: 'demo',
    name: 'n'.repeat(256),
    description: 'd'.repeat(512),
    instructions: 'i'.repeat(256_000),
    temperature: 2,
    top_p: 0,
    tools: Array.from({ length: 128 }, (_, n) => ({ type: 'function', function: { name: `f${n}` } })),
    metadata: {
      ...Object.fromEntries(Array.from({ length: 15 }, (_, n) => [`key${n}`, 'v'])),
      ['k'.repeat(64)]: 'v'.repeat(512),
    },
  })
  assert.equal(status, 200)
  const message = { role: 'user', content: 'x'.repeat(256_000) }
  assert.equal((await raw(server, 'POST', `/v1/threads/${threadId}/messages`, message)).status, 200)
})

test('ids in addresses are judged before they are looked for', async () => {
  for (const [path, param, prefix] of [
    ['/v1/threads/undefined', 'thread_id', 'thread'],
    ['/v1/threads/undefined/runs/thread_x', 'thread_id', 'thread'],
    ['/v1/threads/thread_x/messages/undefined', 'message_id', 'msg'],
    ['/v1/threads/thread_x/runs/undefined', 'run_id', 'run'],
    ['/v1/threads/thread_x/runs/run_x/steps/undefined', 'step_id', 'step'],
  ] as const) {
    refused(
      await raw(server, 'GET', path),
      400,
      `Invalid '${param}': 'undefined'. Expected an ID that begins with '${prefix}'.`,
      { param, code: 'invalid_value' },
    )
  }
})

test('what is not there is named, the nearest first', async () => {
  const at = `/v1/threads/${threadId}`
  refused(await raw(server, 'GET', '/v1/threads/thread_x'), 404, "No thread found with id 'thread_x'.")
  refused(await raw(server, 'GET', `${at}/messages/msg_x`), 404, "No message found with id 'msg_x'.")
  refused(await raw(server, 'GET', `${at}/runs/run_x`), 404, "No run found with id 'run_x'.")
  refused(await raw(server, 'GET', `${at}/runs/run_x/steps`), 404, "No run found with id 'run_x'.")
  refused(await raw(server, 'POST', `${at}/runs/run_x/cancel`), 404, "No run found with id 'run_x'.")
  refused(await raw(server, 'POST', `${at}/runs/run_x`, {}), 404, "No run found with id 'run_x'.")
  refused(
    await raw(server, 'POST', `${at}/runs`, { assistant_id: 'asst_x' }),
    404,
    "No assistant found with id 'asst_x'.",
  )
  const { assistants, threads } = server.client.beta
  const assistant = await assistants.create({ model: 'demo', instructions: 'x' })
  const run = await threads.createAndRunPoll({ assistant_id: assistant.id })
  refused(
    await raw(server, 'GET', `/v1/threads/${run.thread_id}/runs/${run.id}/steps/step_123`),
    404,
    "No run step found with id 'step_123'.",
  )
})
