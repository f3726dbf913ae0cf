import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { startFakeUpstream, type FakeChatRequest, type FakeReply } from '../fake-upstream.ts'
import { testPostgres } from '../postgres.ts'
import { until } from '../runs.ts'
import { noS3Server, s3Environment, startS3Server } from '../s3-server.ts'
import { threadmill } from '../transfer.ts'
import { apiKey, startServer, temporaryFolder } from './child.ts'

type Environment = Record<string, string>

const clientOf = (url: string, key = apiKey) =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey: key, adminAPIKey: adminKey, maxRetries: 0 })
const adminKey = 'sk-admin-acceptance-tests-only'
const quickly = { pollIntervalMs: 20 }

/** Asks for the weather once, and never answers a question that is slow while `state.isSlow`. */
const reply =
  (state: { isSlow: boolean }) =>
  (request: FakeChatRequest): FakeReply => {
    const said = JSON.stringify(request.messages)
    if (said.includes('Slowly') && state.isSlow) return { firstTokenMs: 60_000, tokens: ['late'] }
    if (said.includes('weather') && !said.includes('sunny'))
      return { toolCalls: [{ name: 'get_weather', arguments: '{}' }] }
    return { tokens: ['It ', 'is.'] }
  }

/** Something of most kinds: what it is when it is asked for, and runs that have not ended. */
async function fill(client: OpenAI) {
  const { beta, files, vectorStores, uploads } = client
  const tools = [{ type: 'function' as const, function: { name: 'get_weather' } }]
  const assistant = await beta.assistants.create({ model: 'fake', tools })
  const ask = (content: string) =>
    beta.threads.createAndRun({
      assistant_id: assistant.id,
      thread: { messages: [{ role: 'user', content }] },
    })
  const done = await ask('Is it?')
  const waits = await ask('How is the weather?')
  const slow = await ask('Slowly.')
  const statusOf = async ({ id, thread_id }: { id: string; thread_id: string }) =>
    (await beta.threads.runs.retrieve(id, { thread_id })).status
  await until(async () => (await statusOf(done)) === 'completed')
  await until(async () => (await statusOf(waits)) === 'requires_action')
  await until(async () => (await statusOf(slow)) === 'in_progress')
  const store = await vectorStores.create({ name: 'animals' })
  const file = await files.create({
    purpose: 'assistants',
    file: await toFile(Buffer.from('Otters swim in rivers and eat fish.'), 'otter.txt'),
  })
  await vectorStores.files.createAndPoll(store.id, { file_id: file.id }, quickly)
  const upload = await uploads.create({
    bytes: 4,
    filename: 'b.txt',
    mime_type: 'text/plain',
    purpose: 'assistants',
  })
  const part = await uploads.parts.create(upload.id, { data: await toFile(Buffer.from('part'), 'part') })
  const { projects } = client.admin.organization
  const project = await projects.create({ name: 'Support bot' })
  const account = await projects.serviceAccounts.create(project.id, { name: 'production' })
  const key = account.api_key?.value ?? ''
  return { assistant, done, waits, slow, store, file, upload, part, project, key }
}

type Made = Awaited<ReturnType<typeof fill>>

/** Everything that does not change while runs go on. */
async function lookAt(client: OpenAI, { assistant, done, store, file, project }: Made) {
  const { beta, files, vectorStores, admin } = client
  const thread_id = done.thread_id
  return {
    assistant: await beta.assistants.retrieve(assistant.id),
    thread: await beta.threads.retrieve(thread_id),
    run: await beta.threads.runs.retrieve(done.id, { thread_id }),
    messages: (await beta.threads.messages.list(thread_id)).data,
    steps: (await beta.threads.runs.steps.list(done.id, { thread_id })).data,
    file: await files.retrieve(file.id),
    content: await (await files.content(file.id)).text(),
    search: (await vectorStores.search(store.id, { query: 'fish in rivers' })).data,
    project: await admin.organization.projects.retrieve(project.id),
  }
}

/** The runs that had not ended end, the upload is completed, and the thread takes another run. */
async function goOn(url: string, { assistant, done, waits, slow, upload, part, key }: Made): Promise<void> {
  const client = clientOf(url)
  const { runs } = client.beta.threads
  const { thread_id } = waits
  const { required_action: action } = await runs.retrieve(waits.id, { thread_id })
  const call = action?.submit_tool_outputs.tool_calls[0]?.id ?? ''
  const outputs = { thread_id, tool_outputs: [{ tool_call_id: call, output: 'sunny' }] }
  assert.equal((await runs.submitToolOutputsAndPoll(waits.id, outputs, quickly)).status, 'completed')
  await until(
    async () => (await runs.retrieve(slow.id, { thread_id: slow.thread_id })).status === 'completed',
  )
  const whole = await client.uploads.complete(upload.id, { part_ids: [part.id] })
  assert.equal(await (await client.files.content(whole.file?.id ?? '')).text(), 'part')
  const next = await runs.createAndPoll(done.thread_id, { assistant_id: assistant.id }, quickly)
  assert.equal(next.status, 'completed')
  // The key of a project is still one, and sees nothing of another project.
  assert.deepEqual((await clientOf(url, key).files.list()).data, [])
}

suite('a backup made while the server works', { timeout: 300_000, concurrency: 2 }, () => {
  for (const kind of ['SQLite', 'PostgreSQL'] as const)
    test(`of ${kind} is restored to SQLite and to PostgreSQL: every id answers, and runs go on`, async () => {
      using folder = temporaryFolder()
      await using postgres = await testPostgres()
      const at = (name: string) => join(folder.path, name)
      const state = { isSlow: true }
      await using upstream = await startFakeUpstream({ reply: reply(state) })
      const settings = {
        OPENAI_BASE_URL: `${upstream.url}/v1`,
        OPENAI_API_KEY: 'a-key',
        THREADMILL_ADMIN_KEY: adminKey,
      }
      const inSchema = (name: string): Environment => ({
        THREADMILL_DATABASE_URL: postgres.url,
        THREADMILL_DATABASE_SCHEMA: name,
      })
      const source: Environment = kind === 'SQLite' ? {} : inSchema('original')
      let made: Made
      let before: Awaited<ReturnType<typeof lookAt>>
      {
        await using server = await startServer(at('data'), { ...settings, ...source })
        made = await fill(clientOf(server.url))
        before = await lookAt(clientOf(server.url), made)
        const { code, errors } = await threadmill(at('data'), ['backup', at('backup')], source)
        assert.equal(code, 0, errors)
        await server.kill()
      }
      state.isSlow = false
      await compareSums(at('backup'))
      for (const target of [{}, inSchema('restored')]) {
        const dataDir = at(`in ${Object.keys(target).length}`)
        const { code, out, errors } = await threadmill(dataDir, ['restore', at('backup')], target)
        assert.equal(code, 0, errors)
        assert.match(out, /with \d+ rows and 2 files; counts and hashes are those of the backup/)
        assert.ok(!`${out}${errors}`.includes(new URL(postgres.url).password))
        await using server = await startServer(dataDir, { ...settings, ...target })
        assert.deepEqual(await lookAt(clientOf(server.url), made), before)
        await goOn(server.url, made)
      }
    })

  test(
    'of files in a bucket is restored to a folder, and to another bucket',
    { skip: noS3Server ?? false },
    async () => {
      using folder = temporaryFolder()
      await using postgres = await testPostgres()
      await using s3 = await startS3Server()
      const at = (name: string) => join(folder.path, name)
      const inBucket = (prefix: string) => ({ ...s3Environment, THREADMILL_FILES_URL: s3.filesUrl(prefix) })
      const source = { THREADMILL_DATABASE_URL: postgres.url, ...inBucket('first') }
      let id: string
      {
        await using server = await startServer(at('data'), source)
        const file = await toFile(Buffer.from('The harbour opens at seven.'), 'facts.txt')
        ;({ id } = await clientOf(server.url).files.create({ purpose: 'assistants', file }))
        const { code, errors } = await threadmill(at('data'), ['backup', at('backup')], source)
        assert.equal(code, 0, errors)
      }
      const again = { ...source, THREADMILL_DATABASE_SCHEMA: 'again', ...inBucket('second') }
      for (const [name, target] of Object.entries({ folder: {}, bucket: again })) {
        const { code, errors } = await threadmill(at(name), ['restore', at('backup')], target)
        assert.equal(code, 0, errors)
        await using server = await startServer(at(name), target)
        assert.equal(
          await (await clientOf(server.url).files.content(id)).text(),
          'The harbour opens at seven.',
        )
      }
      const taken = { ...again, THREADMILL_DATABASE_SCHEMA: 'third' }
      const refused = await threadmill(at('third'), ['restore', at('backup')], taken)
      assert.equal(refused.code, 2)
      assert.match(refused.errors, /belongs to a database/)
    },
  )
})

/** Each line of `SHA256SUMS` is the hash of a file, and each file of the copy has one. */
async function compareSums(backup: string): Promise<void> {
  const lines = readFileSync(join(backup, 'SHA256SUMS'), 'utf8').trim().split('\n')
  for (const line of lines) {
    const [sum, path = ''] = line.split('  ')
    assert.equal(
      createHash('sha256')
        .update(readFileSync(join(backup, path)))
        .digest('hex'),
      sum,
      path,
    )
  }
  assert.equal(lines.length, 3)
}

test('a schema that is not empty is refused, and a restore that was broken off is not started on but gone on with', async () => {
  using folder = temporaryFolder()
  await using postgres = await testPostgres()
  const at = (name: string) => join(folder.path, name)
  const shared = { THREADMILL_DATABASE_URL: postgres.url }
  let id: string
  {
    await using server = await startServer(at('data'), shared)
    ;({ id } = await clientOf(server.url).beta.threads.create())
    const file = await toFile(Buffer.from('abc'), 'a.txt')
    await clientOf(server.url).files.create({ purpose: 'assistants', file })
  }
  assert.equal((await threadmill(at('data'), ['backup', at('backup')], shared)).code, 0)
  const refused = await threadmill(at('new'), ['restore', at('backup')], shared)
  assert.equal(refused.code, 2)
  assert.match(refused.errors, /is not empty: there are rows in/)
  assert.deepEqual(readdirSync(at('new')), [], 'the folder can be used for another try')

  const other = { ...shared, THREADMILL_DATABASE_SCHEMA: 'other' }
  const [content = ''] = readdirSync(join(at('backup'), 'files'), { recursive: true })
    .map(String)
    .filter((name) => /file-/.test(name))
  const path = join(at('backup'), 'files', content)
  renameSync(path, at('aside'))
  const broken = await threadmill(at('new'), ['restore', at('backup')], other)
  assert.equal(broken.code, 1)
  assert.match(broken.errors, /the backup has 0 contents of files where it had 1; missing: file-/)
  const early = await threadmill(at('new'), [], other)
  assert.match(early.errors, /is being moved|move/)
  rmSync(at('new'), { recursive: true })
  renameSync(at('aside'), path)
  const again = await threadmill(at('new'), ['restore', at('backup')], other)
  assert.equal(again.code, 0, again.errors)
  await using server = await startServer(at('new'), other)
  assert.equal((await clientOf(server.url).beta.threads.retrieve(id)).id, id)
})

test('a backup that is not what was backed up is refused, or says which contents are others', async () => {
  using folder = temporaryFolder()
  const at = (name: string) => join(folder.path, name)
  let id: string
  {
    await using server = await startServer(at('data'))
    const file = await toFile(Buffer.from('abc'), 'a.txt')
    ;({ id } = await clientOf(server.url).files.create({ purpose: 'assistants', file }))
  }
  assert.equal((await threadmill(at('data'), ['backup', at('backup')], {})).code, 0)
  const restore = async () => {
    rmSync(at('new'), { recursive: true, force: true })
    return threadmill(at('new'), ['restore', at('backup')], {})
  }
  const path = join(at('backup'), 'files', id.slice(-2).toLowerCase(), id)
  writeFileSync(path, 'abd')
  const other = await restore()
  assert.equal(other.code, 1)
  assert.match(other.errors, new RegExp(`damaged .* 1 content: ${id}`))
  writeFileSync(path, 'abc')

  const note = JSON.parse(readFileSync(join(at('backup'), 'backup.json'), 'utf8'))
  const write = (changed: object) => writeFileSync(join(at('backup'), 'backup.json'), JSON.stringify(changed))
  write({ ...note, tables: { ...note.tables, files: 2 } })
  assert.match((await restore()).errors, /The table files of the backup has 1 rows, and not 2/)
  write({ ...note, files: 2 })
  assert.match((await restore()).errors, /SHA256SUMS has not all files/)
  write(note)
  appendFileSync(join(at('backup'), 'threadmill.db'), Buffer.alloc(4096))
  assert.match((await restore()).errors, /threadmill.db in .* is not what was backed up/)
})

test('a backup that fails leaves nothing, and one that was killed is no backup', async () => {
  using folder = temporaryFolder()
  const at = (name: string) => join(folder.path, name)
  {
    await using server = await startServer(at('data'))
    const file = await toFile(Buffer.from('abc'), 'a.txt')
    const { id } = await clientOf(server.url).files.create({ purpose: 'assistants', file })
    const path = join(at('data'), 'files', id.slice(-2).toLowerCase(), id)
    rmSync(path)
    // It cannot be read as a file.
    mkdirSync(path)
    const { code, errors } = await threadmill(at('data'), ['backup', at('backup')], {})
    assert.equal(code, 1)
    assert.match(errors, /EISDIR/)
  }
  assert.deepEqual(readdirSync(at('backup')), [], 'what does not work leaves nothing')
  writeFileSync(join(at('backup'), 'threadmill.db.unfinished'), '')
  assert.match((await threadmill(at('new'), ['restore', at('backup')], {})).errors, /is no whole backup/)
})

test('a backup with another place of files than the servers have is refused before it copies anything', async () => {
  using folder = temporaryFolder()
  await using postgres = await testPostgres()
  const at = (name: string) => join(folder.path, name)
  const shared = { THREADMILL_DATABASE_URL: postgres.url }
  {
    await using server = await startServer(at('data'), shared)
    const file = await toFile(Buffer.from('abc'), 'a.txt')
    await clientOf(server.url).files.create({ purpose: 'assistants', file })
  }
  for (const command of [['backup', at('backup')], ['check']]) {
    const { code, errors } = await threadmill(at('elsewhere'), command, shared)
    assert.equal(code, 2)
    assert.match(errors, /The files of the database are not in .*elsewhere/)
  }
  assert.ok(!existsSync(at('backup')))
})
