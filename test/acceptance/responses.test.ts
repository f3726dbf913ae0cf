import assert from 'node:assert/strict'
import { test } from 'node:test'
import OpenAI from 'openai'
import { startFakeUpstream } from '../fake-upstream.ts'
import { startMcpServer, textResult } from '../mcp-server.ts'
import { createPythonFixture } from '../python.ts'
import { until } from '../runs.ts'
import { apiKey, startServer, temporaryFolder, type ServerProcess } from './child.ts'

type Seen = OpenAI.Responses.ResponseStreamEvent

/** Reads events into `seen` until the last one, or until the server is gone. */
async function read(stream: AsyncIterable<Seen>, seen: Seen[]): Promise<void> {
  try {
    for await (const event of stream) seen.push(event)
  } catch {
    // The server was killed.
  }
}

test('a stream in the background goes on after kills with the same numbers, and has one answer', async () => {
  let kills = 0
  const tokens = Array.from({ length: 60 }, (_, at) => `${at} `)
  await using upstream = await startFakeUpstream({
    record: false,
    // No answer ends before its server is killed.
    reply: () => (kills < 2 ? { tokens: 100_000, tokenMs: 10 } : { tokens, tokenMs: 10 }),
  })
  using folder = temporaryFolder()
  const start = () => startServer(folder.path, { OPENAI_BASE_URL: `${upstream.url}/v1` })
  const clientOf = ({ url }: ServerProcess) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })
  let server = await start()
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => server.kill())

  const seen: Seen[] = []
  const request = { model: 'fake', input: 'Count.', background: true, stream: true } as const
  const first = read(await clientOf(server).responses.create(request), seen)
  while (kills < 2) {
    const before = seen.length
    const isDelta = ({ type }: Seen) => type === 'response.output_text.delta'
    await until(async () => seen.slice(before).filter(isDelta).length > 3)
    kills++
    await server.kill()
    if (kills === 1) await first
    server = await start()
    const [created] = seen
    assert.ok(created?.type === 'response.created')
    const { id } = created.response
    const { responses } = clientOf(server)
    const after = seen.at(-1)?.sequence_number ?? 0
    const again = responses.retrieve(id, { stream: true, starting_after: after })
    const reading = read(await again, seen)
    if (kills === 2) await reading
  }

  assert.deepEqual(
    seen.map(({ sequence_number }) => sequence_number),
    seen.map((_, at) => at),
  )
  const last = seen.at(-1)
  assert.ok(last?.type === 'response.completed', String(last?.type))
  const messages = last.response.output.flatMap((item) =>
    item.type === 'message' ? item.content.map((part) => (part.type === 'output_text' ? part.text : '')) : [],
  )
  assert.deepEqual(messages, [tokens.join('')])
  const closed = seen.filter((event) => event.type === 'response.output_item.done')
  assert.deepEqual(
    closed.map(({ item }) => item.type === 'message' && item.status),
    ['incomplete', 'incomplete', 'completed'],
    'what broke off was closed',
  )
  const { responses } = clientOf(server)
  const replayed: Seen[] = []
  await read(await responses.retrieve(last.response.id, { stream: true }), replayed)
  assert.deepEqual(replayed, seen)
})

test('a response whose server is killed while its program runs goes on with the files of the programs before', async () => {
  const program = (code: string) => ({
    toolCalls: [{ name: 'code_interpreter', arguments: JSON.stringify({ code }) }],
  })
  let isSlow = true
  await using upstream = await startFakeUpstream({
    record: false,
    reply({ messages }) {
      switch (messages.filter(({ role }) => role === 'tool').length) {
        case 0:
          return program('x = 1\n_ = open("/mnt/data/kept.txt", "w").write("kept")')
        case 1:
          return program(isSlow ? 'import time\ntime.sleep(50)' : 'print("quick")')
        case 2:
          return program('print("x" in globals(), open("/mnt/data/kept.txt").read())')
        default:
          return { tokens: ['See [kept](sandbox:/mnt/data/kept.txt)', '.'] }
      }
    },
  })
  using folder = temporaryFolder()
  await createPythonFixture(folder.path)
  const env = { OPENAI_BASE_URL: `${upstream.url}/v1`, THREADMILL_CODE_INTERPRETER: 'auto' }
  const start = () => startServer(folder.path, env)
  const clientOf = ({ url }: ServerProcess) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })
  let server = await start()
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => server.kill())

  const seen: Seen[] = []
  const stream = await clientOf(server).responses.create({
    model: 'fake',
    input: 'Go',
    background: true,
    stream: true,
    tools: [{ type: 'code_interpreter', container: { type: 'auto' } }],
    include: ['code_interpreter_call.outputs'],
  })
  const reading = read(stream, seen)
  const running = () =>
    seen.filter(({ type }) => type === 'response.code_interpreter_call.interpreting').length
  await until(async () => running() === 2)
  await server.kill()
  await reading
  isSlow = false
  server = await start()
  const [created] = seen
  assert.ok(created?.type === 'response.created')
  const from = { stream: true, starting_after: seen.at(-1)?.sequence_number ?? 0 } as const
  await read(await clientOf(server).responses.retrieve(created.response.id, from), seen)

  assert.deepEqual(
    seen.map(({ sequence_number }) => sequence_number),
    seen.map((_, at) => at),
  )
  const last = seen.at(-1)
  assert.ok(last?.type === 'response.completed', JSON.stringify(last))
  const { output } = last.response
  const programs = output.filter((item) => item.type === 'code_interpreter_call')
  const logs = programs.map(({ outputs }) => outputs?.map((one) => (one.type === 'logs' ? one.logs : '')))
  assert.deepEqual(logs, [[], ['quick\n'], ['False kept\n']])
  const [container, ...others] = new Set(programs.map(({ container_id }) => container_id))
  assert.deepEqual(others, [], 'all programs run in one container')
  const message = output.at(-1)
  const part = message?.type === 'message' ? message.content[0] : undefined
  const [cited] = part?.type === 'output_text' ? part.annotations : []
  assert.ok(cited?.type === 'container_file_citation')
  const { files } = clientOf(server).containers
  const content = await files.content.retrieve(cited.file_id, { container_id: container ?? '' })
  assert.equal(await content.text(), 'kept')
})

test('a call of an MCP server that a kill breaks off is closed and made anew, and calls that it held back are shown once', async () => {
  let isHung = true
  await using mcp = await startMcpServer({
    tools: [{ name: 'roll' }],
    call: () => textResult('4'),
    instead: ({ method }) => method === 'tools/call' && isHung,
  })
  await using upstream = await startFakeUpstream({
    record: false,
    reply: () => ({
      toolCalls: [
        { name: 'lab__roll', arguments: '{}' },
        { name: 'ask', arguments: '{}' },
      ],
    }),
  })
  using folder = temporaryFolder()
  const env = { OPENAI_BASE_URL: `${upstream.url}/v1`, THREADMILL_PRIVATE_HOSTS: '127.0.0.1' }
  const clientOf = ({ url }: ServerProcess) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })
  let server = await startServer(folder.path, env)
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => server.kill())

  const seen: Seen[] = []
  const first = clientOf(server).responses.create({
    model: 'fake',
    input: 'Roll.',
    background: true,
    stream: true,
    tools: [
      { type: 'mcp', server_label: 'lab', server_url: mcp.url, require_approval: 'never' },
      { type: 'function', name: 'ask', parameters: {}, strict: false },
    ],
  })
  const reading = read(await first, seen)
  await until(async () => mcp.count('tools/call') === 1)
  await until(async () => seen.some(({ type }) => type === 'response.mcp_call.in_progress'))
  await server.kill()
  await reading
  isHung = false
  server = await startServer(folder.path, env)
  const [created] = seen
  assert.ok(created?.type === 'response.created')
  const { responses } = clientOf(server)
  const starting_after = seen.at(-1)?.sequence_number ?? 0
  await read(await responses.retrieve(created.response.id, { stream: true, starting_after }), seen)

  assert.deepEqual(
    seen.map(({ sequence_number }) => sequence_number),
    seen.map((_, at) => at),
  )
  const last = seen.at(-1)
  assert.ok(last?.type === 'response.completed', String(last?.type))
  assert.deepEqual(
    last.response.output.map((item) => [item.type, 'status' in item ? item.status : undefined]),
    [
      ['mcp_list_tools', undefined],
      ['mcp_call', 'completed'],
      ['function_call', 'completed'],
    ],
  )
  const ended = seen.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []))
  assert.deepEqual(
    ended.map((item) => [item.type, 'status' in item ? item.status : undefined]),
    [
      ['mcp_list_tools', undefined],
      ['mcp_call', 'incomplete'],
      ['mcp_call', 'completed'],
      ['function_call', 'completed'],
    ],
  )
  assert.equal(mcp.count('tools/list'), 1, 'the list is kept')
  const replayed: Seen[] = []
  await read(await responses.retrieve(last.response.id, { stream: true }), replayed)
  assert.deepEqual(replayed, seen)
})
