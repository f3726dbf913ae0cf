import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { migrateSqlite } from '../../src/store/sqlite/migrate.ts'
import { list, threadmill, write } from '../transfer.ts'
import { temporaryFolder } from './child.ts'

/** Doctor would try one out. */
const off = { THREADMILL_CODE_INTERPRETER: 'off' }

const withTables = (file: string, sql: string) => {
  using database = new DatabaseSync(file)
  database.exec(sql)
}

const kinds: [what: string, make: (file: string) => void, said: RegExp][] = [
  [
    'no database at all',
    (file) => writeFileSync(file, 'A letter to a friend. '.repeat(9)),
    /is no database: put the right file back, or restore a backup into an empty folder/,
  ],
  [
    'truncated',
    (file) => {
      migrateSqlite(file)
      truncateSync(file, Math.floor(readFileSync(file).length / 2) - 100)
    },
    /is damaged: restore a backup into an empty folder \("threadmill restore"\)/,
  ],
  [
    'written by a newer version',
    (file) => {
      migrateSqlite(file)
      withTables(file, "insert into migrations (name) values ('999-next.sql')")
    },
    /a newer version of Threadmill has written the database \(it has 999-next\.sql\): start that version/,
  ],
  [
    'that of another program',
    (file) => withTables(file, 'create table invoices (id integer primary key)'),
    /is that of another program: name another data folder/,
  ],
  [
    'that of another program which has migrations too',
    (file) => withTables(file, 'create table migrations (version integer); create table users (id integer)'),
    /is that of another program: name another data folder/,
  ],
  ['a folder', (file) => mkdirSync(file), /is a folder, and should be the database: move it away/],
]
if (process.platform !== 'win32')
  kinds.push([
    'a pipe',
    (file) => execFileSync('mkfifo', [file]),
    /is no file, and should be the database: move it away/,
  ])

for (const [what, make, said] of kinds) {
  test(`where threadmill.db is ${what} every command says the same, what to do, and no stack`, async () => {
    using folder = temporaryFolder()
    const data = join(folder.path, 'data')
    const file = join(data, 'threadmill.db')
    mkdirSync(data)
    make(file)
    write(folder.path, { 'dump.json': list([]) })
    const before = () => (what === 'a folder' || what === 'a pipe' ? '' : readFileSync(file, 'hex'))
    const was = before()
    const dump = join(folder.path, 'dump.json')
    const target = join(folder.path, 'target')
    const sentences = new Set<string>()
    for (const [args, wanted] of [
      [['serve', '--port', '0'], 1],
      [['doctor', '--port', '1'], 1],
      [['export', target], 2],
      [['import', dump], 2],
      [['import', dump, '--dry-run'], 2],
      [['backup', target], 2],
    ] as const) {
      const { code, out, errors } = await threadmill(data, [...args], off)
      assert.equal(code, wanted, `${args[0]}: ${errors}`)
      assert.doesNotMatch(out + errors, /^\s+at |errcode|"stack"/m)
      const sentence = /(?:threadmill: |cannot start: |Database +)(.*threadmill\.db.*)/.exec(
        errors || out,
      )?.[1]
      sentences.add(sentence ?? `${args[0]} said: ${out}${errors}`)
    }
    const [sentence = '', ...others] = sentences
    assert.deepEqual(others, [])
    assert.match(sentence, said)
    assert.ok(sentence.includes(file))
    assert.equal(before(), was)
  })
}

test('an empty threadmill.db is as good as none', async () => {
  using folder = temporaryFolder()
  const [data, target] = [join(folder.path, 'data'), join(folder.path, 'target')]
  mkdirSync(data)
  writeFileSync(join(data, 'threadmill.db'), '')
  write(folder.path, { 'dump.json': list([]) })
  for (const command of ['export', 'backup']) {
    const { code, errors } = await threadmill(data, [command, target])
    assert.deepEqual([code, /There is no database in /.test(errors)], [2, true], errors)
  }
  const doctor = await threadmill(data, ['doctor', '--port', '1'], off)
  assert.match(doctor.out, /Database +none yet/)
  const trial = await threadmill(data, ['import', join(folder.path, 'dump.json'), '--dry-run'])
  assert.equal(trial.code, 0, trial.errors)
})

test('a database that breaks in the midst of an export is named, with what to do', async () => {
  using folder = temporaryFolder()
  const [data, target] = [join(folder.path, 'data'), join(folder.path, 'target')]
  const file = join(data, 'threadmill.db')
  mkdirSync(data)
  migrateSqlite(file)
  // The pages of one table are not what they should be; the schema can be read.
  {
    using database = new DatabaseSync(file)
    database.exec('pragma wal_checkpoint(truncate)')
    const roots = database
      .prepare("select rootpage from sqlite_master where tbl_name = 'assistants' and rootpage > 0")
      .all() as { rootpage: number }[]
    const { page_size: size } = database.prepare('pragma page_size').get() as { page_size: number }
    database.close()
    const bytes = readFileSync(file)
    for (const { rootpage } of roots) bytes.fill(0xaa, (rootpage - 1) * size, rootpage * size)
    writeFileSync(file, bytes)
  }
  const { code, errors } = await threadmill(data, ['export', target])
  assert.equal(code, 1, errors)
  assert.match(errors, /threadmill: \S+threadmill\.db is damaged: restore a backup/)
  const doctor = await threadmill(data, ['doctor', '--port', '1'], off)
  assert.match(doctor.out, /fail {2}Database +\S+threadmill\.db is damaged/)
})
