import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import OpenAI, { type APIError } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { databaseOf, removeDatabaseOf } from '../database.ts'
import { raw } from '../raw.ts'
import { executeSql, querySql, until } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { newProject } from '../team.ts'
import { startReceiver, type Received } from '../webhook-receiver.ts'

const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`
const loopback = { THREADMILL_PRIVATE_HOSTS: '127.0.0.0/8' }

/** A server with an assistant whose model asks for a function when it reads `ask`, fails on `fail`, and answers otherwise. */
async function createFixture(webhooks: object[] = [], env: Record<string, string> = loopback) {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const THREADMILL_CONFIG = join(folder, 'config.json')
  writeFileSync(THREADMILL_CONFIG, JSON.stringify({ webhooks }))
  const model = scripted((prompt: unknown[]) => {
    const last = JSON.stringify(prompt.at(-1))
    if (last.includes('ask')) return { toolCalls: [{ name: 'ask', arguments: {} }] }
    return last.includes('fail') ? { error: new Error('broken') } : { text: 'A secret text.' }
  })
  const log: { message: string; facts: unknown }[] = []
  const server = await startTestServer({
    models: { m: model },
    env: { THREADMILL_CONFIG, ...env },
    log: (_level, message, facts) => log.push({ message, facts }),
  })
  rmSync(folder, { recursive: true })
  const assistant = await server.client.beta.assistants.create({
    model: 'm',
    tools: [{ type: 'function', function: { name: 'ask', parameters: { type: 'object', properties: {} } } }],
  })
  return {
    ...server,
    log,
    run: (content: string) =>
      server.client.beta.threads.createAndRunPoll({
        assistant_id: assistant.id,
        thread: { messages: [{ role: 'user', content }] },
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const unwrap = (client: OpenAI, { body, headers }: Received, of = secret) =>
  client.webhooks.unwrap(body, headers as Record<string, string>, of) as unknown as Promise<{
    id: string
    type: string
    data: Record<string, unknown>
  }>

test('an endpoint of the settings is told how runs end, in signed webhooks that the official client unwraps', async () => {
  await using receiver = await startReceiver()
  await using server = await createFixture([{ url: `${receiver.url}/hook?a=b`, secret }])
  const done = await server.run('Hello')
  const failed = await server.run('fail')
  const waiting = await server.run('ask')
  await server.client.beta.threads.runs.cancel(waiting.id, { thread_id: waiting.thread_id })

  const received = await receiver.first(4)
  const events = await Promise.all(received.map((one) => unwrap(server.client, one)))
  const told = (type: string, { id, thread_id }: { id: string; thread_id: string }) => ({
    type,
    data: { id, thread_id },
  })
  const byName = (one: { type: string }, other: { type: string }) => (one.type < other.type ? -1 : 1)
  assert.deepEqual(events.map(({ type, data }) => ({ type, data })).toSorted(byName), [
    told('thread.run.cancelled', waiting),
    told('thread.run.completed', done),
    told('thread.run.failed', failed),
    told('thread.run.requires_action', waiting),
  ])
  const [first] = received
  assert.equal(first?.path, '/hook?a=b')
  assert.match(String(first?.headers['webhook-id']), /^wh_[0-9a-f]{32}$/)
  assert.equal(first?.headers['content-type'], 'application/json')
  assert.ok(!received.some(({ body }) => body.includes('secret')))
  await assert.rejects(unwrap(server.client, { ...received[0]!, body: '{}' }), /signature/)
  await until(
    async () => (await querySql(server, 'select count(*) as n from webhook_deliveries'))[0]?.['n'] === 0,
  )
})

test('what an endpoint does not take is sent again later under the same id, and shown until then', async () => {
  await using receiver = await startReceiver([500, 307])
  await using server = await createFixture([{ url: receiver.url, secret }])
  await server.run('Hello')
  const health = async () => (await raw(server, 'GET', '/health')).json.webhooks
  const again = () => executeSql(server, 'update webhook_deliveries set retry_at = 0')
  await until(async () => (await health()).retrying === 1)
  assert.deepEqual(await health(), { waiting: 1, retrying: 1, failed: 0 })
  const [{ retry_at } = {}] = await querySql(server, 'select retry_at from webhook_deliveries')
  assert.ok(Number(retry_at) > Date.now() - 60_000)
  await again()
  await until(
    async () => server.log.filter(({ message }) => message === 'a webhook was not taken').length === 2,
  )
  await again()
  const received = await receiver.first(3)
  assert.deepEqual(
    received.map(({ path }) => path),
    ['/', '/', '/'],
  )
  assert.equal(new Set(received.map(({ headers }) => headers['webhook-id'])).size, 1)
  assert.equal(new Set(received.map(({ body }) => body)).size, 1)
  await until(async () => (await health()).waiting === 0)
  const reasons = server.log.flatMap(({ facts }) => (facts as { reason?: string }).reason ?? [])
  assert.deepEqual(reasons, ['the endpoint answered 500', 'the endpoint answered 307'])
})

test('what a server has not sent is sent by the next one', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const database = await databaseOf(dataDir)
  await using receiver = await startReceiver([500])
  const models = { m: scripted(() => ({ text: 'Hello.' })) }
  const start = (log: (fact: string) => void = () => {}) =>
    startTestServer({
      dataDir,
      models,
      env: loopback,
      log: (_level, fact) => log(fact),
      ...(database && { database }),
    })
  try {
    const facts: string[] = []
    {
      await using first = await start((fact) => facts.push(fact))
      const { client } = first
      await client.webhooks.create({
        name: 'x',
        url: receiver.url,
        event_types: ['thread.run.completed' as 'response.completed'],
      })
      const { id } = await client.beta.assistants.create({ model: 'm', instructions: 'x' })
      await client.beta.threads.createAndRunPoll({ assistant_id: id, thread: {} })
      await until(async () => facts.includes('a webhook was not taken'))
    }
    await executeSql({ dataDir }, 'update webhook_deliveries set retry_at = 0')
    await using _second = await start()
    const [before, after] = await receiver.first(2)
    assert.equal(after?.headers['webhook-id'], before?.headers['webhook-id'])
  } finally {
    rmSync(dataDir, { recursive: true })
    await removeDatabaseOf(dataDir)
  }
})

test('a webhook that was lost with its server is sent again, and waits after a failure as any other', async () => {
  await using receiver = await startReceiver([500, 500])
  await using server = await createFixture([{ url: receiver.url, secret }])
  await server.run('Hello')
  const failures = () => server.log.filter(({ message }) => message === 'a webhook was not taken').length
  await until(async () => failures() === 1)
  await executeSql(server, 'update webhook_deliveries set retry_at = 0, losses = 1, blamed = 1')
  await until(async () => failures() === 2)
  const [waiting] = await querySql(server, 'select losses, blamed, retry_at from webhook_deliveries')
  assert.deepEqual([waiting?.['losses'], waiting?.['blamed']], [0, 0])
  assert.ok(Number(waiting?.['retry_at']) > Date.now() - 60_000)
})

test('a webhook whose server ended again and again while it was sent is put off, not given up', async () => {
  await using receiver = await startReceiver([500])
  await using server = await createFixture([{ url: receiver.url, secret }])
  await server.run('Hello')
  const reasons = () => server.log.flatMap(({ facts }) => (facts as { reason?: string })?.reason ?? [])
  await until(async () => reasons().length === 1)
  await executeSql(server, 'update webhook_deliveries set retry_at = 0, losses = 3, blamed = 3')
  await until(async () => reasons().length === 2)
  assert.deepEqual(reasons(), [
    'the endpoint answered 500',
    "the server's process ended 3 times while it was sent",
  ])
  await executeSql(server, 'update webhook_deliveries set retry_at = 0')
  const [before, after] = await receiver.first(2)
  assert.equal(after?.headers['webhook-id'], before?.headers['webhook-id'])
  await until(async () => (await raw(server, 'GET', '/health')).json.webhooks.waiting === 0)
})

test('after three days a webhook is given up, and counted in the health and the metrics', async () => {
  await using receiver = await startReceiver([500, 500])
  await using server = await createFixture([{ url: receiver.url, secret }])
  await server.run('Hello')
  await receiver.first(1)
  await until(async () => server.log.some(({ message }) => message === 'a webhook was not taken'))
  await executeSql(server, 'update webhook_deliveries set retry_at = 0, created_at = created_at - 259201')
  await until(async () => server.log.some(({ message }) => message === 'a webhook was given up'))
  assert.deepEqual((await raw(server, 'GET', '/health')).json.webhooks, {
    waiting: 0,
    retrying: 0,
    failed: 1,
  })
  const metrics = (await raw(server, 'GET', '/metrics')).text
  assert.match(metrics, /threadmill_webhooks{status="failed"} 1\n/)
  assert.match(metrics, /threadmill_webhook_tries_total{status="failed"} 1\n/)
})

test('nothing is sent to a private address that the settings do not allow', async () => {
  await using receiver = await startReceiver()
  await using server = await createFixture([{ url: receiver.url, secret }], {})
  await server.run('Hello')
  await until(async () => server.log.some(({ message }) => message === 'a webhook was not taken'))
  const reasons = server.log.flatMap(({ facts }) => (facts as { reason?: string }).reason ?? [])
  assert.match(reasons[0] ?? '', /not a public address.*THREADMILL_PRIVATE_HOSTS/)
  assert.deepEqual(receiver.received, [])
})

test('endpoints are made, listed, changed and deleted by the official client, and a secret is shown once', async () => {
  await using receiver = await startReceiver()
  await using server = await createFixture()
  const { client } = server
  const types = await client.webhooks.eventTypes.list()
  assert.ok(types.data.includes('response.completed') && types.data.includes('thread.run.completed'))
  const made = await client.webhooks.create({
    name: 'Mine',
    url: `${receiver.url}/a`,
    event_types: ['thread.run.completed' as 'response.completed'],
  })
  const { signing_secret, ...shown } = made
  assert.match(signing_secret, /^whsec_/)
  assert.match(made.id, /^whe_/)
  assert.deepEqual(await client.webhooks.retrieve(made.id), shown)
  const changed = await client.webhooks.update(made.id, { url: `${receiver.url}/b`, name: 'Ours' })
  assert.deepEqual(
    [changed.name, changed.url, changed.event_types],
    ['Ours', `${receiver.url}/b`, made.event_types],
  )
  const second = await client.webhooks.create({
    name: 'Other',
    url: receiver.url,
    event_types: ['response.failed', 'response.completed', 'response.failed'],
  })
  assert.deepEqual(second.event_types, ['response.failed', 'response.completed'], 'each type is kept once')
  const ids = []
  for await (const { id } of client.webhooks.list({ limit: 1 })) ids.push(id)
  assert.deepEqual(ids, [second.id, made.id])

  await server.run('Hello')
  const [webhook] = await receiver.first(1)
  assert.equal(webhook?.path, '/b')
  assert.equal((await unwrap(client, webhook!, signing_secret)).type, 'thread.run.completed')

  assert.deepEqual(await client.webhooks.delete(made.id), {
    id: made.id,
    object: 'webhook_endpoint.deleted',
    deleted: true,
  })
  await assert.rejects(client.webhooks.retrieve(made.id), { status: 404 })
  assert.deepEqual(
    (await client.webhooks.list({ after: made.id })).data.map(({ id }) => id),
    [],
  )
})

test('a new secret signs at once, and the one before for a day where that was asked for', async () => {
  await using receiver = await startReceiver()
  await using server = await createFixture()
  const { webhooks } = server.client
  const made = await webhooks.create({ name: 'Mine', url: receiver.url, event_types: ['response.completed'] })
  const both = await webhooks.rotateSecret(made.id, { keep_old_secret_active_for_24_hours: true })
  assert.notEqual(both.signing_secret, made.signing_secret)
  const result = await webhooks.test(made.id, { event_type: 'response.completed' })
  assert.deepEqual(result, {
    object: 'webhook_endpoint.test',
    webhook_endpoint_id: made.id,
    event_type: 'response.completed',
    success: true,
    status_code: 200,
  })
  const [first] = receiver.received
  for (const one of [both, made])
    assert.equal((await unwrap(server.client, first!, one.signing_secret)).type, 'response.completed')
  const alone = await webhooks.rotateSecret(made.id)
  await webhooks.test(made.id, { event_type: 'response.completed' })
  const [, second] = receiver.received
  await unwrap(server.client, second!, alone.signing_secret)
  for (const one of [both, made])
    await assert.rejects(unwrap(server.client, second!, one.signing_secret), /signature/)
})

test('endpoints that cannot be honoured are refused, and those of other projects are not there', async () => {
  await using server = await createFixture([
    { url: 'https://example.com/hook', secret, event_types: ['response.completed'] },
  ])
  const { webhooks } = server.client
  const refused = async (answer: Promise<unknown>) => {
    const error = await answer.then(
      () => assert.fail('it was taken'),
      (thrown: APIError) => thrown,
    )
    return [error.status, error.code, error.param, error.message]
  }
  const create = (more: object) =>
    refused(
      webhooks.create({ name: 'x', url: 'https://example.com', event_types: ['response.failed'], ...more }),
    )
  const [status, code, param, message] = await create({ event_types: ['batch.completed'] })
  assert.deepEqual([status, code, param], [400, 'invalid_value', 'event_types[0]'])
  assert.match(String(message), /'batch.completed'. Supported values are: 'response.completed'/)
  assert.deepEqual((await create({ url: 'ftp://example.com' })).slice(0, 3), [400, 'invalid_value', 'url'])
  assert.deepEqual((await create({ event_types: [] })).slice(0, 3), [400, 'empty_array', 'event_types'])
  const [ofSettings] = (await webhooks.list()).data
  assert.equal(ofSettings?.signing_secret_hint, `whsec_...${secret.slice(-4)}`)
  assert.equal((await refused(webhooks.delete(ofSettings?.id ?? '')))[1], 'webhook_endpoint_of_settings')
  assert.equal((await refused(webhooks.retrieve('whe_unknown')))[0], 404)

  const admin = new OpenAI({ baseURL: `${server.url}/v1`, adminAPIKey: server.server.adminKey })
  const project = await admin.admin.organization.projects.create({ name: 'Other' })
  const account = await admin.admin.organization.projects.serviceAccounts.create(project.id, { name: 'a' })
  const other = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: account.api_key?.value ?? '' })
  assert.deepEqual((await other.webhooks.list()).data, [])
  assert.equal((await refused(other.webhooks.retrieve(ofSettings?.id ?? '')))[0], 404)
})

test('an endpoint is told of its own project alone', async () => {
  await using receiver = await startReceiver()
  await using server = await createFixture()
  const { client } = await newProject(server)
  const assistant = await client.beta.assistants.create({ model: 'm' })
  for (const [of, path] of [
    [server.client, 'ours'],
    [client, 'theirs'],
  ] as const)
    await of.webhooks.create({
      name: path,
      url: `${receiver.url}/${path}`,
      event_types: ['thread.run.completed'] as never[],
    })
  const ours = await server.run('Hello')
  const theirs = await client.beta.threads.createAndRunPoll({
    assistant_id: assistant.id,
    thread: { messages: [{ role: 'user', content: 'Hello' }] },
  })
  await receiver.first(2)
  await server.run('Hello again')
  const received = await receiver.first(3)
  const told = received.map(({ path, body }) => [path, JSON.parse(body).data.id])
  assert.ok(told.some(([path, id]) => path === '/ours' && id === ours.id))
  assert.deepEqual(
    told.filter(([path, id]) => path === '/theirs' || id === theirs.id),
    [['/theirs', theirs.id]],
  )
})
