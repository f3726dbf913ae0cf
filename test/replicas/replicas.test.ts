import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PythonSession } from '../../src/contract/python-sessions.ts'
import { scripted } from '../../src/models/scripted.ts'
import { raw } from '../raw.ts'
import { parseEvents, until } from '../runs.ts'
import type { TestServer } from '../server.ts'
import { apiKey, startReplicas } from './replicas.ts'

const words = Array.from({ length: 40 }, (_, at) => `word${at} `)
const call = { toolCalls: [{ name: 'weather', arguments: { city: 'Paris' } }] }
const weather = { type: 'function', function: { name: 'weather' } } as const

async function newThread({ client }: TestServer) {
  const assistant = await client.beta.assistants.create({ model: 'm', tools: [weather] })
  const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  return { assistant_id: assistant.id, thread_id: thread.id }
}

const streamOf = ({ url }: TestServer, path: string, init: RequestInit = {}) =>
  fetch(`${url}/v1${path}`, {
    ...init,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...init.headers },
  })

async function textOf({ client }: TestServer, threadId: string): Promise<string | undefined> {
  const [message] = (await client.beta.threads.messages.list(threadId)).data
  const [part] = message?.content ?? []
  return part?.type === 'text' ? part.text.value : undefined
}

test('what one server was given, every server has', async () => {
  await using s = await startReplicas({ m: scripted(() => ({ text: 'Hi.' })) })
  const { assistant_id, thread_id } = await newThread(s.one)
  const run = await s.other.client.beta.threads.runs.createAndPoll(thread_id, { assistant_id })
  assert.equal(run.status, 'completed')
  assert.equal(await textOf(s.one, thread_id), 'Hi.')
  const file = await s.one.client.files.create({
    file: new File(['The harbour opens at six.'], 'harbour.txt'),
    purpose: 'assistants',
  })
  assert.equal(await (await s.other.client.files.content(file.id)).text(), 'The harbour opens at six.')
})

test('a stream that is read through another server has the same events, byte for byte', async () => {
  const goOn = Promise.withResolvers<void>()
  await using s = await startReplicas({
    m: scripted(async () => {
      await goOn.promise
      return { text: words }
    }),
  })
  const { assistant_id, thread_id } = await newThread(s.one)
  const run = await s.one.client.beta.threads.runs.create(thread_id, { assistant_id })
  const path = `/threads/${thread_id}/runs/${run.id}/stream`
  const streams = [s.one, s.other].map(async (server) => (await streamOf(server, path)).text())
  goOn.resolve()
  const [here, there] = await Promise.all(streams)
  const frames = (text = '') => text.split('\n\n').filter((frame) => !frame.startsWith(':'))
  assert.deepEqual(frames(there), frames(here))
  assert.equal(parseEvents(there ?? '').at(-1)?.event, 'done')
})

test('each server lists itself and those that hold work', async () => {
  const model = scripted(() => ({ hang: true }))
  await using s = await startReplicas({ m: model })
  const { assistant_id, thread_id } = await newThread(s.one)
  const run = await s.one.client.beta.threads.runs.create(thread_id, { assistant_id })
  await until(async () => model.calls.length === 1)
  const seenBy = async (server: TestServer) =>
    (await raw(server, 'GET', '/health')).json.database.servers.map((one: Record<string, unknown>) => ({
      ...one,
      id: undefined,
    }))
  const seen = [await seenBy(s.one), await seenBy(s.other)].toSorted((a, b) => a.length - b.length)
  const working = { id: undefined, self: true, since: run.created_at, runs: 1, files: 0 }
  const idle = { id: undefined, self: true, since: null, runs: 0, files: 0 }
  assert.deepEqual(seen, [[working], [idle, { ...working, self: false }]])
  await s.other.client.beta.threads.runs.cancel(run.id, { thread_id })
})

test('a cancel through another server reaches the model', async () => {
  const model = scripted(() => ({ hang: true }))
  await using s = await startReplicas({ m: model })
  const { assistant_id, thread_id } = await newThread(s.one)
  const run = await s.one.client.beta.threads.runs.create(thread_id, { assistant_id })
  await until(async () => model.calls.length === 1)
  const cancelled = await s.other.client.beta.threads.runs.cancel(run.id, { thread_id })
  assert.equal(cancelled.status, 'cancelled')
  await until(async () => model.aborted === 1)
})

test('outputs of tools may go to any server, and the run goes on once', async () => {
  const model = scripted((_, at) => (at === 0 ? call : { text: 'It rains.' }))
  await using s = await startReplicas({ m: model })
  const { assistant_id, thread_id } = await newThread(s.one)
  const run = await s.one.client.beta.threads.runs.createAndPoll(thread_id, { assistant_id })
  assert.equal(run.status, 'requires_action')
  const calls = run.required_action?.submit_tool_outputs.tool_calls ?? []
  const done = await s.other.client.beta.threads.runs.submitToolOutputsAndPoll(run.id, {
    thread_id,
    tool_outputs: calls.map(({ id }) => ({ tool_call_id: id, output: 'rain' })),
  })
  assert.equal(done.status, 'completed')
  assert.equal(model.calls.length, 2)
  assert.equal(await textOf(s.one, thread_id), 'It rains.')
})

test('of requests at both servers at once in one thread, one run is made and the other is refused', async () => {
  await using s = await startReplicas({ m: scripted(() => ({ text: 'Hi.' })) })
  const { assistant_id, thread_id } = await newThread(s.one)
  for (let round = 0; round < 5; round++) {
    const results = await Promise.allSettled(
      [s.one, s.other, s.one, s.other].map(({ client }) =>
        client.beta.threads.runs.create(thread_id, { assistant_id }),
      ),
    )
    const made = results.filter(({ status }) => status === 'fulfilled').length
    assert.ok(made >= 1)
    for (const one of results)
      if (one.status === 'rejected')
        assert.match(String(one.reason), /^Error: 400 .*already has an active run/)
    await until(async () => {
      const { data } = await s.one.client.beta.threads.runs.list(thread_id)
      return data.every(({ status }) => status === 'completed')
    })
  }
})

test('messages that come through both servers at once keep one order, and none is lost', async () => {
  await using s = await startReplicas({ m: scripted([]) })
  const { thread_id } = await newThread(s.one)
  const servers = Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? s.one : s.other))
  await Promise.all(
    servers.map(({ client }, at) =>
      client.beta.threads.messages.create(thread_id, { role: 'user', content: `message ${at}` }),
    ),
  )
  const listed = async ({ client }: TestServer) => {
    const ids: string[] = []
    for await (const { id } of client.beta.threads.messages.list(thread_id, { order: 'asc', limit: 7 }))
      ids.push(id)
    return ids
  }
  const here = await listed(s.one)
  assert.equal(new Set(here).size, 41)
  assert.deepEqual(await listed(s.other), here)
})

test('what is indexed, changed and taken out at one server is so in the next search at another', async () => {
  await using s = await startReplicas({ m: scripted([]) })
  const { vectorStores, files } = s.one.client
  const store = await vectorStores.create({})
  const found = async () => {
    const filters = { type: 'eq' as const, key: 'kind', value: 'port' }
    const page = await s.other.client.vectorStores.search(store.id, { query: 'harbour', filters })
    return page.data.map(({ filename }) => filename)
  }
  const attach = async (name: string) => {
    const file = await files.create({
      file: new File([`The harbour of ${name}.`], name),
      purpose: 'assistants',
    })
    await vectorStores.files.createAndPoll(store.id, { file_id: file.id, attributes: { kind: 'port' } })
    return file.id
  }
  const first = await attach('a.txt')
  assert.deepEqual(await found(), ['a.txt'])
  const second = await attach('b.txt')
  assert.deepEqual((await found()).toSorted(), ['a.txt', 'b.txt'])
  await vectorStores.files.update(first, { vector_store_id: store.id, attributes: { kind: 'none' } })
  assert.deepEqual(await found(), ['b.txt'])
  await vectorStores.files.delete(second, { vector_store_id: store.id })
  assert.deepEqual(await found(), [])
})

test('files that are indexed by two servers at once into one store are all found', async () => {
  await using s = await startReplicas({ m: scripted([]) })
  const { vectorStores, files } = s.one.client
  const store = await vectorStores.create({})
  const ids: string[] = []
  for (let at = 0; at < 24; at++) {
    const file = new File([`Note ${at} tells of the lighthouse.`], `${at}.txt`)
    ids.push((await files.create({ file, purpose: 'assistants' })).id)
  }
  await Promise.all(
    ids.map((file_id, at) =>
      (at % 2 === 0 ? s.one : s.other).client.vectorStores.files.createAndPoll(store.id, { file_id }),
    ),
  )
  for (const { client } of [s.one, s.other]) {
    const page = await client.vectorStores.search(store.id, { query: 'lighthouse', max_num_results: 50 })
    assert.equal(page.data.length, 24)
  }
})

test('a server that ends hands its run over, and its stream goes on at another by the last id', async () => {
  const goOn = Promise.withResolvers<void>()
  const model = scripted(async (_, at) => {
    if (at === 0) return { text: 'So far', hang: true }
    await goOn.promise
    return { text: 'To the end.' }
  })
  await using s = await startReplicas({ m: model })
  const { assistant_id, thread_id } = await newThread(s.one)
  const response = await streamOf(s.one, `/threads/${thread_id}/runs`, {
    method: 'POST',
    body: JSON.stringify({ assistant_id, stream: true }),
  })
  await until(async () => model.calls.length === 1)
  await s.one.server.close()
  const seen = parseEvents(await response.text())
  assert.notEqual(seen.at(-1)?.event, 'done', 'there is more to come')
  goOn.resolve()
  const run = seen.find(({ event }) => event === 'thread.run.created')?.data
  const more = await streamOf(s.other, `/threads/${thread_id}/runs/${run.id}/stream`, {
    headers: { 'last-event-id': seen.at(-1)?.id ?? '' },
  })
  const events = parseEvents(await more.text())
  assert.equal(events.at(-2)?.event, 'thread.run.completed')
  assert.equal(await textOf(s.other, thread_id), 'To the end.')
})

test('a server that is about to end says first that it is not ready', async () => {
  await using s = await startReplicas({ m: scripted([]) }, { THREADMILL_DRAIN_SECONDS: '4' })
  const ready = async ({ url }: TestServer) => (await fetch(`${url}/health?ready`)).status
  assert.deepEqual([await ready(s.one), await ready(s.other)], [200, 200])
  const closed = s.one.server.close()
  assert.deepEqual([await ready(s.one), await ready(s.other)], [503, 200])
  assert.equal((await s.one.client.beta.threads.create({})).object, 'thread')
  await closed
})

test('while the database is away requests are answered with 503, and runs wait and go on', async () => {
  const goOn = Promise.withResolvers<void>()
  const model = scripted(async () => {
    await goOn.promise
    return { text: 'Here again.' }
  })
  await using s = await startReplicas({ m: model })
  const { assistant_id, thread_id } = await newThread(s.one)
  const run = await s.one.client.beta.threads.runs.create(thread_id, { assistant_id })
  await until(async () => model.calls.length === 1)
  s.cut()
  for (const path of ['/assistants', `/threads/${thread_id}`]) {
    const answer = await streamOf(s.one, path)
    assert.equal(answer.status, 503)
    assert.ok(Number(answer.headers.get('retry-after')) > 0)
    assert.equal(((await answer.json()) as { error: { type: string } }).error.type, 'server_error')
  }
  goOn.resolve()
  await sleep(100)
  s.mend()
  const ended = await until(async () => {
    const now = await s.other.client.beta.threads.runs.retrieve(run.id, { thread_id }).catch(() => undefined)
    return now && now.status !== 'in_progress' ? now : undefined
  })
  assert.deepEqual([ended.status, ended.last_error], ['completed', null])
  const { data } = await s.other.client.beta.threads.messages.list(thread_id)
  assert.deepEqual(
    data.map(({ role }) => role),
    ['assistant', 'user'],
  )
  // Wake-ups work again as well.
  await newThread(s.other)
})

test('a stream that is open while the database is away waits, and goes on', async () => {
  const goOn = Promise.withResolvers<void>()
  const model = scripted(async () => {
    await goOn.promise
    return { text: 'Here again.' }
  })
  await using s = await startReplicas({ m: model })
  const { assistant_id, thread_id } = await newThread(s.one)
  const run = await s.one.client.beta.threads.runs.create(thread_id, { assistant_id })
  await until(async () => model.calls.length === 1)
  const path = `/threads/${thread_id}/runs/${run.id}/stream`
  const streams = await Promise.all([s.one, s.other].map((server) => streamOf(server, path)))
  s.cut()
  // A reader asks the database every second.
  await sleep(1_500)
  goOn.resolve()
  s.mend()
  for (const stream of streams) {
    const events = parseEvents(await stream.text())
    assert.deepEqual(
      events.slice(-2).map(({ event }) => event),
      ['thread.run.completed', 'done'],
    )
  }
})

test('a run goes to the server that has the Python session of its thread, and any server can end that', async () => {
  const cells = ['kept = 41', 'print(kept + 1)']
  const told: string[] = []
  const model = scripted((prompt) => {
    const last = prompt.at(-1)
    if (last?.role === 'tool') {
      told.push(JSON.stringify(last.content))
      return { text: 'Done.' }
    }
    return { toolCalls: [{ name: 'code_interpreter', arguments: { code: cells.shift() ?? '' } }] }
  })
  await using s = await startReplicas({ m: model }, { THREADMILL_CODE_INTERPRETER: 'auto' })
  await Promise.all([s.one.server.sandbox, s.other.server.sandbox])
  const assistant = await s.one.client.beta.assistants.create({
    model: 'm',
    tools: [{ type: 'code_interpreter' }],
  })
  const { id } = await s.one.client.beta.threads.create({ messages: [{ role: 'user', content: 'Go.' }] })
  for (const { client } of [s.one, s.other]) {
    const run = await client.beta.threads.runs.createAndPoll(id, { assistant_id: assistant.id })
    assert.equal(run.status, 'completed')
  }
  assert.match(told[1] ?? '', /42/)
  assert.doesNotMatch(told[1] ?? '', /new Python session/)

  const path = `/threads/${id}/python_session`
  const looks = async () => {
    const [here, there] = await Promise.all(
      [s.one, s.other].map(({ client }) => client.get<PythonSession>(path)),
    )
    assert.deepEqual(here, there)
    return here?.status
  }
  // One of the two has no session, and is asked all the same.
  for (const ends of [s.one, s.other]) {
    assert.equal(await looks(), 'idle')
    const deleted = { object: 'thread.python_session.deleted', thread_id: id, deleted: true }
    assert.deepEqual(await ends.client.delete(path), deleted)
    assert.equal(await looks(), 'none')
    cells.unshift('print("kept" in globals())')
    await s.one.client.beta.threads.runs.createAndPoll(id, { assistant_id: assistant.id })
    assert.match(told.at(-1) ?? '', /False/)
  }
})
