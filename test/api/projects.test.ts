import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import OpenAI from 'openai'
import type { AuditLogListParams } from 'openai/resources/admin/organization/audit-logs'
import { scripted } from '../../src/models/scripted.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'

let server: TestServer
let admin: OpenAI
const slow = scripted(() => ({ text: ['One'], hang: true }))

before(async () => {
  const models = { quick: scripted([{ text: 'Hello.' }]), slow }
  server = await startTestServer({ models })
  admin = new OpenAI({ baseURL: `${server.url}/v1`, adminAPIKey: server.server.adminKey, maxRetries: 0 })
})
after(() => server[Symbol.asyncDispose]())

const clientWith = (apiKey: string, options: { project?: string; organization?: string } = {}) =>
  new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0, ...options })

/** A project with a service account, and a client with its key. */
async function newProject(name = 'Team') {
  const { projects } = admin.admin.organization
  const project = await projects.create({ name })
  const account = await projects.serviceAccounts.create(project.id, { name: 'app' })
  const key = account.api_key
  assert.ok(key)
  return { project, account, key, client: clientWith(key.value) }
}

const refusal = (status: number, code: string | null) => (error: unknown) => {
  assert.ok(error instanceof OpenAI.APIError, String(error))
  assert.deepEqual([error.status, error.code ?? null], [status, code])
  return true
}

test('a project is created, found, listed, renamed and archived', async () => {
  const { projects } = admin.admin.organization
  const project = await projects.create({ name: 'Kitchen' })
  assert.match(project.id, /^proj_[A-Za-z0-9]{24}$/)
  assert.deepEqual(project, {
    id: project.id,
    object: 'organization.project',
    name: 'Kitchen',
    created_at: project.created_at,
    archived_at: null,
    status: 'active',
  })
  assert.deepEqual(await projects.retrieve(project.id), project)
  assert.equal((await projects.update(project.id, { name: 'Bakery' })).name, 'Bakery')
  const ids = async (query = {}) => {
    const found: string[] = []
    for await (const one of projects.list(query)) found.push(one.id)
    return found
  }
  assert.deepEqual((await ids()).slice(0, 1), ['default'])
  assert.ok((await ids({ limit: 1 })).includes(project.id))
  const archived = await projects.archive(project.id)
  assert.equal(archived.status, 'archived')
  assert.ok((archived.archived_at ?? 0) >= project.created_at)
  assert.ok(!(await ids()).includes(project.id))
  assert.ok((await ids({ include_archived: true })).includes(project.id))
  await assert.rejects(projects.update(project.id, { name: 'Back' }), refusal(400, 'project_archived'))
  await assert.rejects(projects.archive(project.id), refusal(400, 'project_archived'))
  await assert.rejects(projects.archive('default'), refusal(400, null))
  await assert.rejects(projects.retrieve('proj_unknown'), refusal(404, null))
  await assert.rejects(projects.create({ name: '' }), refusal(400, 'empty_string'))
})

test('a service account is created with a key, which is shown once and opens its project', async () => {
  const { project, account, key, client } = await newProject()
  assert.match(account.id, /^svc_acct_/)
  assert.match(key.value, /^sk-svcacct-/)
  assert.deepEqual(Object.keys(key).toSorted(), ['created_at', 'expires_at', 'id', 'name', 'object', 'value'])
  const { apiKeys, serviceAccounts } = admin.admin.organization.projects
  const found = await apiKeys.retrieve(key.id, { project_id: project.id })
  assert.ok(found.redacted_value.endsWith(key.value.slice(-4)))
  assert.ok(!JSON.stringify(found).includes(key.value))
  assert.equal(found.owner.service_account?.id, account.id)
  const assistant = await client.beta.assistants.create({ model: 'quick', name: 'Ours' })
  assert.deepEqual(
    (await client.beta.assistants.list()).data.map(({ id }) => id),
    [assistant.id],
  )
  const elsewhere = await server.client.beta.assistants.list()
  assert.ok(!elsewhere.data.some(({ id }) => id === assistant.id))
  await assert.rejects(server.client.beta.assistants.retrieve(assistant.id), refusal(404, null))
  const second = await serviceAccounts.apiKeys.create(account.id, { project_id: project.id, name: 'second' })
  const listed = []
  for await (const one of apiKeys.list(project.id, { limit: 1 })) listed.push(one.id)
  assert.deepEqual(listed, [key.id, second.id])
  assert.equal(
    (await serviceAccounts.create(project.id, { name: 'b', create_service_account_only: true })).api_key,
    null,
  )
})

test('a deleted key, the keys of a deleted account, and those of an archived project open nothing', async () => {
  const { projects } = admin.admin.organization
  const one = await newProject()
  await one.client.models.list()
  const deleted = await projects.apiKeys.delete(one.key.id, { project_id: one.project.id })
  assert.deepEqual(deleted, { id: one.key.id, object: 'organization.project.api_key.deleted', deleted: true })
  await assert.rejects(one.client.models.list(), refusal(401, 'invalid_api_key'))
  const two = await newProject()
  await projects.serviceAccounts.delete(two.account.id, { project_id: two.project.id })
  await assert.rejects(two.client.models.list(), refusal(401, 'invalid_api_key'))
  const three = await newProject()
  await projects.archive(three.project.id)
  await assert.rejects(three.client.models.list(), refusal(401, 'not_authorized_invalid_project'))
})

test('the key of the settings is listed, and is changed in the settings only', async () => {
  const { apiKeys } = admin.admin.organization.projects
  const { data } = await apiKeys.list('default')
  assert.deepEqual([data[0]?.id, data[0]?.name], ['key_default', 'THREADMILL_API_KEY'])
  await assert.rejects(
    apiKeys.delete('key_default', { project_id: 'default' }),
    refusal(400, 'key_of_settings'),
  )
})

test('a stream ends with an error when its key is deleted', async () => {
  const { project, key, client } = await newProject()
  const assistant = await client.beta.assistants.create({ model: 'slow', instructions: 'x' })
  const stream = client.beta.threads.createAndRunStream({ assistant_id: assistant.id })
  const ended = assert.rejects(stream.done(), /no longer in force/)
  await new Promise((resolve) => stream.once('textDelta', resolve))
  await admin.admin.organization.projects.apiKeys.delete(key.id, { project_id: project.id })
  await ended
})

test('whatever is under way ends with an error when its key is deleted', async () => {
  const { project, key, client } = await newProject()
  const refused = refusal(401, 'invalid_api_key')
  const messages = [{ role: 'user' as const, content: 'Hello' }]
  const chat = await client.chat.completions.create({ model: 'slow', messages, stream: true })
  const asked = slow.calls.length
  const broken = assert.rejects(Array.fromAsync(chat), /no longer in force/)
  const waiting = [
    assert.rejects(client.chat.completions.create({ model: 'slow', messages }).asResponse(), refused),
    assert.rejects(client.responses.create({ model: 'slow', input: 'Hello' }).asResponse(), refused),
  ]
  await until(async () => slow.calls.length >= asked + 2)
  await admin.admin.organization.projects.apiKeys.delete(key.id, { project_id: project.id })
  await Promise.all([broken, ...waiting])
})

test('a key expires when it was told to, and can be given more time before', async () => {
  const { projects } = admin.admin.organization
  const { project, account } = await newProject()
  const short = await projects.serviceAccounts.apiKeys.create(account.id, {
    project_id: project.id,
    expires_in_seconds: 1,
  })
  const long = await projects.serviceAccounts.apiKeys.create(account.id, {
    project_id: project.id,
    expires_in_seconds: 60,
  })
  assert.equal(short.expires_at, short.created_at + 1)
  await projects.apiKeys.update(long.id, { project_id: project.id, expires_in_seconds: 100 })
  const { expires_at } = await projects.apiKeys.retrieve(long.id, { project_id: project.id })
  assert.ok((expires_at ?? 0) >= long.created_at + 100)
  await until(() =>
    clientWith(short.value)
      .models.list()
      .then(
        () => false,
        (error: unknown) => refusal(401, 'invalid_api_key')(error),
      ),
  )
  await clientWith(long.value).models.list()
  await assert.rejects(
    projects.apiKeys.update(short.id, { project_id: project.id, expires_in_seconds: 5 }),
    refusal(400, null),
  )
  // The rights of a key cannot be narrowed here.
  await assert.rejects(
    projects.apiKeys.update(long.id, {
      project_id: project.id,
      expires_in_seconds: 100,
      scopes: ['api.all.read'],
    }),
    refusal(400, 'unknown_parameter'),
  )
})

test('admin keys are created, listed and deleted, and open nothing in a project', async () => {
  const { adminAPIKeys, projects } = admin.admin.organization
  const made = await adminAPIKeys.create({ name: 'Night shift' })
  assert.match(made.value, /^sk-admin-/)
  const theirs = new OpenAI({ baseURL: `${server.url}/v1`, adminAPIKey: made.value, maxRetries: 0 })
  await theirs.admin.organization.projects.list()
  const found = await adminAPIKeys.retrieve(made.id)
  assert.deepEqual([found.name, found.object], ['Night shift', 'organization.admin_api_key'])
  assert.ok(!('value' in found))
  const ids = []
  for await (const one of adminAPIKeys.list({ limit: 1 })) ids.push(one.id)
  assert.equal(ids.at(-1), made.id)
  await assert.rejects(
    clientWith(made.value).beta.assistants.list(),
    refusal(403, 'insufficient_permissions'),
  )
  await assert.rejects(server.client.get('/organization/projects'), refusal(403, 'insufficient_permissions'))
  await assert.rejects(projects.apiKeys.retrieve(made.id, { project_id: 'default' }), refusal(404, null))
  await adminAPIKeys.delete(made.id)
  await assert.rejects(theirs.admin.organization.projects.list(), refusal(401, 'invalid_api_key'))
})

test('the headers of a client have to name the project and the organization of its key', async () => {
  const { project, key } = await newProject()
  await clientWith(key.value, { project: project.id, organization: 'org-threadmill' }).models.list()
  await assert.rejects(
    clientWith(key.value, { project: 'default' }).models.list(),
    refusal(401, 'mismatched_project'),
  )
  await assert.rejects(
    clientWith(key.value, { organization: 'org-other' }).models.list(),
    refusal(401, 'mismatched_organization'),
  )
  // The key of the settings stands in for one of the original, and its programs name what was theirs there.
  await clientWith(server.apiKey, { project: 'proj_old', organization: 'org-old' }).models.list()
})

test('a name is kept as every database keeps it: half of a surrogate pair becomes the sign for it', async () => {
  const { projects } = admin.admin.organization
  const made = await projects.create({ name: 'half \ud83d of it' })
  assert.equal(made.name, 'half \ufffd of it')
  assert.equal((await projects.retrieve(made.id)).name, made.name)
})

test('the audit log tells who has changed what, and is narrowed by its filters', async () => {
  const { auditLogs, projects } = admin.admin.organization
  const began = Math.floor(Date.now() / 1_000)
  const { project, account, key } = await newProject('Watched')
  await projects.apiKeys.delete(key.id, { project_id: project.id })
  const all = await auditLogs.list({ project_ids: [project.id] })
  assert.deepEqual(
    all.data.map(({ type }) => type),
    ['api_key.deleted', 'api_key.created', 'service_account.created', 'project.created'],
  )
  const [last] = all.data
  assert.equal(last?.['api_key.deleted']?.id, key.id)
  assert.equal(last?.actor?.type, 'api_key')
  assert.ok((last?.effective_at ?? 0) >= began)
  const of = async (query: AuditLogListParams) => (await auditLogs.list(query)).data.map(({ id }) => id)
  assert.deepEqual(await of({ resource_ids: [account.id] }), [all.data[2]?.id])
  assert.deepEqual(await of({ project_ids: [project.id], event_types: ['project.created'] }), [
    all.data[3]?.id,
  ])
  // The original has this type, and nothing here is of it.
  assert.deepEqual(await of({ event_types: ['certificate.created'] }), [])
  await assert.rejects(
    auditLogs.list({ event_types: ['project.painted' as never] }),
    refusal(400, 'invalid_value'),
  )
  const actor = all.data[0]?.actor?.api_key?.id ?? ''
  assert.equal((await of({ project_ids: [project.id], actor_ids: [actor], limit: 2 })).length, 2)
  assert.deepEqual(await of({ effective_at: { lt: began }, project_ids: [project.id] }), [])
  assert.deepEqual(await of({ actor_emails: ['someone@example.com'] }), [])
  const paged = []
  for await (const one of auditLogs.list({ project_ids: [project.id], limit: 1 })) paged.push(one.id)
  assert.deepEqual(
    paged,
    all.data.map(({ id }) => id),
  )
})

test('what is used is counted for the project and the key, and an admin key sees all of it', async () => {
  const { project, key, client } = await newProject()
  const assistant = await client.beta.assistants.create({ model: 'quick', instructions: 'x' })
  await client.beta.threads.createAndRunPoll({ assistant_id: assistant.id })
  const start_time = Math.floor(Date.now() / 1_000) - 3_600
  const { usage } = admin.admin.organization
  const page = await usage.completions({ start_time, group_by: ['project_id', 'api_key_id'] })
  const results = page.data.flatMap((bucket) => bucket.results) as {
    project_id: string
    api_key_id: string
    num_model_requests: number
  }[]
  const ours = results.filter((one) => one.project_id === project.id)
  assert.deepEqual(
    ours.map((one) => [one.api_key_id, one.num_model_requests]),
    [[key.id, 1]],
  )
  const own = await raw(
    { ...server, apiKey: key.value },
    'GET',
    `/v1/organization/usage/completions?start_time=${start_time}&group_by=project_id`,
  )
  const seen = own.json.data.flatMap((bucket: { results: { project_id: string }[] }) => bucket.results)
  assert.deepEqual(
    seen.map((one: { project_id: string }) => one.project_id),
    [project.id],
  )
})

test('GET /health shows the report to the key of the settings and to admin keys only', async () => {
  const { key } = await newProject()
  const health = async (apiKey: string) => (await raw({ ...server, apiKey }, 'GET', '/health')).json
  assert.deepEqual(await health(key.value), { status: 'ok' })
  assert.ok('version' in (await health(server.server.adminKey)))
  assert.ok('version' in (await health(server.apiKey)))
})
