import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { strFromU8, unzipSync } from 'fflate'
import type OpenAI from 'openai'
import { readPng } from '../png.ts'
import { behaviours } from '../sdks/models.ts'
import { startTestServer, type TestServer } from '../server.ts'

/** A table is uploaded, a chart of it asked for; the model makes a mistake, sees it and corrects it. */
const table = 'city,month,amount\nParis,1,12\nRome,1,30\nParis,2,18\nOslo,2,7\n'
let server: TestServer
before(async () => {
  server = await startTestServer({ models: behaviours(), env: { THREADMILL_CODE_INTERPRETER: 'auto' } })
  const { reason, packages = {} } = await server.server.sandbox
  const lacks = ['pandas', 'matplotlib', 'openpyxl'].filter((name) => !(name in packages))
  assert.deepEqual(lacks, [], `nothing here can draw: ${reason}`)
})
after(() => server[Symbol.asyncDispose]())

async function ask() {
  const { client } = server
  const file = await client.files.create({
    file: new File([table], 'turnover.csv'),
    purpose: 'assistants',
  })
  const assistant = await client.beta.assistants.create({
    model: 'analyst',
    tools: [{ type: 'code_interpreter' }],
    tool_resources: { code_interpreter: { file_ids: [file.id] } },
  })
  const thread = await client.beta.threads.create({
    messages: [{ role: 'user', content: 'Draw the sales.' }],
  })
  return { assistant_id: assistant.id, thread_id: thread.id }
}

const download = async (id: string) =>
  Buffer.from(await (await server.client.files.content(id)).arrayBuffer())

/** The answer as its files: the picture in it, and what it links to. */
async function filesOf({ content }: OpenAI.Beta.Threads.Message) {
  const [image, text, ...more] = content
  assert.deepEqual(more, [])
  assert.ok(image?.type === 'image_file' && text?.type === 'text')
  const { value, annotations } = text.text
  assert.equal(
    value,
    'The chart is above; here are [the sums](sandbox:/mnt/data/sums.xlsx) and [the picture](sandbox:/mnt/data/chart.png).',
  )
  const [sums, chart] = annotations
  assert.ok(sums?.type === 'file_path' && chart?.type === 'file_path')
  for (const { start_index, end_index, text } of [sums, chart])
    assert.equal(value.slice(start_index, end_index), text)
  return {
    shown: await download(image.image_file.file_id),
    chart: await download(chart.file_path.file_id),
    sums: await download(sums.file_path.file_id),
  }
}

function checkFiles({ shown, chart, sums }: Awaited<ReturnType<typeof filesOf>>, logs: string): void {
  const saved = readPng(chart)
  assert.deepEqual([saved.width, saved.height], [600, 400], 'figsize times dpi')
  const [, width, height] = /^shown: (\d+) (\d+)$/m.exec(logs) ?? []
  const cut = readPng(shown)
  assert.deepEqual([cut.width, cut.height], [Number(width), Number(height)])
  for (const { colours } of [saved, cut]) {
    // White, and matplotlib's first three colours for the three cities.
    for (const colour of ['ffffffff', '1f77b4ff', 'ff7f0eff', '2ca02cff'])
      assert.ok(colours.has(colour), colour)
  }
  assert.deepEqual(readSheet(sums), [
    ['city', 'amount'],
    ['Oslo', 7],
    ['Paris', 30],
    ['Rome', 30],
  ])
}

/** The cells of a workbook's first sheet, row by row. */
function readSheet(workbook: Buffer): (string | number)[][] {
  const parts = Object.fromEntries(
    Object.entries(unzipSync(workbook)).map(([name, bytes]) => [name, strFromU8(bytes)]),
  )
  assert.match(parts['[Content_Types].xml'] ?? '', /spreadsheetml\.sheet\.main\+xml/)
  assert.match(parts['xl/workbook.xml'] ?? '', /<sheet [^>]*name="Sums"/)
  const texts = [...(parts['xl/sharedStrings.xml'] ?? '').matchAll(/<t[^>]*>([^<]*)<\/t>/g)].map(
    ([, text]) => text!,
  )
  const rows = (parts['xl/worksheets/sheet1.xml'] ?? '').matchAll(/<row [^>]*>(.*?)<\/row>/gs)
  return [...rows].map(([, row = '']) =>
    [...row.matchAll(/<c ([^>]*)>.*?<[vt]>([^<]*)<\/[vt]>.*?<\/c>/gs)].map(
      ([, attributes = '', value = '']) => {
        if (attributes.includes('t="inlineStr"')) return value
        return attributes.includes('t="s"') ? texts[Number(value)]! : Number(value)
      },
    ),
  )
}

async function callsOf(run: OpenAI.Beta.Threads.Runs.Run) {
  const { steps } = server.client.beta.threads.runs
  const page = await steps.list(run.id, { thread_id: run.thread_id, order: 'asc' })
  return page.data.flatMap(({ step_details }) =>
    step_details.type === 'tool_calls'
      ? step_details.tool_calls.flatMap((call) =>
          call.type === 'code_interpreter' ? call.code_interpreter : [],
        )
      : [],
  )
}

const logsOf = (call?: Awaited<ReturnType<typeof callsOf>>[number]) =>
  (call?.outputs ?? []).map((output) => (output.type === 'logs' ? output.logs : '')).join('')

test('polled: a wrong program, its traceback, the right one, a chart and a workbook', async () => {
  const { thread_id, assistant_id } = await ask()
  const run = await server.client.beta.threads.runs.createAndPoll(thread_id, { assistant_id })
  assert.equal(run.status, 'completed')
  const [wrong, right, ...more] = await callsOf(run)
  assert.deepEqual(more, [])
  assert.match(logsOf(wrong), /columns: city, month, amount[\s\S]*KeyError: .*Sales/)
  assert.match(right?.input ?? '', /\['amount'\]\.sum\(\)/)
  assert.deepEqual(
    right?.outputs.map(({ type }) => type),
    ['logs', 'image'],
  )
  const [answer] = (await server.client.beta.threads.messages.list(run.thread_id)).data
  checkFiles(await filesOf(answer!), logsOf(right))
  const image = right?.outputs[1]
  const [shown] = answer!.content
  assert.ok(image?.type === 'image' && shown?.type === 'image_file')
  assert.equal(image.image.file_id, shown.image_file.file_id)
})

test('streamed: the same in deltas of the recorded shapes, which add up to what is stored', async () => {
  const { thread_id, assistant_id } = await ask()
  const stream = server.client.beta.threads.runs.stream(thread_id, { assistant_id })
  const heard: string[] = []
  // oxlint-disable-next-line typescript/no-explicit-any -- a delta as it came
  const deltas: any[] = []
  stream
    .on('event', (heardOf) => {
      // The client adds later deltas to the object of the first.
      const { event, data } = structuredClone(heardOf)
      if (event === 'thread.run.step.delta') deltas.push(...toolCalls(data))
      if (event === 'thread.message.delta') deltas.push(...(data.delta.content ?? []))
    })
    .on('toolCallCreated', ({ type }) => heard.push(`begins ${type}`))
    .on('toolCallDone', ({ type }) => heard.push(`ends ${type}`))
    .on('imageFileDone', () => heard.push('image'))
    .on('textDone', () => heard.push('text'))
  const [answer] = await stream.finalMessages()
  const run = await stream.finalRun()
  assert.equal(run.status, 'completed')
  const calls = ['begins code_interpreter', 'ends code_interpreter']
  assert.deepEqual(heard, [...calls, ...calls, 'image', 'text'])

  const stored = await callsOf(run)
  checkFiles(await filesOf(answer!), logsOf(stored[1]))
  const steps = (await stream.finalRunSteps()).flatMap(({ step_details }) =>
    step_details.type === 'tool_calls' ? step_details.tool_calls : [],
  )
  assert.deepEqual(
    steps.map((call) => call.type === 'code_interpreter' && call.code_interpreter.input),
    stored.map(({ input }) => input),
  )

  const kinds = deltas.map(shapeOf).filter((shape, at, all) => shape !== all[at - 1])
  const [begin, input, logs] = ['begin', 'input', 'logs']
  assert.deepEqual(kinds, [
    begin,
    input,
    logs,
    begin,
    input,
    logs,
    'image',
    'image_file',
    'text',
    'note',
    'text',
  ])
})

const toolCalls = ({ delta }: OpenAI.Beta.Threads.Runs.RunStepDeltaEvent) =>
  delta.step_details?.type === 'tool_calls' ? (delta.step_details.tool_calls ?? []) : []

/** Which of the recorded shapes a delta has, to the last key. */
// oxlint-disable-next-line typescript/no-explicit-any -- a delta as it came
function shapeOf(delta: any): string {
  const keys = (value: object) => Object.keys(value).join(' ')
  assert.equal(delta.index, delta.type === 'text' ? 1 : 0)
  if (delta.type === 'image_file') {
    assert.deepEqual([keys(delta), keys(delta.image_file)], ['index type image_file', 'file_id'])
    return 'image_file'
  }
  if (delta.type === 'text') {
    assert.equal(keys(delta), 'index type text')
    const [note] = delta.text.annotations ?? []
    if (!note) return 'text'
    assert.equal(keys(note), 'index type text start_index end_index file_path')
    assert.deepEqual([note.type, keys(note.file_path)], ['file_path', 'file_id'])
    return 'note'
  }
  assert.equal(delta.type, 'code_interpreter')
  const { input, outputs } = delta.code_interpreter
  if (delta.id !== undefined) {
    assert.equal(keys(delta), 'index id type code_interpreter')
    assert.match(delta.id, /^call_/)
    assert.deepEqual(delta.code_interpreter, { input: '', outputs: [] })
    return 'begin'
  }
  assert.equal(keys(delta), 'index type code_interpreter')
  if (input !== undefined) {
    assert.equal(keys(delta.code_interpreter), 'input')
    return 'input'
  }
  assert.equal(keys(delta.code_interpreter), 'outputs')
  assert.equal(outputs.length, 1)
  const [output] = outputs
  assert.equal(keys(output), output.type === 'logs' ? 'index type logs' : 'index type image')
  assert.equal(output.index, output.type === 'logs' ? 0 : 1)
  if (output.type === 'image') assert.equal(keys(output.image), 'file_id')
  return output.type
}
