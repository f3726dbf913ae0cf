import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { code, picture, startCodeServer, type CodeServer } from '../code-server.ts'
import { openDatabaseOf } from '../database.ts'
import { raw } from '../raw.ts'
import { assertNumbered, shortOrder } from '../responses.ts'
import { parseEvents, until } from '../runs.ts'
import { auto, withOutputs, createOn, programs, logs } from './responses-code-fixture.ts'

/** One server for all cases: each has instructions of its own, by which the model knows its script, and containers of its own. */
let server: CodeServer
before(async () => (server = await startCodeServer()))
after(() => server[Symbol.asyncDispose]())
const create = createOn(() => server)

test('Files are given to a container that is made for a response', async () => {
  const file = await server.upload('facts.txt', 'Facts.')
  server.script('given', [code(`print(open("/mnt/data/${file.id}-facts.txt").read())`), { text: 'Read.' }])
  const container = { type: 'auto' as const, file_ids: [file.id], memory_limit: '1g' as const }
  const response = await create('given', { tools: [{ type: 'code_interpreter', container }], ...withOutputs })
  assert.deepEqual(logs(response), ['Facts.\n'])
  assert.deepEqual(response.tools, [{ type: 'code_interpreter', container }])
})

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
