import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { summaryInstructions } from '../../src/common/summary-instructions.ts'
import { code, startCodeServer, type CodeServer } from '../code-server.ts'
import { letExpire } from '../containers.ts'
import { raw, refused } from '../raw.ts'
import { assertNumbered, shortOrder } from '../responses.ts'
import { parseEvents } from '../runs.ts'
import { auto, withOutputs, createOn, programs, logs } from './responses-code-fixture.ts'

/** One server for all cases: each has instructions of its own, by which the model knows its script, and containers of its own. */
let server: CodeServer
before(async () => (server = await startCodeServer()))
after(() => server[Symbol.asyncDispose]())
const create = createOn(() => server)

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

test('a program that is sent back as it is listed, without its output, is read with it', async () => {
  server.script('listed', [code('print("five")'), { text: 'Five.' }, { text: 'Still five.' }])
  const first = await create('listed')
  assert.equal(programs(first.output)[0]?.outputs, null)
  const input = [...first.output, { role: 'user' as const, content: 'Again' }]
  const second = await create('listed', { input: input as OpenAI.Responses.ResponseInput })
  const { data } = await server.client.responses.inputItems.list(second.id, withOutputs)
  assert.deepEqual(logs({ output: data as OpenAI.Responses.ResponseOutputItem[] }), ['five\n'])
  const changed = first.output.map((item) =>
    item.type === 'code_interpreter_call' ? { ...item, code: 'print("six")' } : item,
  )
  server.script('listed', [{ text: 'Six?' }])
  const another = [...changed, ...input.slice(-1)] as OpenAI.Responses.ResponseInput
  const third = await create('listed', { input: another })
  const listed = await server.client.responses.inputItems.list(third.id, withOutputs)
  const [program] = programs(listed.data as OpenAI.Responses.ResponseOutputItem[])
  assert.equal(program?.code, 'print("six")', 'another program has not printed that')
  assert.equal(program.outputs, null)
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
