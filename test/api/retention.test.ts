import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { listTables } from '../../src/store/move/tables.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { openDatabaseOf, removeDatabaseOf } from '../database.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { askAdmin } from '../team.ts'

const model = () => ({
  scripted: scripted(() => ({ text: ['It ', 'is.'], usage: { input: 10, output: 2 } })),
})
const quickly = { pollIntervalMs: 20 }
const adminOf = ({ url, server }: TestServer) =>
  new OpenAI({ baseURL: `${url}/v1`, adminAPIKey: server.adminKey, maxRetries: 0 }).admin.organization

/** Something in every table that a client can fill. */
async function fill(client: OpenAI) {
  const { beta, files, vectorStores, uploads, responses } = client
  const span = { object: 'trace.span', id: 'span_1', trace_id: 'trace_1', span_data: { type: 'agent' } }
  await client.post('/traces/ingest', { body: { data: [span] } })
  await responses.create({ model: 'scripted', input: 'Is it?' })
  const assistant = await beta.assistants.create({ model: 'scripted', metadata: { of: 'all' } })
  const thread = { messages: [{ role: 'user' as const, content: 'Is it?' }], metadata: { of: 'all' } }
  const run = await beta.threads.createAndRunPoll({ assistant_id: assistant.id, thread }, quickly)
  assert.equal(run.status, 'completed')
  const file = await files.create({
    purpose: 'assistants',
    file: await toFile(Buffer.from('Otters swim in rivers.'), 'otter.txt'),
  })
  const store = await vectorStores.create({ name: 'animals', metadata: { of: 'all' } })
  await vectorStores.fileBatches.createAndPoll(store.id, { file_ids: [file.id] }, quickly)
  const upload = { bytes: 4, filename: 'b.txt', mime_type: 'text/plain', purpose: 'assistants' as const }
  for (const ends of [true, false]) {
    const { id } = await uploads.create(upload)
    await uploads.parts.create(id, { data: await toFile(Buffer.from('part'), 'part') })
    if (ends) await uploads.cancel(id)
  }
  return { assistant, run, file, store }
}

/** Contents of files and parts. */
const contents = (dataDir: string) =>
  readdirSync(join(dataDir, 'files'), { recursive: true })
    .map(String)
    .filter((path) => /(file-|part_)\w+$/.test(path) && !path.startsWith('unfinished'))

test('what is in a project that was archived long ago is erased, when the settings say so, and nothing of another project', async () => {
  using folder = temporaryFolder()
  const at = { dataDir: folder.path, models: model() }
  let project = ''
  let kept: Awaited<ReturnType<typeof fill>>
  let key = ''
  {
    await using server = await startTestServer(at)
    const admin = adminOf(server)
    ;({ id: project } = await admin.projects.create({ name: 'Old' }))
    key = (await admin.projects.serviceAccounts.create(project, { name: 'app' })).api_key?.value ?? ''
    await fill(new OpenAI({ baseURL: `${server.url}/v1`, apiKey: key, maxRetries: 0 }))
    kept = await fill(server.client)
    const [{ id: keyId } = { id: '' }] = (await admin.projects.apiKeys.list(project)).data
    for (const path of [`/projects/${project}/limits`, `/projects/${project}/api_keys/${keyId}/limits`])
      await askAdmin(server, 'POST', path, { max_requests_per_1_minute: 100_000 })
    await admin.projects.archive(project)
  }
  const limits = async () => {
    const db = await openDatabaseOf(folder.path)
    const found = await db.all('select owner from limits')
    await db.close()
    return found.length
  }
  assert.equal(await limits(), 2)
  const of = async (rows: 'of the project' | 'of the other') => {
    const db = await openDatabaseOf(folder.path)
    const counts: Record<string, number> = {}
    for (const { name, columns } of listTables()) {
      const column = columns.find((one) => /^(request_)?project$/.test(one.name))?.name
      if (column === undefined || /^(usage_|audit_logs)/.test(name)) continue
      const sign = rows === 'of the project' ? '=' : '<>'
      const sql = `select count(*) as n from ${name} where ${column} ${sign} ?`
      const found = await db.get<{ n: number }>(sql, project)
      if (Number(found?.n) > 0) counts[name] = Number(found?.n)
    }
    await db.close()
    return counts
  }
  assert.ok(Object.keys(await of('of the project')).length > 8)
  const before = await of('of the other')
  const env = { THREADMILL_KEEP_ARCHIVED_PROJECTS_DAYS: '10' }
  const archivedFor = async (days: number) => {
    const db = await openDatabaseOf(folder.path)
    const then = Math.floor(Date.now() / 1_000) - days * 86_400
    await db.write((tx) => tx.run('update projects set archived_at = ? where id = ?', then, project))
    await db.close()
  }
  await archivedFor(9)
  {
    await using server = await startTestServer({ ...at, env })
    const again = await fill(server.client)
    await server.client.files.delete(again.file.id)
    assert.ok(Object.keys(await of('of the project')).length > 8, 'a day is left')
  }
  await archivedFor(11)
  await using server = await startTestServer({ ...at, env })
  await until(async () => Object.keys(await of('of the project')).length === 0)
  await until(async () => contents(folder.path).length <= 3)
  assert.equal(await limits(), 0)
  const after = await of('of the other')
  for (const [table, rows] of Object.entries(before)) assert.ok((after[table] ?? 0) >= rows, table)
  const { client } = server
  assert.equal(await (await client.files.content(kept.file.id)).text(), 'Otters swim in rivers.')
  assert.equal((await client.vectorStores.search(kept.store.id, { query: 'otters' })).data.length, 1)
  // What was used stays, and so does the project, whose keys open nothing.
  const admin = adminOf(server)
  assert.equal((await admin.projects.retrieve(project)).status, 'archived')
  const used = await admin.usage.completions({
    start_time: Math.floor(Date.now() / 1_000) - 86_400,
    project_ids: [project],
  })
  const [tokens] = used.data.flatMap(({ results }) => results as { input_tokens: number }[])
  assert.equal(tokens?.input_tokens, 20)
  const old = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: key, maxRetries: 0 })
  await assert.rejects(old.models.list(), { status: 401 })
  await removeDatabaseOf(folder.path)
})

test('logs of runs and audit logs are kept as long as the settings say', async () => {
  using folder = temporaryFolder()
  const at = { dataDir: folder.path, models: model() }
  const ended = []
  {
    await using server = await startTestServer(at)
    for (const _ of ['old', 'young']) ended.push((await fill(server.client)).run)
    await adminOf(server).projects.create({ name: 'Old' })
  }
  const [old, young] = ended
  assert.ok(old && young)
  {
    const db = await openDatabaseOf(folder.path)
    await db.write(async (tx) => {
      await tx.run('update runs set finished_at = finished_at - 950400 where id = ?', old.id)
      await tx.run('update audit_logs set effective_at = effective_at - 950400')
    })
    await db.close()
  }
  const env = { THREADMILL_KEEP_RUN_LOGS_DAYS: '10', THREADMILL_KEEP_AUDIT_LOGS_DAYS: '10' }
  await using server = await startTestServer({ ...at, env })
  const admin = adminOf(server)
  await admin.projects.create({ name: 'Young' })
  const eventsOf = async ({ thread_id, id }: { thread_id: string; id: string }) => {
    const path = `/v1/threads/${thread_id}/runs/${id}/stream`
    const { text } = await raw(server, 'GET', path)
    return [...text.matchAll(/^event: (.+)$/gm)].map(([, event]) => event)
  }
  await until(async () => (await eventsOf(old)).length === 2)
  assert.deepEqual(await eventsOf(old), ['thread.run.completed', 'done'], 'who streams it comes to its end')
  assert.ok((await eventsOf(young)).length > 5)
  const { runs, messages } = server.client.beta.threads
  assert.deepEqual(await runs.retrieve(old.id, { thread_id: old.thread_id }), old)
  assert.equal((await runs.steps.list(old.id, { thread_id: old.thread_id })).data.length, 1)
  assert.equal((await messages.list(old.thread_id)).data.length, 2)
  await until(async () => (await admin.auditLogs.list()).data.length === 1)
  const [log] = (await admin.auditLogs.list()).data
  assert.equal(log?.['project.created']?.data?.title, 'Young')
  await removeDatabaseOf(folder.path)
})
