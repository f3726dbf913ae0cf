import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { testPostgres } from '../postgres.ts'
import { until } from '../runs.ts'
import { startTestServer } from '../server.ts'
import { spawnMain, temporaryFolder, withoutDiscovery } from './child.ts'

const env = (dataDir: string) => ({
  THREADMILL_DATA_DIR: dataDir,
  THREADMILL_CONFIG: withoutDiscovery,
  THREADMILL_CODE_INTERPRETER: 'off',
  THREADMILL_PORT: '0',
})

/** Runs a command to its end. */
async function command(dataDir: string, ...args: string[]) {
  await using program = spawnMain(env(dataDir), args)
  const { code } = await program.exited
  return { code, out: program.stdout + program.stderr }
}

const modeOf = (path: string) => statSync(path).mode & 0o777

test('a backup made while the server works holds everything, and is restored into an empty folder', async () => {
  using folder = temporaryFolder()
  const [backup, again] = [join(folder.path, 'backup'), join(folder.path, 'again')]
  await using server = await startTestServer({ models: { scripted: scripted([{ text: 'Yes.' }]) } })
  const { client } = server
  const assistant = await client.beta.assistants.create({ model: 'scripted' })
  const file = await client.files.create({
    purpose: 'assistants',
    file: await toFile(Buffer.from('abc'), 'a.txt'),
  })
  const upload = await client.uploads.create({
    bytes: 4,
    filename: 'b.txt',
    mime_type: 'text/plain',
    purpose: 'assistants',
  })
  const part = await client.uploads.parts.create(upload.id, {
    data: await toFile(Buffer.from('part'), 'part'),
  })
  const run = await client.beta.threads.createAndRunPoll(
    { assistant_id: assistant.id, thread: { messages: [{ role: 'user', content: 'Is it there?' }] } },
    { pollIntervalMs: 20 },
  )
  const made = await command(server.dataDir, 'backup', backup)
  assert.equal(made.code, 0, made.out)
  assert.match(made.out, /The backup is in .*2 files/)
  assert.deepEqual(
    ['', 'threadmill.db', 'api-key', 'admin-api-key', 'backup.json'].map((name) =>
      modeOf(join(backup, name)),
    ),
    [0o700, 0o600, 0o600, 0o600, 0o600],
  )

  const nothingElse = ['SHA256SUMS', 'admin-api-key', 'api-key', 'backup.json', 'files', 'threadmill.db']
  assert.deepEqual(readdirSync(backup).sort(), nothingElse)

  const back = await command(again, 'restore', backup)
  assert.equal(back.code, 0, back.out)
  assert.deepEqual(
    readdirSync(again).sort(),
    nothingElse.filter((name) => !['backup.json', 'SHA256SUMS'].includes(name)),
  )
  await using restored = await startTestServer({ dataDir: again })
  assert.equal(restored.apiKey, server.apiKey)
  const old = restored.client
  assert.equal(await (await old.files.content(file.id)).text(), 'abc')
  const { data } = await old.beta.threads.messages.list(run.thread_id)
  assert.equal(data.length, 2)
  const whole = await old.uploads.complete(upload.id, { part_ids: [part.id] })
  assert.equal(await (await old.files.content(whole.file?.id ?? '')).text(), 'part')
})

for (const kind of ['SQLite', 'PostgreSQL'])
  test(`files that come and go while ${kind} is copied leave no row without its content`, async () => {
    using folder = temporaryFolder()
    const backup = join(folder.path, 'backup')
    await using postgres = kind === 'SQLite' ? undefined : await testPostgres()
    const url = postgres?.url ?? ''
    const database = { url, schema: 'threadmill', poolSize: 4, statementTimeoutMs: 30_000 }
    await using server = await startTestServer(postgres && { database })
    const { files } = server.client
    const put = async (n: number) =>
      files.create({ purpose: 'assistants', file: await toFile(Buffer.alloc(2_000, n), `${n}.bin`) })
    const kept = await Promise.all(Array.from({ length: 60 }, (_, n) => put(n)))
    let over = false
    const changing = (async () => {
      for (let n = 0; !over; n++) {
        const [old] = kept.splice(50, 1)
        if (old) await files.delete(old.id)
        kept.push(await put(n % 256))
      }
    })()
    await using program = spawnMain({ ...env(server.dataDir), THREADMILL_DATABASE_URL: url }, [
      'backup',
      backup,
    ])
    const { code } = await program.exited
    over = true
    await changing
    assert.equal(code, 0, program.stderr)
    using copy = new DatabaseSync(join(backup, 'threadmill.db'), { readOnly: true })
    const rows = copy.prepare('select id from files where removed = 0').all() as { id: string }[]
    assert.ok(rows.length >= 50)
    const note = JSON.parse(readFileSync(join(backup, 'backup.json'), 'utf8'))
    assert.equal(note.bytes, note.files * 2_000)
    for (const { id } of rows)
      assert.equal(statSync(join(backup, 'files', id.slice(-2).toLowerCase(), id)).size, 2_000)
  })

test('nothing is restored over what is there, nor from what is no whole backup', async () => {
  using folder = temporaryFolder()
  const [data, backup, target] = ['data', 'backup', 'target'].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ]
  assert.match((await command(data, 'backup', backup)).out, /There is no database in/)
  await using server = await startTestServer()
  assert.equal((await command(server.dataDir, 'backup', backup)).code, 0)
  assert.match((await command(server.dataDir, 'backup', backup)).out, /backup is not empty/)
  assert.match((await command(server.dataDir, 'restore', backup)).out, /is not empty/)
  mkdirSync(target)
  writeFileSync(join(target, 'mine'), '')
  const refused = await command(target, 'restore', backup)
  assert.deepEqual([refused.code, readdirSync(target)], [2, ['mine']])
  assert.match(refused.out, /target is not empty: mine is in it/)
  const nowhere = await command(server.dataDir, 'backup', join(target, 'mine', 'in'))
  assert.deepEqual([nowhere.code, /in cannot be a folder: ENOTDIR/.test(nowhere.out)], [2, true])
  // A file system that makes no folders.
  if (process.platform === 'linux') {
    assert.match((await command(server.dataDir, 'backup', '/proc/none/in')).out, /cannot be a folder: ENOENT/)
  }
  rmSync(join(backup, 'backup.json'))
  assert.match((await command(join(folder.path, 'new'), 'restore', backup)).out, /no whole backup/)
})

for (const [how, lose] of [
  ['was lost', (file: string) => rmSync(file)],
  ['is empty', (file: string) => truncateSync(file)],
  [
    'was copied without its log',
    (file: string) => {
      using database = new DatabaseSync(file)
      database.exec('delete from files')
      database.close()
    },
  ],
] as const) {
  test(`a server whose database ${how} does not start beside the files, and says what to do`, async () => {
    using folder = temporaryFolder()
    {
      await using server = await startTestServer({ dataDir: folder.path })
      const file = await toFile(Buffer.from('abc'), 'a.txt')
      await server.client.files.create({ purpose: 'assistants', file })
    }
    lose(join(folder.path, 'threadmill.db'))
    const { code, out } = await command(folder.path)
    assert.equal(code, 1)
    assert.match(
      out,
      /^threadmill cannot start: \S+threadmill\.db is empty, but there are files in .*restore/m,
    )
    rmSync(join(folder.path, 'files'), { recursive: true })
    await using server = await startTestServer({ dataDir: folder.path })
    assert.deepEqual((await server.client.files.list()).data, [])
  })
}

test('contents that nothing knows are set aside after a start, those of files and parts stay', async () => {
  using folder = temporaryFolder()
  let id = ''
  {
    await using server = await startTestServer({ dataDir: folder.path })
    const file = await toFile(Buffer.from('abc'), 'a.txt')
    ;({ id } = await server.client.files.create({ purpose: 'assistants', file }))
  }
  const orphan = join(folder.path, 'files', 'zz', 'file-LeftBehindzz')
  mkdirSync(join(orphan, '..'))
  writeFileSync(orphan, 'left behind')
  const young = join(folder.path, 'files', 'yy', 'file-JustComeyy')
  mkdirSync(join(young, '..'))
  writeFileSync(young, 'its row comes in a moment')
  utimesSync(orphan, 1, 1)
  await using server = await startTestServer({ dataDir: folder.path })
  await until(async () => !existsSync(orphan))
  assert.ok(existsSync(young))
  assert.equal(await (await server.client.files.content(id)).text(), 'abc')
})

test('what is secret is its owner’s alone, also in a folder that everybody may read', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'data')
  mkdirSync(path, { mode: 0o755 })
  {
    await using server = await startTestServer({ dataDir: path })
    await server.client.beta.threads.create({})
    for (const name of ['threadmill.db', 'threadmill.db-wal', 'threadmill.db-shm', 'api-key'])
      assert.equal(modeOf(join(path, name)), 0o600, name)
    assert.equal(modeOf(join(path, 'files')), 0o700)
  }
  // As an older version left it.
  chmodSync(join(path, 'threadmill.db'), 0o644)
  chmodSync(join(path, 'files'), 0o755)
  await using server = await startTestServer({ dataDir: path })
  await new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.apiKey }).beta.threads.create({})
  for (const name of ['threadmill.db', 'threadmill.db-wal', 'threadmill.db-shm'])
    assert.equal(modeOf(join(path, name)), 0o600, name)
  assert.equal(modeOf(join(path, 'files')), 0o700)
})
