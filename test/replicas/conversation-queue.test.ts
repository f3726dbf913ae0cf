import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import OpenAI from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import { startFakeUpstream } from '../fake-upstream.ts'
import { apiKey, startServer, temporaryFolder, type ServerProcess } from '../acceptance/child.ts'
import { dropSchema, postgresOf } from '../database.ts'
import { raw } from '../raw.ts'
import { assertNumbered, shortName } from '../responses.ts'
import { parseEvents, until } from '../runs.ts'
import type { TestServer } from '../server.ts'
import { startReplicas } from './replicas.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())
const config = join(folder.path, 'config.json')
writeFileSync(config, JSON.stringify({ discover: false, conversation_lock: 'queue' }))

type Asked = Pick<TestServer, 'client'>

/**
 * Two servers, a conversation, and a model that answers "To 1." to "1", but to none before it is told to go on. It is asked by one
 * response at a time, unless the conversation ends.
 */
async function createQueue({ ends = false } = {}) {
  let goOn = () => {}
  const held = new Promise<void>((resolve) => (goOn = resolve))
  let underWay = 0
  const answered: string[] = []
  const model = scripted(async (prompt) => {
    underWay++
    assert.ok(ends || underWay === 1, 'one at a time')
    await held
    const last = prompt.findLast(({ role }) => role === 'user')?.content
    const text = Array.isArray(last) ? (last[0] as { text: string }).text : ''
    answered.push(text)
    underWay--
    return { text: `To ${text}.` }
  })
  const replicas = await startReplicas({ m: model }, { THREADMILL_CONFIG: config })
  const { one, other } = replicas
  const conversation = (await one.client.conversations.create()).id
  const body = (input: string) => ({ model: 'm', conversation, input })
  const ask = ({ client }: Asked, input: string, background = true) =>
    client.responses.create({ ...body(input), background })
  const status = async ({ client }: Asked, id: string) => (await client.responses.retrieve(id)).status
  const texts = async () => {
    const { data } = await other.client.conversations.items.list(conversation, { order: 'asc', limit: 100 })
    return data
      .map((item) => item.type === 'message' && 'text' in (item.content[0] ?? {}) && item.content[0])
      .map((part) => (part && 'text' in part ? part.text : ''))
  }
  const first = await ask(one, '1')
  await until(async () => model.calls.length === 1)
  return {
    one,
    other,
    conversation,
    body,
    ask,
    status,
    texts,
    first,
    answered,
    goOn: () => goOn(),
    /** A connection of its own to what the servers share. */
    async database() {
      const db = await openPostgres(await postgresOf(one.dataDir))
      return { ...db, [Symbol.asyncDispose]: () => db.close() }
    },
    ended: (server: Asked, id: string) =>
      until(async () => {
        const found = await server.client.responses.retrieve(id)
        return found.status !== 'queued' && found.status !== 'in_progress' && found
      }),
    [Symbol.asyncDispose]: () => {
      goOn()
      return replicas[Symbol.asyncDispose]()
    },
  }
}

const inTurn = (...inputs: string[]) => inputs.flatMap((input) => [input, `To ${input}.`])

test('responses that came through several servers are made in the order in which they came', async () => {
  await using s = await createQueue()
  const waiting: { id: string }[] = []
  for (const [at, server] of [s.other, s.one, s.other, s.one].entries())
    waiting.push(await s.ask(server, String(at + 2)))
  for (const { id } of waiting) assert.equal(await s.status(s.one, id), 'queued')
  s.goOn()
  for (const { id } of waiting) assert.equal((await s.ended(s.other, id)).status, 'completed')
  assert.deepEqual(s.answered, ['1', '2', '3', '4', '5'])
  assert.deepEqual(await s.texts(), inTurn('1', '2', '3', '4', '5'))
})

test('of responses that come to two servers at once, each is made once, one at a time', async () => {
  await using s = await createQueue()
  const inputs = Array.from({ length: 8 }, (_, at) => String(at + 2))
  const asked = inputs.map((input, at) => s.ask(at % 2 === 0 ? s.one : s.other, input, at % 3 === 0))
  await until(async () => {
    const { data } = await s.one.client.get<{ data: unknown[] }>('/responses')
    return data.length === 9
  })
  s.goOn()
  for (const { id } of await Promise.all(asked)) await s.ended(s.one, id)
  assert.deepEqual(s.answered.toSorted(), ['1', ...inputs])
  assert.deepEqual(await s.texts(), inTurn(...s.answered))
})

test('the streams of responses that wait are read through another server, and are the same there', async () => {
  await using s = await createQueue()
  const here = raw(s.one, 'POST', '/v1/responses', { ...s.body('2'), stream: true })
  const newest = async () => (await raw(s.other, 'GET', '/v1/responses?limit=1')).json.data[0]
  const second = await until(async () => {
    const { id } = await newest()
    return id !== s.first.id && id
  })
  const background = raw(s.other, 'POST', '/v1/responses', { ...s.body('3'), stream: true, background: true })
  const id = await until(async () => {
    const { id } = await newest()
    return id !== second && id
  })
  const elsewhere = raw(s.one, 'GET', `/v1/responses/${id}?stream=true`)
  const later = raw(s.one, 'GET', `/v1/responses/${id}?stream=true&starting_after=1`)
  s.goOn()
  const seen = parseEvents((await here).text)
  assertNumbered(seen)
  assert.deepEqual(seen.slice(0, 2).map(shortName), ['created', 'in_progress'])
  assert.equal(seen.at(-1)?.event, 'response.completed')
  const last = parseEvents((await background).text)
  assertNumbered(last)
  assert.deepEqual(last.slice(0, 3).map(shortName), ['created', 'queued', 'in_progress'])
  assert.equal(last.at(-1)?.data.response.output[0].content[0].text, 'To 3.')
  assert.deepEqual(parseEvents((await elsewhere).text), last)
  assert.deepEqual(parseEvents((await later).text), last.slice(2))
  assert.deepEqual(await s.texts(), inTurn('1', '2', '3'))
})

test('one that waits is cancelled through another server and then deleted, and those behind it go on', async () => {
  await using s = await createQueue()
  const asked = raw(s.one, 'POST', '/v1/responses', { ...s.body('2'), stream: true, background: true })
  const id = await until(async () => {
    const { data } = await s.other.client.get<{ data: { id: string }[] }>('/responses')
    return data.length === 2 && data[0]?.id
  })
  const behind = await s.ask(s.one, '3')
  await assert.rejects(s.other.client.responses.delete(id), /Cannot delete an in-flight response/)
  assert.equal((await s.other.client.responses.cancel(id)).status, 'cancelled')
  const seen = parseEvents((await asked).text)
  assertNumbered(seen)
  assert.deepEqual(seen.map(shortName), ['created', 'queued', 'failed'])
  assert.equal(seen.at(-1)?.data.response.status, 'cancelled')
  await s.other.client.responses.delete(id)
  await assert.rejects(s.one.client.responses.retrieve(id), { status: 404 })
  s.goOn()
  assert.equal((await s.ended(s.other, behind.id)).status, 'completed')
  assert.deepEqual(await s.texts(), inTurn('1', '3'))
})

test('one that waits and whose reader leaves is not made', async () => {
  await using s = await createQueue()
  const leaving = new AbortController()
  const stream = await s.other.client.responses.create(
    { ...s.body('2'), stream: true },
    { signal: leaving.signal },
  )
  const reader = stream[Symbol.asyncIterator]()
  const created = (await reader.next()).value
  assert.ok(created?.type === 'response.created')
  const behind = await s.ask(s.one, '3')
  leaving.abort()
  assert.equal((await s.ended(s.one, created.response.id)).status, 'cancelled')
  s.goOn()
  assert.equal((await s.ended(s.other, behind.id)).status, 'completed')
  assert.deepEqual(s.answered, ['1', '3'])
})

test('what waits for a conversation that another server deletes goes on at once with its own input alone', async () => {
  await using s = await createQueue({ ends: true })
  const waiting = [await s.ask(s.one, '2'), await s.ask(s.other, '3')]
  const thread = s.conversation.replace('conv_', 'thread_')
  const deleting = s.other.client.beta.threads.delete(thread)
  s.goOn()
  await deleting
  for (const { id } of waiting) {
    const { status, output_text } = await s.ended(s.other, id)
    assert.equal(status, 'completed')
    assert.match(output_text, /^To [23]\.$/)
  }
})

test('one that is cancelled at the moment at which its turn comes is not made, and the next one is', async () => {
  await using s = await createQueue()
  const second = await s.ask(s.other, '2')
  const third = await s.ask(s.other, '3')
  await using db = await s.database()
  await db.write(async (tx) => {
    await tx.run("update runs set status = 'cancelled' where id = ?", second.id)
    s.goOn()
    await s.ended(s.one, s.first.id)
    const blocked =
      "select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like 'update runs set thread_id%'"
    await until(async () => db.get(blocked))
  })
  assert.equal((await s.ended(s.one, third.id)).status, 'completed')
  const ofConversation = await raw(s.one, 'GET', `/v1/responses?conversation=${s.conversation}`)
  assert.deepEqual(
    ofConversation.json.data.map(({ id }: { id: string }) => id),
    [third.id, second.id, s.first.id],
  )
  assert.deepEqual(s.answered, ['1', '3'])
})

/** Two servers as processes of their own on one database, and a model of both that answers slowly until it is told not to. */
async function createProcesses() {
  await using stack = new AsyncDisposableStack()
  let isSlow = true
  const upstream = stack.use(
    await startFakeUpstream({
      reply: ({ messages }) =>
        isSlow
          ? { tokens: 100_000, tokenMs: 20 }
          : { tokens: [`To ${String(messages.findLast(({ role }) => role === 'user')?.content)}`, '.'] },
    }),
  )
  const data = stack.use(temporaryFolder())
  const database = await postgresOf(data.path)
  stack.defer(() => dropSchema(database))
  const env = {
    OPENAI_BASE_URL: `${upstream.url}/v1`,
    THREADMILL_DATABASE_URL: database.url,
    THREADMILL_DATABASE_SCHEMA: database.schema,
    THREADMILL_CONFIG: config,
  }
  const start = async () => stack.use(await startServer(data.path, env))
  const clientOf = ({ url }: ServerProcess) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })
  const a = await start()
  const b = await start()
  const conversation = (await clientOf(b).conversations.create()).id
  const owned = stack.move()
  return {
    a,
    ofA: clientOf(a).responses,
    b: clientOf(b),
    ofB: clientOf(b).responses,
    items: async () =>
      (await clientOf(b).conversations.items.list(conversation, { order: 'asc' })).data.map((item) => {
        const [part] = item.type === 'message' ? item.content : []
        return part && 'text' in part ? part.text : ''
      }),
    body: (input: string) => ({ model: 'fake', conversation, input }),
    calls: () => upstream.requests.filter(({ body }) => body).length,
    beQuick: () => (isSlow = false),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

const isOver = (of: OpenAI['responses'], id: string) =>
  until(async () => {
    const { status } = await of.retrieve(id)
    return status !== 'queued' && status !== 'in_progress' && status
  })

test('when the server is killed that makes a response, another one makes it and those that wait, in their order', async () => {
  await using s = await createProcesses()
  const first = await s.ofA.create({ ...s.body('1'), background: true })
  await until(async () => s.calls() === 1)
  const second = await s.ofA.create({ ...s.body('2'), background: true })
  const third = await s.ofB.create({ ...s.body('3'), background: true })
  s.beQuick()
  await s.a.kill()
  for (const { id } of [first, second, third]) assert.equal(await isOver(s.ofB, id), 'completed')
  assert.deepEqual(await s.items(), inTurn('1', '2', '3'))
})

test('what waits at a server that is killed waits on, and is streamed by another one under the same numbers', async () => {
  await using s = await createProcesses()
  const first = await s.ofB.create({ ...s.body('1'), background: true })
  await until(async () => s.calls() === 1)
  const stream = await s.ofA.create({ ...s.body('2'), background: true, stream: true })
  const seen: OpenAI.Responses.ResponseStreamEvent[] = []
  const reading = (async () => {
    for await (const event of stream) seen.push(event)
  })().catch(() => {})
  const created = await until(async () => seen.length === 2 && seen[0])
  const alone = s.ofA.create(s.body('3')).catch(() => {})
  await until(async () => {
    const { data } = await s.b.get<{ data: unknown[] }>('/responses')
    return data.length === 3
  })
  const last = await s.ofB.create({ ...s.body('4'), background: true })
  await s.a.kill()
  await Promise.all([reading, alone])
  assert.ok(created?.type === 'response.created')
  const { id } = created.response
  assert.equal((await s.ofB.retrieve(id)).status, 'queued')
  s.beQuick()
  await s.ofB.cancel(first.id)
  const rest: typeof seen = []
  for await (const event of await s.ofB.retrieve(id, { stream: true, starting_after: 1 })) rest.push(event)
  assert.deepEqual(
    [...seen, ...rest].map(({ sequence_number }) => sequence_number),
    [...seen, ...rest].map((_, at) => at),
  )
  assert.equal(rest.at(-1)?.type, 'response.completed')
  assert.equal(await isOver(s.ofB, last.id), 'completed')
  assert.deepEqual(await s.items(), inTurn('2', '3', '4'))
})
