import { callStep, messageStep, runBegins, runCompletes } from '../run-orders.ts'
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { code, picture, startCodeServer, type CodeServer } from '../code-server.ts'
import { raw, refused } from '../raw.ts'
import { order } from '../runs.ts'
import { startTestServer } from '../server.ts'

/** One server for all cases: each has an assistant and a thread of its own, so a session of its own. */
let server: CodeServer
before(async () => {
  server = await startCodeServer()
})
after(() => server[Symbol.asyncDispose]())

test('the model writes wrong code, sees the traceback and corrects it; variables stay between runs', async () => {
  const s = await server.createFixture('rewrite', [
    code('x = 20\nprint(x +)'),
    code('x = 20\nprint(undefined_name)'),
    code('print("x is", x)\nx + 1'),
    { text: 'It is 21.' },
    code('x * 2'),
    { text: 'And 40.' },
  ])
  const run = await s.run()
  assert.equal(run.status, 'completed')
  const calls = await s.calls(run.id)
  assert.deepEqual(
    calls.map((call) => call.input),
    ['x = 20\nprint(x +)', 'x = 20\nprint(undefined_name)', 'print("x is", x)\nx + 1'],
  )
  const logs = calls.map(({ outputs }) =>
    outputs.map((output) => (output.type === 'logs' ? output.logs : '')).join(''),
  )
  assert.match(logs[0] ?? '', /SyntaxError/)
  assert.match(logs[1] ?? '', /line 2[\s\S]*NameError/)
  assert.equal(logs[2], 'x is 20\n21\n')
  assert.ok(server.told.some((text) => text.includes('NameError')))
  const second = await s.run()
  const [again] = await s.calls(second.id)
  assert.deepEqual(again?.outputs, [{ type: 'logs', logs: '40\n' }])
})

test('a program is found in what models write around it, and what is none is explained and not run', async () => {
  const call = (name: string, args: string) => ({ toolCalls: [{ name, arguments: args }] })
  const s = await server.createFixture('around', [
    call('python', 'print(1)'),
    call('code_interpreter', '{"code": "if True:\n\tprint(2)"}'),
    call('code_interpreter', JSON.stringify({ code: '```python\nprint(3)\n```' })),
    call('code_interpreter', '{"source": ["a = 4", "print(a)"]}'),
    call('code_interpreter', '{"first": "print(5)", "second": "print(6)"}'),
    { text: 'Done.' },
  ])
  const run = await s.run()
  assert.equal(run.status, 'completed')
  const calls = await s.calls(run.id)
  assert.deepEqual(
    calls.map(({ input, outputs }) => [
      input,
      outputs.map((one) => one.type === 'logs' && one.logs).join(''),
    ]),
    [
      ['print(1)', '1\n'],
      ['if True:\n\tprint(2)', '2\n'],
      ['print(3)', '3\n'],
      ['a = 4\nprint(a)', '4\n'],
      ['{"first": "print(5)", "second": "print(6)"}', ''],
    ],
  )
  assert.ok(server.told.some((text) => text.includes("the parameter 'code' is missing")))
})

test('the streamed deltas have the recorded shapes and add up to the step', async () => {
  const s = await server.createFixture('deltas', [code('for i in range(2):\n    print(i)'), { text: 'Done' }])
  const events = await s.stream()
  assert.deepEqual(order(events), [...runBegins, ...callStep, ...messageStep, ...runCompletes])
  const deltas = events
    .filter(({ event }) => event === 'thread.run.step.delta')
    .map(({ data }) => data.delta.step_details.tool_calls[0])
  const [first, second] = deltas
  assert.deepEqual(first, {
    index: 0,
    id: first.id,
    type: 'code_interpreter',
    code_interpreter: { input: '', outputs: [] },
  })
  assert.deepEqual(Object.keys(second), ['index', 'type', 'code_interpreter'])
  const step = events.find(({ event }) => event === 'thread.run.step.completed')?.data.step_details
    .tool_calls[0]
  assert.equal(deltas.map((call) => call.code_interpreter.input ?? '').join(''), step.code_interpreter.input)
  const outputs = deltas.flatMap((call) => call.code_interpreter.outputs ?? [])
  assert.ok(outputs.every((output) => output.index === 0 && output.type === 'logs'))
  assert.equal(outputs.map((output) => output.logs).join(''), '0\n1\n')
  assert.deepEqual(step.code_interpreter.outputs, [{ type: 'logs', logs: '0\n1\n' }])
})

test('a picture is an output of the step, comes first in the message, and downloads', async () => {
  const s = await server.createFixture('picture', [code(picture), { text: 'Here it is.' }])
  const run = await s.run()
  const [call] = await s.calls(run.id)
  const image = call?.outputs.find((output) => output.type === 'image')
  assert.ok(image?.type === 'image')
  const { content } = await s.answer()
  assert.deepEqual(
    content.map((part) => part.type),
    ['image_file', 'text'],
  )
  assert.ok(content[0]?.type === 'image_file' && content[0].image_file.file_id === image.image.file_id)
  const file = await server.client.files.retrieve(image.image.file_id ?? '')
  assert.equal(file.purpose, 'assistants_output')
  const bytes = Buffer.from(await (await server.client.files.content(file.id)).arrayBuffer())
  assert.equal(bytes.length, file.bytes)
  assert.deepEqual([bytes.readUInt32BE(16), bytes.readUInt32BE(20)], [2, 3])
})

test('files are there under their id and their name, and what is written is offered as a file', async () => {
  const file = await server.client.files.create({
    file: new File(['a,b\n1,2\n3,4\n'], 'my numbers.csv'),
    purpose: 'assistants',
  })
  const s = await server.createFixture(
    'files',
    [
      code(`
a = open("/mnt/data/my numbers.csv").read()
assert a == open("/mnt/data/${file.id}").read()
open("/mnt/data/sum.csv", "w").write(str(sum(int(line.split(",")[1]) for line in a.split()[1:])))
`),
      { text: ['Get [it](sandbox:/mnt', '/data/sum.csv)', ' or not: sandbox:/mnt/data/none.txt'] },
    ],
    { file_ids: [file.id] },
  )
  const run = await s.run()
  assert.equal(run.status, 'completed')
  assert.match(
    server.systems.find((system) => system.startsWith('files')) ?? '',
    /\/mnt\/data\/my numbers\.csv/,
  )
  const [part] = (await s.answer()).content
  assert.ok(part?.type === 'text')
  const [note, ...more] = part.text.annotations
  assert.ok(note?.type === 'file_path')
  assert.deepEqual(more, [])
  assert.equal(note.text, 'sandbox:/mnt/data/sum.csv')
  assert.equal(part.text.value.slice(note.start_index, note.end_index), note.text)
  assert.equal(await (await server.client.files.content(note.file_path.file_id)).text(), '6')
  assert.equal((await server.client.files.retrieve(note.file_path.file_id)).filename, '/mnt/data/sum.csv')
})

test('a program may change its copy of an input file', async () => {
  const file = await server.client.files.create({
    file: new File(['a,b\n1,2\n'], 'table.csv'),
    purpose: 'assistants',
  })
  const s = await server.createFixture(
    'changes',
    [
      code('open("/mnt/data/table.csv", "a").write("3,4\\n")'),
      code('print(open("/mnt/data/table.csv").read(), end="")'),
      { text: 'Done.' },
    ],
    { file_ids: [file.id] },
  )
  const run = await s.run()
  assert.deepEqual((await s.calls(run.id))[1]?.outputs, [{ type: 'logs', logs: 'a,b\n1,2\n3,4\n' }])
})

test('a file attached to a message is there as well', async () => {
  const s = await server.createFixture('attached', [
    code('open("/mnt/data/note.txt").read()'),
    { text: 'Read.' },
  ])
  const file = await server.client.files.create({
    file: new File(['hello'], 'note.txt'),
    purpose: 'assistants',
  })
  await server.client.beta.threads.messages.create(s.thread.id, {
    role: 'user',
    content: 'Read this',
    attachments: [{ file_id: file.id, tools: [{ type: 'code_interpreter' }] }],
  })
  const run = await s.run()
  assert.deepEqual((await s.calls(run.id))[0]?.outputs, [{ type: 'logs', logs: "'hello'\n" }])
})

test('a session that dies is reported to the model, which goes on', async () => {
  const s = await server.createFixture('dies', [
    code('z = 1\nimport os\nos.abort()'),
    code('z'),
    { text: 'Gone.' },
  ])
  const run = await s.run()
  assert.equal(run.status, 'completed')
  const logs = JSON.stringify(await s.calls(run.id))
  assert.match(logs, /session ended/)
  assert.match(logs, /NameError/)
})

test('where no sandbox is to be had, the run fails and says why', async () => {
  await using without = await startTestServer({ models: { scripted: scripted([code('1')]) } })
  const { beta } = without.client
  const assistant = await beta.assistants.create({ model: 'scripted', tools: [{ type: 'code_interpreter' }] })
  const run = await beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'Go' }] },
  })
  assert.equal(run.status, 'failed')
  assert.equal(
    run.last_error?.message,
    'The code interpreter is not available on this server: it is switched off.',
  )
  const [step] = (await beta.threads.runs.steps.list(run.id, { thread_id: run.thread_id })).data
  assert.equal(step?.status, 'failed')
  const ask = { model: 'scripted', input: 'Go' }
  const says = "The hosted tool 'code_interpreter' is not supported by this server: it is switched off."
  refused(
    await raw(without, 'POST', '/v1/responses', {
      ...ask,
      tools: [
        { type: 'function', name: 'f' },
        { type: 'code_interpreter', container: { type: 'auto' } },
      ],
    }),
    400,
    says,
    { param: 'tools[1].type', code: 'unsupported_parameter' },
  )
  refused(
    await raw(without, 'POST', '/v1/responses', { ...ask, prompt: { id: assistant.id } }),
    400,
    `The assistant that 'prompt' names has a tool that a response cannot have: ${says}`,
    { param: 'prompt' },
  )
})

test('a formula is told to the model as text, beside its picture', async () => {
  const s = await server.createFixture('formula', [
    code('import sympy\nsympy.init_printing()\nx = sympy.Symbol("x")\nsympy.integrate(sympy.cos(x), x)'),
    code(
      'class Plot:\n    def _repr_png_(self): return Picture()._repr_png_()\n    def __repr__(self): return "<Plot>"\n' +
        picture.replace('Picture()', 'Plot()'),
    ),
    { text: 'It is the sine.' },
  ])
  const run = await s.run()
  assert.equal(run.status, 'completed')
  const [formula, plot] = await s.calls(run.id)
  assert.deepEqual(
    formula?.outputs.map(({ type }) => type),
    ['logs', 'image'],
  )
  assert.ok(server.told.some((text) => text.includes('sin(x)') && text.includes('Pictures shown')))
  // The name of its class says nothing of a picture.
  assert.deepEqual(
    plot?.outputs.map(({ type }) => type),
    ['image'],
  )
})

test('the model is told which packages there are, and what to do without others', async () => {
  const model = scripted([{ text: 'Fine.' }])
  await using other = await startTestServer({
    models: { scripted: model },
    env: { THREADMILL_CODE_INTERPRETER: 'auto' },
  })
  await other.server.sandbox
  const { beta } = other.client
  const assistant = await beta.assistants.create({ model: 'scripted', tools: [{ type: 'code_interpreter' }] })
  await beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'Go' }] },
  })
  const [tool] = model.calls[0]?.tools ?? []
  const description = tool?.type === 'function' ? tool.description : undefined
  assert.match(
    description ?? '',
    /there are numpy, pandas, matplotlib, .*openpyxl.*; nothing else can be installed/,
  )
  assert.match(description ?? '', /a plotly figure that is shown becomes an HTML file/)

  const s = await server.createFixture('missing', [
    code('import tensorflow'),
    code('!pip install torch'),
    { text: 'No.' },
  ])
  await s.run()
  const [missing, pip] = server.told.slice(-2)
  assert.match(
    missing ?? '',
    /No module named 'tensorflow'[^]*It has: numpy, [^]*In place of tensorflow: sklearn/,
  )
  assert.match(pip ?? '', /torch is not among the packages of this Python, and it has no network/)
})

test('a session whose memory is full is renewed, and the model is told', async () => {
  await using small = await startCodeServer({ settings: { memory_mb: 500 } })
  const s = await small.createFixture('full', [
    code('open("kept.txt", "w").write("kept")\nhog = []\nwhile True: hog.append(bytearray(8 << 20))'),
    code('print(open("/mnt/data/kept.txt").read(), "hog" in globals())'),
    { text: 'Done.' },
  ])
  const run = await s.run()
  assert.equal(run.status, 'completed')
  assert.match(
    small.told[0] ?? '',
    /MemoryError[^]*Files written: \/mnt\/data\/kept\.txt[^]*so it was renewed/,
  )
  assert.match(small.told[1] ?? '', /kept False/)
})

test('a long traceback is cut in the middle', async () => {
  const s = await server.createFixture('long', [
    code('def first(n): return second(n)\ndef second(n): return first(n)\nprint("begins")\nfirst(1)'),
    { text: 'Deep.' },
  ])
  await s.run()
  const told = server.told.at(-1) ?? ''
  assert.match(
    told,
    /^begins[^]*first\(1\)[^]*RecursionError[^]*calls in the middle of this traceback were left out/,
  )
  assert.ok(told.length < 20_000)
})
