import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { scripted } from '../../src/models/scripted.ts'
import { CannotStart } from '../../src/errors/errors.ts'
import { findDamage } from '../../src/store/sqlite/check-database.ts'
import { migrateSqlite } from '../../src/store/sqlite/migrate.ts'
import { migrations } from '../../src/store/schema-check.ts'
import { startTestServer } from '../server.ts'
import { createStoreFixture } from './fixture.ts'
import { sqliteOnly } from '../database.ts'

const source = (name: string) => JSON.stringify(new URL(`../../src/store/${name}.ts`, import.meta.url).href)

/** Opens the database when it is told to, and writes fifty rows. Each is durable before the next. */
const program = `
  import { migrateSqlite } from ${source('sqlite/migrate')}
  import { openSqlite } from ${source('sqlite/sqlite')}
  const [file, name] = process.argv.slice(1)
  process.stdin.once('data', async () => {
    migrateSqlite(file)
    const db = openSqlite(file)
    for (let n = 1; n <= 50; n++)
      await db.write((tx) => tx.run('insert into tombstones (id, seq) values (?, ?)', name + n, n))
    await db.close()
    process.exit()
  })
  console.log('ready')
`

test('migrating again changes nothing and keeps what is there', sqliteOnly, async () => {
  await using s = await createStoreFixture()
  const thread = await s.thread()
  const schema = () => s.db.all('select type, name, sql from sqlite_master order by name')
  const before = await schema()
  assert.deepEqual(migrateSqlite(s.file), [])
  assert.deepEqual(await schema(), before)
  assert.deepEqual(
    (await s.db.all<{ id: string }>('select id from threads')).map(({ id }) => id),
    [thread],
  )
  const { length } = await s.db.all('select name from migrations')
  assert.ok(length > 0)
  assert.deepEqual(migrateSqlite(join(s.folder, 'new.db')), [], 'nothing is brought up to date')
})

test(
  'processes that open one new folder at once all find their tables, and none loses a write',
  sqliteOnly,
  async () => {
    for (let round = 0; round < 5; round++) {
      const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
      const file = join(folder, 'threadmill.db')
      const children = ['a', 'b', 'c'].map((name) =>
        spawn(process.execPath, ['--input-type=module', '--eval', program, file, name], {
          stdio: ['pipe', 'pipe', 'pipe'],
        }),
      )
      const errors: string[] = []
      for (const child of children) child.stderr.on('data', (data) => errors.push(String(data)))
      const ended = Promise.all(children.map(async (child) => (await once(child, 'close'))[0] as number))
      const ready = Promise.all(children.map((child) => once(child.stdout, 'data')))
      // A program that ends before it is ready is said, and not waited for.
      await Promise.race([ready, ended])
      for (const child of children) child.stdin.write('go')
      assert.deepEqual(await ended, [0, 0, 0], errors.join(''))
      using database = new DatabaseSync(file)
      const count = database.prepare('select count(*) as n from tombstones').get()
      assert.equal(count?.['n'], 150)
      assert.equal(database.prepare('pragma journal_mode').get()?.['journal_mode'], 'wal')
      rmSync(folder, { recursive: true })
    }
  },
)

test(
  'a database of version 0.1.0 goes on working, and its runs are replayed as they were streamed',
  sqliteOnly,
  async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
    const migrations = new URL('../../src/store/migrations/sqlite/', import.meta.url)
    const streamed = new Map<
      string,
      { thread_id: string; id: string; events: { event: string; data: string }[] }
    >()
    {
      using database = new DatabaseSync(join(dataDir, 'threadmill.db'))
      database.exec('create table migrations (name text primary key)')
      for (const name of ['001-first.sql', '002-vector-stores.sql', '003-vector-store-indexes.sql']) {
        database.exec(readFileSync(new URL(name, migrations), 'utf8'))
        database.prepare('insert into migrations (name) values (?)').run(name)
      }
      database.exec(readFileSync(new URL('rows-of-0.1.0.sql', import.meta.url), 'utf8'))
      const rows = database
        .prepare(
          'select id, thread_id, event, data from run_events join runs on id = run_id order by runs.seq, run_events.seq',
        )
        .all() as { id: string; thread_id: string; event: string; data: string }[]
      for (const { id, thread_id, event, data } of rows) {
        const run = streamed.get(id) ?? { id, thread_id, events: [] }
        streamed.set(id, run)
        run.events.push({ event, data })
      }
    }
    assert.equal(streamed.size, 6)
    migrateSqlite(join(dataDir, 'threadmill.db'))
    {
      using database = new DatabaseSync(join(dataDir, 'threadmill.db'))
      assert.equal(
        database.prepare('pragma auto_vacuum').get()?.['auto_vacuum'],
        2,
        'space can be given back',
      )
    }
    await using server = await startTestServer({ dataDir, models: { scripted: scripted([{ text: 'New' }]) } })
    for (const { id, thread_id, events } of streamed.values()) {
      const response = await fetch(`${server.url}/v1/threads/${thread_id}/runs/${id}/stream`, {
        headers: { authorization: `Bearer ${server.apiKey}` },
      })
      const frames = (await response.text()).split('\n\n').slice(0, -2)
      // Deltas are not compared, because a chore may delete those of old runs at any moment.
      const others = events.filter(({ event }) => !event.endsWith('.delta'))
      assert.deepEqual(
        frames.map((frame) => frame.split('\n').slice(0, 2)).filter(([name]) => !name?.endsWith('.delta')),
        others.map(({ event, data }) => [`event: ${event}`, `data: ${data}`]),
      )
    }
    const [run] = streamed.values()
    const { runs } = server.client.beta.threads
    const old = await runs.retrieve(run?.id ?? '', { thread_id: run?.thread_id ?? '' })
    assert.equal(old.instructions, 'Be kind.')
    const next = await runs.createAndPoll(run?.thread_id ?? '', { assistant_id: old.assistant_id })
    assert.equal(next.status, 'completed')
    await server[Symbol.asyncDispose]()
    rmSync(dataDir, { recursive: true })
  },
)

/** A database in a folder that is removed after the test. `make` fills it. */
function databaseFile(make: (database: DatabaseSync) => void) {
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const file = join(folder, 'threadmill.db')
  using database = new DatabaseSync(file)
  make(database)
  return { file, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
}

/** Applies the migrations as old versions did, which stored no hashes. */
function applyWithoutHashes(database: DatabaseSync, change: (sql: string) => string = (sql) => sql): void {
  database.exec('create table migrations (name text primary key)')
  for (const { name, sql } of migrations()) {
    database.exec(change(sql))
    database.prepare('insert into migrations (name) values (?)').run(name)
  }
}

const remembered = (file: string) => {
  using database = new DatabaseSync(file, { readOnly: true })
  return database.prepare('select name, sha256 from migrations order by name').all()
}

const namesIn = (file: string) => {
  using database = new DatabaseSync(file, { readOnly: true })
  return database.prepare('select * from migrations order by name').all()
}

test('the hashes of what was applied are remembered, also by a database that knew only names', () => {
  const expected = migrations().map(({ name, sha256 }) => ({ name, sha256 }))
  using fresh = databaseFile(() => {})
  using old = databaseFile((database) => applyWithoutHashes(database))
  for (const { file } of [fresh, old]) {
    migrateSqlite(file)
    assert.deepEqual(
      remembered(file).map((row) => ({ ...row })),
      expected,
    )
    assert.equal(findDamage(file), undefined)
  }
})

for (const [what, make, said] of [
  [
    'a newer version has written',
    (database: DatabaseSync) => {
      applyWithoutHashes(database)
      database.exec("insert into migrations (name) values ('997-sharding.sql'), ('998-more.sql')")
    },
    /a newer version of Threadmill has written the database \(it has 997-sharding\.sql, 998-more\.sql\): start that/,
  ],
  [
    'a version between releases has made, with a column less',
    (database: DatabaseSync) =>
      applyWithoutHashes(database, (sql) =>
        sql.replace(
          /create table tombstones \([^]*?;/,
          'create table tombstones (id text primary key, seq integer);',
        ),
      ),
    /made by a version between releases, and this one cannot read it \(tombstones/,
  ],
  [
    'a version between releases has made, without an index',
    (database: DatabaseSync) => {
      applyWithoutHashes(database)
      const row = database
        .prepare("select name from sqlite_master where type = 'index' and sql is not null")
        .get()
      database.exec(`drop index ${row?.['name']}`)
    },
    /made by a version between releases/,
  ],
  [
    'has been through another file of the same name',
    (database: DatabaseSync) => {
      database.exec('create table migrations (name text primary key, sha256 text)')
      for (const { name, sql, sha256 } of migrations()) {
        database.exec(sql)
        const hash = name === '004-run-log.sql' ? sha256.replace(/./g, '0') : sha256
        database.prepare('insert into migrations (name, sha256) values (?, ?)').run(name, hash)
      }
    },
    /made by a version between releases, and this one cannot read it \(004-run-log\.sql differ/,
  ],
] as const) {
  test(`a database that ${what} is refused in a sentence, stays as it is, and doctor sees it`, () => {
    using old = databaseFile(make)
    const before = namesIn(old.file)
    assert.throws(
      () => migrateSqlite(old.file),
      (error: Error) => error instanceof CannotStart && said.test(error.message),
    )
    assert.match(findDamage(old.file) ?? '', said)
    assert.deepEqual(namesIn(old.file), before)
  })
}

test('migrations that servers may have applied never change: a change goes into a new file', () => {
  const list = 'test/store/migrations.sha256'
  const listed = readFileSync(new URL('migrations.sha256', import.meta.url), 'utf8')
    .trim()
    .split('\n')
  const there = (['sqlite', 'postgres'] as const).flatMap((kind) =>
    migrations(kind).map(({ name, sha256 }) => `${sha256}  ${kind}/${name}`),
  )
  const nameOf = (line: string) => line.slice(line.indexOf('  ') + 2)
  const names = new Set(listed.map(nameOf))
  const changed = listed.filter((line) => !there.includes(line)).map(nameOf)
  assert.deepEqual(
    changed,
    [],
    'databases have these as they were: write a new migration in place of the change',
  )
  const missing = there.filter((line) => !names.has(nameOf(line)))
  assert.deepEqual(missing, [], `a new migration gets its line here, before it lands: add it to ${list}`)
})
