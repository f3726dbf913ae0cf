import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { summaryInstructions } from '../../src/common/summary-instructions.ts'
import { code, startCodeServer, type CodeServer } from '../code-server.ts'
import { openDatabaseOf } from '../database.ts'
import { letExpire } from '../containers.ts'
import { raw, refused } from '../raw.ts'
import { assertNumbered, shortOrder } from '../responses.ts'
import { parseEvents, until } from '../runs.ts'

/** One server for all cases: each has instructions of its own, by which the model knows its script, and containers of its own. */
let server: CodeServer
before(async () => (server = await startCodeServer()))
after(() => server[Symbol.asyncDispose]())

type Item = OpenAI.Responses.ResponseOutputItem
const auto = [{ type: 'code_interpreter' as const, container: { type: 'auto' as const } }]
const withOutputs = { include: ['code_interpreter_call.outputs' as const] }

const create = (
  instructions: string,
  more: Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming> = {},
): Promise<OpenAI.Responses.Response> =>
  server.client.responses.create({ model: 'scripted', instructions, input: 'Go', tools: auto, ...more })

const programs = (output: readonly Item[]) =>
  output.filter(
    (item) => item.type === 'code_interpreter_call',
  ) as OpenAI.Responses.ResponseCodeInterpreterToolCall[]

/** What the programs of a response have printed. */
const logs = ({ output }: { output: readonly Item[] }) =>
  programs(output).map(({ outputs }) =>
    (outputs ?? []).map((one) => (one.type === 'logs' ? one.logs : '[picture]')).join(''),
  )

test('a program streams as was recorded', async () => {
  server.script('stream', [code('x = 6\nprint(x * 7)'), { text: 'It is 42.' }])
  const body = { model: 'scripted', instructions: 'stream', input: 'Go', tools: auto, stream: true }
  const answer = await raw(server, 'POST', '/v1/responses', body)
  const events = parseEvents(answer.text)
  assertNumbered(events)
  assert.deepEqual(shortOrder(events), [
    'created',
    'in_progress',
    'output_item.added(code_interpreter_call)',
    'code_interpreter_call.in_progress',
    'code_interpreter_call_code.delta',
    'code_interpreter_call_code.done',
    'code_interpreter_call.interpreting',
    'code_interpreter_call.completed',
    'output_item.done(code_interpreter_call)',
    'output_item.added(message)',
    'content_part.added',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done(message)',
    'completed',
  ])
  const of = (name: string) =>
    events.filter(({ event }) => event === `response.${name}`).map(({ data }) => data)
  const [added] = of('output_item.added')
  const { id, container_id } = added.item
  assert.match(id, /^ci_[0-9a-f]{50}$/)
  assert.match(container_id, /^cntr_[0-9a-f]{48}$/)
  const begun = {
    id,
    type: 'code_interpreter_call',
    status: 'in_progress',
    code: '',
    container_id,
    outputs: null,
  }
  assert.deepEqual(added.item, begun)
  assert.deepEqual(Object.keys(added.item), ['id', 'type', 'status', 'code', 'container_id', 'outputs'])
  assert.equal(
    of('code_interpreter_call_code.delta')
      .map(({ delta }) => delta)
      .join(''),
    'x = 6\nprint(x * 7)',
  )
  const [done] = of('code_interpreter_call_code.done')
  assert.deepEqual([done.item_id, done.output_index, done.code], [id, 0, 'x = 6\nprint(x * 7)'])
  const [ended] = of('output_item.done')
  assert.deepEqual(ended.item, { ...begun, status: 'completed', code: 'x = 6\nprint(x * 7)' })
  const { response } = of('completed')[0]
  assert.deepEqual(response.output[0], ended.item)
  assert.deepEqual(response.tools, auto)
})

test('what a program has given is shown to whoever asks for it, also later', async () => {
  server.script('outputs', [code('print("hello")\n1 / 0'), { text: 'Failed.' }])
  const made = await create('outputs', withOutputs)
  assert.match(logs(made)[0] ?? '', /^hello\n[\s\S]*ZeroDivisionError/)
  assert.equal(programs(made.output)[0]?.status, 'completed')
  const plain = await server.client.responses.retrieve(made.id)
  assert.ok(programs(plain.output).every(({ outputs }) => outputs !== null))
  server.script('outputs later', [code('print("hello")'), { text: 'Fine.' }])
  const later = await create('outputs later')
  assert.equal(programs(later.output)[0]?.outputs, null)
  assert.deepEqual(logs(await server.client.responses.retrieve(later.id, withOutputs)), ['hello\n'])
})

test('a response that goes on with another goes on in its container, with its variables and files', async () => {
  server.script('chain', [
    code('x = 20\nopen("/mnt/data/kept.txt", "w").write("kept")'),
    { text: 'Done.' },
    { text: 'Nothing to run.' },
    code('print(x + 1, open("/mnt/data/kept.txt").read())'),
    { text: 'It is 21.' },
  ])
  const first = await create('chain')
  const between = await create('chain', { previous_response_id: first.id, tools: [] })
  const second = await create('chain', { previous_response_id: between.id, ...withOutputs })
  assert.deepEqual(logs(second), ['21 kept\n'])
  const container = programs(first.output)[0]?.container_id ?? ''
  assert.equal(programs(second.output)[0]?.container_id, container)
  const listed = await server.client.containers.files.list(container)
  assert.deepEqual(
    listed.data.map(({ path, source }) => [path, source]),
    [['/mnt/data/kept.txt', 'assistant']],
  )
  const content = await server.client.containers.files.content.retrieve(listed.data[0]?.id ?? '', {
    container_id: container,
  })
  assert.equal(await content.text(), 'kept')
})

test('a container that has expired is followed by another one with the same files', async () => {
  server.script('expired', [
    code('x = 1\nopen("/mnt/data/kept.txt", "w").write("kept")'),
    { text: 'Done.' },
    code('print(open("/mnt/data/kept.txt").read())'),
    { text: 'Still there.' },
  ])
  const first = await create('expired')
  const container = programs(first.output)[0]?.container_id ?? ''
  await letExpire(server, container)
  const second = await create('expired', { previous_response_id: first.id, ...withOutputs })
  assert.deepEqual(logs(second), ['kept\n'])
  const next = programs(second.output)[0]?.container_id ?? ''
  assert.notEqual(next, container)
  assert.equal((await server.client.containers.retrieve(container)).status, 'expired')
  const files = await server.client.containers.files.list(next)
  assert.deepEqual(
    files.data.map(({ path }) => path),
    ['/mnt/data/kept.txt'],
  )
})

test('a container that is named is used with the files that were put into it, and refused once it has expired', async () => {
  const { containers } = server.client
  const { id } = await containers.create({ name: 'named' })
  const file = await containers.files.create(id, {
    file: await toFile(Buffer.from('a,b\n1,2\n'), 'table.csv'),
  })
  const tools = [{ type: 'code_interpreter' as const, container: id }]
  server.script('named', [
    code(`print(open("${file.path}").read())\n_ = open("/mnt/data/out.txt", "w").write("out")`),
    { text: 'Read.' },
    code(`import os\nprint(sorted(os.listdir("/mnt/data")))`),
    { text: 'Gone.' },
  ])
  const response = await create('named', { tools, ...withOutputs })
  assert.deepEqual(logs(response), ['a,b\n1,2\n\n'])
  assert.equal(programs(response.output)[0]?.container_id, id)
  assert.ok(server.systems.some((text) => text.includes(`- ${file.path}`)))
  await containers.files.delete(file.id, { container_id: id })
  assert.deepEqual(logs(await create('named', { tools, ...withOutputs })), ["['out.txt']\n"])

  await letExpire(server, id)
  const body = { model: 'scripted', input: 'Go', tools }
  refused(await raw(server, 'POST', '/v1/responses', body), 400, 'Container is expired.')
  await containers.delete(id)
  refused(await raw(server, 'POST', '/v1/responses', body), 404, `Container with id '${id}' not found.`)
})

test('Files are given to a container that is made for a response', async () => {
  const file = await server.upload('facts.txt', 'Facts.')
  server.script('given', [code(`print(open("/mnt/data/${file.id}-facts.txt").read())`), { text: 'Read.' }])
  const container = { type: 'auto' as const, file_ids: [file.id], memory_limit: '1g' as const }
  const response = await create('given', { tools: [{ type: 'code_interpreter', container }], ...withOutputs })
  assert.deepEqual(logs(response), ['Facts.\n'])
  assert.deepEqual(response.tools, [{ type: 'code_interpreter', container }])
})

/** A program that shows a picture of 2 x 3 points without any library. */
const picture = `
import struct, zlib
class Picture:
    def _repr_png_(self):
        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        rows = (b"\\x00" + b"\\xff\\x00\\x00" * 2) * 3
        return b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 3, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
Picture()
`

test('a file with a name that no file system takes is there under as much of it as one takes', async () => {
  const { containers } = server.client
  const { id } = await containers.create({ name: 'names' })
  for (const name of [`${'名'.repeat(120)}.csv`, 'x'.repeat(400)])
    await containers.files.create(id, { file: await toFile(Buffer.from(name.at(0) ?? ''), name) })
  const { uploads } = server.client
  const broken = {
    bytes: 1,
    filename: 'caf\ufffd.txt',
    mime_type: 'text/plain',
    purpose: 'user_data',
  } as const
  const upload = await uploads.create(broken)
  const part = await uploads.parts.create(upload.id, { data: await toFile(Buffer.from('c'), 'part') })
  const { file } = await uploads.complete(upload.id, { part_ids: [part.id] })
  await containers.files.create(id, { file_id: file?.id ?? '' })
  const { data } = await containers.files.list(id, { order: 'asc' })
  const paths = data.map(({ path }) => path)
  assert.deepEqual(
    paths.map((path) => path.replace(/^.mnt.data.(file-)?[0-9A-Za-z]+-/, '')),
    [`${'名'.repeat(72)}.csv`, 'x'.repeat(222), 'caf_.txt'],
  )
  server.script('names', [
    code(`for path in ${JSON.stringify(paths)}: print(open(path).read())`),
    { text: 'Read.' },
  ])
  const tools = [{ type: 'code_interpreter' as const, container: id }]
  assert.deepEqual(logs(await create('names', { tools, ...withOutputs })), ['名\nx\nc\n'])
})

test('files that the text links are cited after its last delta, and pictures that it shows without a link', async () => {
  const { containers } = server.client
  const write = 'for name in ("a b.csv", "left.txt"): open("/mnt/data/" + name, "w").write("1,2") and None\n'
  const text = ['Grüße 😀: [table](sandbox:/mnt/da', 'ta/a%20b.csv), and a picture.']
  server.script('cited', [code(write + picture), { text }])
  const body = {
    model: 'scripted',
    instructions: 'cited',
    input: 'Go',
    tools: auto,
    stream: true,
    ...withOutputs,
  }
  const events = parseEvents((await raw(server, 'POST', '/v1/responses', body)).text)
  assertNumbered(events)
  assert.deepEqual(shortOrder(events).slice(-8), [
    'content_part.added',
    'output_text.delta',
    'output_text.annotation.added',
    'output_text.annotation.added',
    'output_text.done',
    'content_part.done',
    'output_item.done(message)',
    'completed',
  ])
  const { output } = events.at(-1)?.data.response as OpenAI.Responses.Response
  const [program] = programs(output)
  const container_id = program?.container_id ?? ''
  const [image] = program?.outputs ?? []
  assert.ok(image?.type === 'image' && image.url.startsWith('data:image/png;base64,iVBOR'))

  const part = output[1]?.type === 'message' ? output[1].content[0] : undefined
  assert.ok(part?.type === 'output_text')
  const [linked, shown] = part.annotations as OpenAI.Responses.ResponseOutputText.ContainerFileCitation[]
  assert.ok(linked && shown)
  const characters = [...part.text]
  assert.equal(characters.slice(linked.start_index, linked.end_index).join(''), 'sandbox:/mnt/data/a%20b.csv')
  assert.deepEqual(Object.keys(linked), [
    'type',
    'container_id',
    'end_index',
    'file_id',
    'filename',
    'start_index',
  ])
  assert.deepEqual([linked.container_id, linked.filename], [container_id, 'a b.csv'])
  assert.deepEqual([shown.filename, shown.start_index, shown.end_index], [`${shown.file_id}.png`, 0, 0])
  const added = events.filter(({ event }) => event === 'response.output_text.annotation.added')
  assert.deepEqual(
    added.map(({ data }) => [data.annotation_index, data.content_index, data.annotation]),
    [
      [0, 0, linked],
      [1, 0, shown],
    ],
  )

  const content = (id: string) => containers.files.content.retrieve(id, { container_id })
  assert.equal(await (await content(linked.file_id)).text(), '1,2')
  const png = await content(shown.file_id)
  assert.equal(png.headers.get('content-type'), 'image/png')
  assert.equal(Buffer.from(await png.arrayBuffer()).toString('base64'), image.url.slice(22))
  const { data } = await containers.files.list(container_id, { order: 'asc' })
  assert.deepEqual(
    new Set(data.map(({ path }) => path)),
    new Set([`/mnt/data/${shown.filename}`, '/mnt/data/a b.csv', '/mnt/data/left.txt']),
  )
  assert.equal((await raw(server, 'GET', `/v1/files/${linked.file_id}`)).status, 404)
})

test('a program of one API goes on with the session and the files of the other, which both show', async () => {
  const { client } = server
  const s = await server.createFixture('both', [
    code('x = 1\n_ = open("/mnt/data/a.txt", "w").write("from a run")'),
    { text: 'Begun.' },
    code(
      'x += 1\nprint(open("/mnt/data/a.txt").read())\n_ = open("/mnt/data/b.txt", "w").write("from a response")',
    ),
    { text: ['See [b](sandbox:/mnt/data/b.txt).'] },
    code('print(x, open("/mnt/data/b.txt").read())'),
    { text: 'Ended.' },
  ])
  await s.run()
  const conversation = s.thread.id.replace('thread_', 'conv_')
  const items = await client.conversations.items.list(conversation, { order: 'asc', ...withOutputs })
  const [ofRun] = items.data.filter(({ type }) => type === 'code_interpreter_call') as {
    container_id?: string
  }[]
  const container = await client.containers.retrieve(ofRun?.container_id ?? '')
  assert.equal(container.status, 'running')
  const response = await create('both', { conversation, ...withOutputs })
  assert.deepEqual(logs(response), ['from a run\n'])
  assert.equal(programs(response.output)[0]?.container_id, container.id)
  const files = await client.containers.files.list(container.id, { order: 'asc' })
  assert.deepEqual(
    files.data.map(({ path, source }) => [path, source]),
    [
      ['/mnt/data/a.txt', 'assistant'],
      ['/mnt/data/b.txt', 'assistant'],
    ],
  )

  const answer = await s.answer()
  const [part] = answer.content
  const [link] = part?.type === 'text' ? part.text.annotations : []
  assert.ok(link?.type === 'file_path')
  assert.equal(link.text, 'sandbox:/mnt/data/b.txt')
  assert.equal(await (await client.files.content(link.file_path.file_id)).text(), 'from a response')
  assert.equal(files.data[1]?.id, link.file_path.file_id.replace('file-', 'cfile_'))

  const run = await s.run()
  assert.deepEqual((await s.calls(run.id))[0]?.outputs, [{ type: 'logs', logs: '2 from a response\n' }])
})

test('a copy of a thread has a sandbox of its own, which begins with the files that were there', async () => {
  const { client } = server
  const read = 'print(open("/mnt/data/a.txt").read())'
  const s = await server.createFixture('copied', [
    code('_ = open("/mnt/data/a.txt", "w").write("of both")'),
    { text: 'Begun.' },
    code(`${read}\n_ = open("/mnt/data/a.txt", "w").write("of the copy")`),
    { text: 'Changed.' },
    code(read),
    { text: 'Ended.' },
  ])
  const inThread = (id: string) =>
    create('copied', { conversation: id.replace('thread_', 'conv_'), ...withOutputs })
  await inThread(s.thread.id)
  const copied = await raw(server, 'POST', `/v1/threads/${s.thread.id}/copy`, {})
  const copy = await inThread(copied.json.id)
  assert.deepEqual(logs(copy), ['of both\n'])
  const original = await inThread(s.thread.id)
  assert.deepEqual(logs(original), ['of both\n'])
  const containers = [copy, original].map(({ output }) => programs(output)[0]?.container_id ?? '')
  assert.notEqual(containers[0], containers[1])

  const [file] = (await client.containers.files.list(containers[1] ?? '')).data
  const id = (file?.id ?? '').replace('cfile_', 'file-')
  const other = await client.containers.create({ name: 'other', file_ids: [id] })
  const [put] = (await client.containers.files.list(other.id)).data
  assert.equal(put?.path, `/mnt/data/${id}-a.txt`, 'a File that is named by its path')
})

test('a copy has a container of its own, and its files for as long as it or the original is there', async () => {
  const { client } = server
  server.script('copied with files', [{ text: 'Yes.' }])
  const { id: conversation } = await client.conversations.create()
  await create('copied with files', { conversation })
  const [container] = (await client.containers.list({ limit: 1 })).data
  const original = container?.id ?? ''
  await client.conversations.items.create(conversation, {
    items: [
      {
        type: 'code_interpreter_call',
        id: 'ci_1',
        code: '1',
        container_id: original,
        outputs: [],
        status: 'completed',
      },
    ],
  })
  const add = async (text: string) =>
    (await client.containers.files.create(original, { file: await toFile(Buffer.from(text), 'x.txt') })).id
  const [both, taken] = [await add('both'), await add('taken')]
  const thread = conversation.replace('conv_', 'thread_')
  const copy = (await raw(server, 'POST', `/v1/threads/${thread}/copy`, {})).json.id
  const called = (await client.conversations.items.list(copy.replace('thread_', 'conv_'))).data[0]
  assert.ok(called?.type === 'code_interpreter_call')
  const own = called.container_id
  assert.notEqual(own, original)
  const filesOf = async (id: string) => (await client.containers.files.list(id)).data.map((file) => file.id)
  assert.deepEqual(await filesOf(own), [taken, both])
  await client.containers.files.delete(taken, { container_id: original })
  assert.deepEqual([await filesOf(original), await filesOf(own)], [[both], [taken, both]])

  await client.beta.threads.delete(thread)
  await until(async () => (await raw(server, 'GET', `/v1/containers/${original}`)).status === 404)
  for (const [id, text] of [
    [both, 'both'],
    [taken, 'taken'],
  ] as const) {
    const content = await client.containers.files.content.retrieve(id, { container_id: own })
    assert.equal(await content.text(), text)
  }
  await client.beta.threads.delete(copy)
  const db = await openDatabaseOf(server.dataDir)
  const isKept = (id: string) => db.get('select 1 from files where id = ?', id.replace('cfile_', 'file-'))
  await until(async () => !(await isKept(both)) && !(await isKept(taken)))
  await db.close()
})

test('a program that is sent back is read by the model, and its container is gone on with', async () => {
  server.script('sent back', [
    code('x = 5\nprint("five")'),
    { text: 'Five.' },
    code('print(x)'),
    { text: 'Still five.' },
  ])
  const first = await create('sent back', { store: false, ...withOutputs })
  const input = [
    { role: 'user' as const, content: 'Go' },
    ...first.output,
    { role: 'user' as const, content: 'Again' },
  ]
  const second = await create('sent back', {
    input: input as OpenAI.Responses.ResponseInput,
    store: false,
    ...withOutputs,
  })
  assert.deepEqual(logs(second), ['5\n'])
  assert.equal(programs(second.output)[0]?.container_id, programs(first.output)[0]?.container_id)
  for (const item of [{ container_id: 'cntr_x', code: 1 }, { code: 'x' }]) {
    const body = { model: 'scripted', input: [{ type: 'code_interpreter_call', ...item }] }
    assert.equal((await raw(server, 'POST', '/v1/responses', body)).status, 400)
  }
})

test('a compaction that is sent back alone goes on in the container of the programs of which it tells', async () => {
  const summary = { text: 'A program has run.' }
  server.script(summaryInstructions.split('\n')[0] ?? '', [summary, summary])
  server.script('compacted', [
    code('x = 20\nprint("word " * 900)'),
    { text: 'Done.' },
    code('print(x + 1)'),
    { text: 'It is 21.' },
    code('print(x + 2)'),
    { text: 'It is 22.' },
  ])
  const compact_threshold = 1_000
  const first = await create('compacted', { context_management: [{ type: 'compaction', compact_threshold }] })
  const folded = first.output.findLast(({ type }) => type === 'compaction')
  assert.ok(folded)
  const question = { role: 'user' as const, content: 'And?' }
  const inResponse = await create('compacted', { input: [folded as never, question], ...withOutputs })
  assert.deepEqual(logs(inResponse), ['21\n'])
  const { json } = await raw(server, 'POST', '/v1/responses/compact', {
    model: 'scripted',
    input: [question, ...first.output],
  })
  const byItself = await create('compacted', { input: [...json.output, question], ...withOutputs })
  assert.deepEqual(logs(byItself), ['22\n'])
})

test('a response that must run a program does, and one that names a tool that it does not have is refused', async () => {
  server.script('must', [code('print(1)'), { text: 'One.' }])
  const response = await create('must', { tool_choice: { type: 'code_interpreter' } })
  assert.equal(programs(response.output).length, 1)
  assert.deepEqual(response.tool_choice, { type: 'code_interpreter' })
  const without = { model: 'scripted', input: 'Go', tool_choice: { type: 'code_interpreter' } }
  assert.equal((await raw(server, 'POST', '/v1/responses', without)).status, 400)
})

for (const [tool, message, param, reason, status = 400] of [
  [
    {},
    "Missing required parameter: 'tools[0].container'.",
    'tools[0].container',
    'missing_required_parameter',
  ],
  [
    { container: 7 },
    "Invalid type for 'tools[0].container': expected one of a string or object, but got an integer instead.",
    'tools[0].container',
    'invalid_type',
  ],
  [
    { container: { type: 'manual' } },
    "Invalid value: 'manual'. Supported values are: 'auto'.",
    'tools[0].container.type',
    'invalid_value',
  ],
  [
    { container: { type: 'auto', memory_limit: '64g' } },
    "Unsupported value: '64g' is not supported by this server, whose Python sessions have less memory.",
    'tools[0].container.memory_limit',
    'unsupported_value',
  ],
  [
    { container: { type: 'auto', file_ids: ['file-none'] } },
    'No such File object: file-none',
    'tools[0].container.file_ids',
    null,
    404,
  ],
  [
    { container: { type: 'auto', colour: 1 } },
    "Unknown parameter: 'tools[0].container.colour'.",
    'tools[0].container.colour',
    'unknown_parameter',
  ],
] as [object, string, string, string | null, number?][]) {
  test(`${JSON.stringify(tool)} is refused`, async () => {
    const tools = [{ type: 'code_interpreter', ...tool }]
    const answer = await raw(server, 'POST', '/v1/responses', { model: 'scripted', input: 'Go', tools })
    refused(answer, status, message, { param, code: reason })
  })
}

test('a program that ends its session says so, and the model goes on in a new one with the files', async () => {
  server.script('dies', [
    code('x = 1\n_ = open("/mnt/data/kept.txt", "w").write("kept")'),
    code('import ctypes\nctypes.string_at(0)'),
    code('print("x" in globals(), open("/mnt/data/kept.txt").read())'),
    { text: 'Gone on.' },
  ])
  const response = await create('dies', withOutputs)
  assert.equal(response.status, 'completed')
  assert.match(logs(response)[1] ?? '', /The Python session ended: it crashed\./)
  assert.equal(logs(response)[2], 'False kept\n')
})

test('a response whose container is deleted while its program runs fails, and says why', async () => {
  server.script('deleted', [code('import time\ntime.sleep(50)')])
  const { id } = await create('deleted', { background: true })
  const { containers, responses } = server.client
  let container = ''
  await until(async () => {
    const [newest] = (await containers.list({ limit: 1 })).data
    container = newest?.id ?? ''
    const db = await openDatabaseOf(server.dataDir)
    const row = await db.get<{ sessions: number }>('select sessions from containers where id = ?', container)
    await db.close()
    return row?.sessions === 1
  })
  await containers.delete(container)
  await until(async () => (await responses.retrieve(id)).status === 'failed')
  const { error, output } = await responses.retrieve(id)
  assert.equal(error?.message, `Container with id '${container}' not found.`)
  assert.equal(programs(output)[0]?.status, 'incomplete')
})

test('what is in the container of a conversation stays with its thread when the container is deleted', async () => {
  server.script('left', [
    code('x = 20\nopen("/mnt/data/kept.txt", "w").write("kept")'),
    { text: 'Done.' },
    code('print(x + 1, open("/mnt/data/kept.txt").read())'),
    { text: 'Still there.' },
  ])
  const conversation = (await server.client.conversations.create()).id
  const first = await create('left', { conversation })
  const container = programs(first.output)[0]?.container_id ?? ''
  await server.client.containers.delete(container)
  const second = await create('left', { conversation, ...withOutputs })
  assert.deepEqual(logs(second), ['21 kept\n'])
  assert.notEqual(programs(second.output)[0]?.container_id, container)
})
