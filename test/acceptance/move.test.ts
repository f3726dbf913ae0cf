import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { migratePostgres } from '../../src/store/migrate-postgres.ts'
import { openPostgresSession } from '../../src/store/move/session-postgres.ts'
import { listTables } from '../../src/store/move/tables.ts'
import { testPostgres } from '../postgres.ts'
import { apiKey, spawnMain, startServer, temporaryFolder, withoutDiscovery } from './child.ts'

type Settings = Record<string, string>

/** Runs a command to its end. */
async function command(dataDir: string, args: string[], settings: Settings = {}) {
  await using program = spawnMain(
    {
      THREADMILL_DATA_DIR: dataDir,
      THREADMILL_CONFIG: withoutDiscovery,
      THREADMILL_CODE_INTERPRETER: 'off',
      ...settings,
    },
    args,
  )
  const { code } = await program.exited
  return { code, out: program.stdout + program.stderr, stdout: program.stdout }
}

const clientOf = (url: string) => new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries: 0 })

/** Stops a server as an operator does. */
async function stop(server: { signal(name: NodeJS.Signals): void; exited: Promise<unknown> }) {
  server.signal('SIGTERM')
  await server.exited
}

/** A data folder with something of most kinds, whose server was stopped. */
async function fill(dataDir: string) {
  await using server = await startServer(dataDir)
  const { beta, files, vectorStores } = clientOf(server.url)
  const assistant = await beta.assistants.create({ model: 'demo', metadata: { kind: 'moved' } })
  const thread = await beta.threads.create({ metadata: { kind: 'moved' } })
  for (let n = 0; n < 60; n++)
    await beta.threads.messages.create(thread.id, {
      role: 'user',
      content: `message ${n} ${'x'.repeat(5_000)}`,
    })
  const store = await vectorStores.create({ name: 'animals' })
  for (const [name, text] of Object.entries({
    'otter.txt': 'Otters swim in rivers and eat fish.',
    'mole.txt': 'Moles dig tunnels and eat worms.',
    'heron.txt': 'Herons stand in rivers and wait for fish.',
  })) {
    const file = await files.create({ purpose: 'assistants', file: await toFile(Buffer.from(text), name) })
    await vectorStores.files.createAndPoll(store.id, { file_id: file.id }, { pollIntervalMs: 20 })
  }
  const run = await beta.threads.runs.createAndPoll(
    thread.id,
    { assistant_id: assistant.id },
    { pollIntervalMs: 20 },
  )
  const found = await vectorStores.search(store.id, { query: 'fish in rivers' })
  await stop(server)
  return { assistant, thread, store, run, found: found.data }
}

async function exported(folder: string, dataDir: string, settings: Settings = {}) {
  const target = join(folder, `export-${Math.random()}`)
  const { code, out } = await command(dataDir, ['export', target], settings)
  assert.equal(code, 0, out)
  const paths = readdirSync(target, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))
  return paths
    .toSorted()
    .map((path) => [
      path.slice(target.length),
      readFileSync(path, 'utf8').replace(/"(made|exported)_at":"[^"]*"/, ''),
    ])
}

test('what was moved to PostgreSQL and back is the same, and is gone on with', async () => {
  using folder = temporaryFolder()
  await using postgres = await testPostgres()
  const [first, last] = [join(folder.path, 'first'), join(folder.path, 'last')]
  const shared = { THREADMILL_DATABASE_URL: postgres.url }
  const { assistant, thread, store, run, found } = await fill(first)
  const before = await exported(folder.path, first)
  {
    // Older servers took it from clients.
    using database = new DatabaseSync(join(first, 'threadmill.db'))
    database.prepare('insert into assistant_metadata values (?, ?, ?)').run(assistant.id, 'a\0b', 'c\0d')
  }

  const there = await command(first, ['move', '--to', postgres.url, '--json'])
  assert.equal(there.code, 0, there.out)
  const report = JSON.parse(there.stdout)
  assert.equal(report.nul_replaced, 2)
  assert.ok(!there.out.includes(new URL(postgres.url).password))
  assert.deepEqual(await exported(folder.path, first, shared), before)

  {
    await using server = await startServer(first, shared)
    const { beta, vectorStores } = clientOf(server.url)
    const again = await vectorStores.search(store.id, { query: 'fish in rivers' })
    assert.deepEqual(again.data, found)
    assert.equal((await beta.threads.runs.retrieve(run.id, { thread_id: thread.id })).status, 'completed')
    const added = await beta.threads.messages.create(thread.id, { role: 'user', content: 'And now?' })
    const next = await beta.threads.runs.createAndPoll(
      thread.id,
      { assistant_id: assistant.id },
      { pollIntervalMs: 20 },
    )
    assert.equal(next.status, 'completed')
    const { data } = await beta.threads.messages.list(thread.id, { limit: 2 })
    assert.equal(data[1]?.id, added.id)
    await stop(server)
  }

  const middle = await exported(folder.path, first, shared)
  const back = await command(first, ['move', '--to', last], shared)
  assert.equal(back.code, 0, back.out)
  assert.deepEqual(await exported(folder.path, last), middle)
  await using server = await startServer(last)
  const { vectorStores } = clientOf(server.url)
  assert.deepEqual((await vectorStores.search(store.id, { query: 'fish in rivers' })).data, found)
})

test('a move that was killed goes on, and no server starts on what it left', async () => {
  using folder = temporaryFolder()
  await using postgres = await testPostgres()
  const [first, copy] = [join(folder.path, 'first'), join(folder.path, 'copy')]
  await fill(first)
  const before = await exported(folder.path, first)
  const targets: [string, Settings, string][] = [
    [postgres.url, { THREADMILL_DATABASE_URL: postgres.url }, first],
    [copy, {}, copy],
  ]
  for (const [to, settings, dataDir] of targets) {
    for (const text of [/rows moved 0\//, /rows moved [1-9]/, /rows checked/]) {
      await using broken = spawnMain({ THREADMILL_DATA_DIR: first, THREADMILL_CONFIG: withoutDiscovery }, [
        'move',
        '--to',
        to,
      ])
      let isOver = false
      void broken.exited.then(() => (isOver = true))
      while (!text.test(broken.stderr) && !isOver) await new Promise((turn) => setImmediate(turn))
      assert.match(broken.stderr, text)
      await broken.kill()
      const refused = await command(dataDir, ['export', join(folder.path, 'none')], settings)
      if (refused.code !== 0) assert.match(refused.out, /not whole, because a move/)
    }
    const { code, out } = await command(first, ['move', '--to', to])
    const isWhole = /is not empty/.test(out)
    assert.ok(code === 0 || isWhole, out)
    assert.deepEqual(await exported(folder.path, dataDir, settings), before)
  }
})

test('a target that is not empty is refused, and so is the source of a server that runs', async () => {
  using folder = temporaryFolder()
  await using postgres = await testPostgres()
  const [first, other] = [join(folder.path, 'first'), join(folder.path, 'other')]
  {
    await using server = await startServer(first)
    await clientOf(server.url).beta.threads.create()
    const { code, out } = await command(first, ['move', '--to', other])
    assert.equal(code, 2)
    assert.match(out, /A server is running/)
    assert.equal(existsSync(other), false)
    await stop(server)
  }
  const full = await command(first, ['move', '--to', folder.path])
  assert.equal(full.code, 2)
  assert.match(full.out, /is not empty/)
  const taken = join(folder.path, 'taken')
  {
    await using server = await startServer(taken)
    await clientOf(server.url).beta.threads.create()
    const used = await command(first, ['move', '--to', taken])
    assert.equal(used.code, 2)
    assert.match(used.out, /is used by a server/)
    await stop(server)
  }
  const filled = await command(first, ['move', '--to', taken])
  assert.equal(filled.code, 2)
  assert.match(filled.out, /there are rows in threads/)
  const shared = { THREADMILL_DATABASE_URL: postgres.url }
  {
    await using server = await startServer(first, shared)
    assert.match(server.stderr + server.stdout, /which is empty: \\?"threadmill move/)
    const used = await command(first, ['move', '--to', postgres.url])
    assert.equal(used.code, 2)
    assert.match(used.out, /is used by a server/)
    const running = await command(other, ['move', '--to', join(folder.path, 'third')], shared)
    assert.equal(running.code, 2)
    assert.match(running.out, /A server or a command uses/)
    await clientOf(server.url).beta.threads.create()
    await stop(server)
  }
  const rows = await command(first, ['move', '--to', postgres.url])
  assert.equal(rows.code, 2)
  assert.match(rows.out, /there are rows in threads/)
  for (const args of [
    ['--to', 'mysql://secret@host/db'],
    ['--to', other, '--schema', 'x'],
    ['--to', other, '--files', 'ftp://x'],
  ]) {
    const { code, out } = await command(first, ['move', ...args])
    assert.equal(code, 2)
    assert.ok(!out.includes('secret'))
  }
})

test('every table and column of both databases is moved', async () => {
  await using postgres = await testPostgres()
  const settings = { url: postgres.url, schema: 'threadmill', poolSize: 1, statementTimeoutMs: 30_000 }
  await migratePostgres(settings)
  await using session = await openPostgresSession(settings)
  const types: Record<string, string> = { bigint: 'integer', bytea: 'blob' }
  const rows = await session.query(
    'select table_name, column_name, data_type from information_schema.columns where table_schema = ?',
    'threadmill',
  )
  const there = rows
    .filter(([table]) => table !== 'migrations')
    .map(([table, column, type]) => `${table}.${column} ${types[String(type)] ?? type}`)
  const moved = listTables().flatMap(({ name, columns }) =>
    columns.map((column) => `${name}.${column.name} ${column.type}`),
  )
  assert.deepEqual(moved.sort(), there.sort())
})
