import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { migrate } from '../../src/store/migrate.ts'
import { openStage } from './stage.ts'

const source = (name: string) => JSON.stringify(new URL(`../../src/store/${name}.ts`, import.meta.url).href)

/** Opens the database when told to, and writes fifty rows, each durable before the next. */
const program = `
  import { migrate } from ${source('migrate')}
  import { openDatabase } from ${source('database')}
  const [file, name] = process.argv.slice(1)
  process.stdin.once('data', async () => {
    migrate(file)
    const db = openDatabase(file)
    for (let n = 1; n <= 50; n++)
      await db.write((tx) => tx.run('insert into tombstones (id, seq) values (?, ?)', name + n, n))
    await db.close()
    process.exit()
  })
  console.log('ready')
`

test('migrating again changes nothing and keeps what is there', async () => {
  await using s = openStage()
  const thread = await s.thread()
  const schema = () => s.db.all('select type, name, sql from sqlite_master order by name')
  const before = await schema()
  migrate(s.file)
  migrate(s.file)
  assert.deepEqual(await schema(), before)
  assert.deepEqual(
    (await s.db.all<{ id: string }>('select id from threads')).map(({ id }) => id),
    [thread],
  )
  const { length } = await s.db.all('select name from migrations')
  assert.ok(length > 0)
})

test('processes that open one new folder at once all find their tables, and none loses a write', async () => {
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
    await Promise.all(children.map((child) => once(child.stdout, 'data')))
    for (const child of children) child.stdin.write('go')
    assert.deepEqual(await ended, [0, 0, 0], errors.join(''))
    using database = new DatabaseSync(file)
    const count = database.prepare('select count(*) as n from tombstones').get()
    assert.equal(count?.['n'], 150)
    assert.equal(database.prepare('pragma journal_mode').get()?.['journal_mode'], 'wal')
    rmSync(folder, { recursive: true })
  }
})
