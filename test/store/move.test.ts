import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { openToWrite, type StoreAt } from '../../src/store/data-folder.ts'
import { migratePostgres } from '../../src/store/postgres/migrate.ts'
import { migrateSqlite } from '../../src/store/sqlite/migrate.ts'
import { beginMove } from '../../src/store/move/open-target.ts'
import { nameOfMove, type MoveTo } from '../../src/store/move/places.ts'
import { openPostgresSession } from '../../src/store/move/session-postgres.ts'
import { openSqliteSession } from '../../src/store/move/session-sqlite.ts'
import { listTables, numberOf } from '../../src/store/move/tables.ts'
import { dropSchema, postgresOf, sqliteOnly } from '../database.ts'
import {
  breakOff,
  createPlaces,
  fill,
  move,
  refused,
  serve,
  storeAt,
  threadsOf,
  type Places,
} from '../move/places.ts'

test('what is in a table that is moved, of both databases, is known', async () => {
  const settings = await postgresOf('tables')
  await migratePostgres(settings)
  await using session = await openPostgresSession(settings)
  const types: Record<string, string> = { bigint: 'integer', bytea: 'blob' }
  const rows = await session.query(
    'select table_name, column_name, data_type from information_schema.columns where table_schema = ?',
    settings.schema,
  )
  const there = rows
    .filter(([table]) => table !== 'migrations')
    .map(([table, column, type]) => `${table}.${column} ${types[String(type)] ?? type}`)
  const moved = listTables().flatMap(({ name, columns }) =>
    columns.map((column) => `${name}.${column.name} ${column.type}`),
  )
  assert.deepEqual(moved.sort(), there.sort())
  // A number that is that of another row is given by nobody.
  for (const table of listTables()) {
    const column = numberOf(table)
    if (column === undefined) continue
    const [[sequence] = []] = await session.query('select pg_get_serial_sequence(?, ?)', table.name, column)
    assert.notEqual(sequence, null, `what numbers ${table.name}`)
  }
  await dropSchema(settings)
})

for (const [what, target] of [
  ['PostgreSQL', (places, name) => places.postgres(name)],
  ['a folder', async (places, name) => ({ dataDir: places.folder(name) })],
] satisfies [string, (places: Places, name: string) => Promise<MoveTo>][])
  suite(`moving to ${what}`, () => {
    test('numbers go on after the highest that were ever given, though their rows are gone', async () => {
      await using places = await createPlaces()
      const [at, to] = [await places.store('source'), await target(places, 'target')]
      await fill(at, { threads: ['thread_1', 'thread_2', 'thread_3'] })
      const reserved = await reserveAndRemove(at)
      await move(at, to)
      const moved = storeAt(to, at)
      await fill(moved, { threads: ['thread_4'] })
      await using opened = await openToWrite(moved)
      const { seq } =
        (await opened.db.get<{ seq: number }>('select seq from threads where id = ?', 'thread_4')) ?? {}
      assert.ok(Number(seq) > 3, `${seq}`)
      const next = await opened.db.write((tx) => tx.reserveNumbers('chunks', 5))
      const after = await opened.db.write((tx) => tx.reserveNumbers('chunks', 5))
      assert.ok(next > reserved, `${next} comes after ${reserved}`)
      assert.ok(opened.db.kind === 'sqlite' || after >= next + 5)
    })

    test('what was broken off while it was begun lets no server start, and is gone on with', async () => {
      await using places = await createPlaces()
      const [at, to] = [await places.store('source'), await target(places, 'target')]
      await fill(at, { threads: ['thread_1'] })
      if ('dataDir' in to) mkdirSync(to.dataDir)
      const ending = {
        clear: () => {
          throw new Error('the end')
        },
      }
      const begin = { name: nameOfMove(at, undefined), refuseContents: async () => {} }
      {
        await using session =
          'postgres' in to
            ? await openPostgresSession(to.postgres)
            : openSqliteSession(join(to.dataDir, 'threadmill.db'))
        const migrate = (moveName: string) =>
          'postgres' in to
            ? migratePostgres(to.postgres, { moveName })
            : migrateSqlite(join(to.dataDir, 'threadmill.db'), { moveName })
        await assert.rejects(beginMove({ ...session, ...ending }, begin, migrate), /the end/)
      }
      await assert.rejects(serve(storeAt(to, at)), /not whole, because a move to it was broken off/)
      const { resumed } = await move(at, to)
      assert.equal(resumed, true)
      assert.deepEqual(await threadsOf(storeAt(to, at)), ['thread_1'])
    })

    test('what was broken off among the rows is gone on with, and nothing is copied again', async () => {
      await using places = await createPlaces()
      const [at, to] = [await places.store('source'), await target(places, 'target')]
      const threads = Array.from({ length: 2_100 }, (_, n) => `thread_${n}`)
      await fill(at, { threads })
      await breakOff(at, to, 'rows', 1_000)
      await assert.rejects(serve(storeAt(to, at)), /not whole, because a move to it was broken off/)
      await breakOff(at, to, 'checked')
      const report = await move(at, to)
      const rows = report.tables.reduce((sum, table) => sum + table.rows, 0)
      assert.deepEqual([report.resumed, report.begunAgain, report.found], [true, false, rows])
      assert.deepEqual(await threadsOf(storeAt(to, at)), threads)
    })

    test('what has changed since it was broken off is moved as it is now', async () => {
      await using places = await createPlaces()
      const [at, to] = [await places.store('source'), await target(places, 'target')]
      await fill(at, { threads: ['thread_1', 'thread_2'] })
      await breakOff(at, to, 'checked')
      await fill(at, { threads: ['thread_3'] })
      await breakOff(at, to, 'checked')
      {
        await using opened = await openToWrite(at)
        await opened.db.write((tx) => tx.run("update threads set body = '{}' where id = 'thread_1'"))
      }
      const report = await move(at, to)
      assert.deepEqual([report.resumed, report.begunAgain], [true, true])
      assert.deepEqual(await threadsOf(storeAt(to, at)), ['thread_1', 'thread_2', 'thread_3'])
    })

    test('what a newer version has written is refused, at either end', async () => {
      await using places = await createPlaces()
      const [at, to] = [await places.store('source'), await target(places, 'target')]
      await fill(at, { threads: ['thread_1'] })
      const other = storeAt(to, { dataDir: places.folder('other') })
      await fill(other, {})
      await markAsNewer(other)
      await refused(at, to, /A newer version of Threadmill has made the tables in/)
      await markAsNewer(at)
      await refused(
        at,
        await target(places, 'fresh'),
        /a newer version of Threadmill has written the database/,
      )
    })

    test('a target with something in it, that is used, or that is the source, is refused and stays as it was', async () => {
      await using places = await createPlaces()
      const [at, to] = [await places.store('source'), await target(places, 'target')]
      await fill(at, { threads: ['thread_1'] })
      const other = storeAt(to, { dataDir: places.folder('other') })
      await fill(other, { threads: ['thread_9'] })
      await refused(at, to, /is not empty: there are rows in threads/)
      assert.deepEqual(await threadsOf(other), ['thread_9'])
      await refused(storeAt(to, at), to, /which is where everything is already/)
      for (const below of ['sub', 'sub/folder'])
        await refused(
          at,
          { dataDir: join(at.dataDir, below) },
          /in the data folder that is moved: name a folder beside/,
        )
      const fresh = await target(places, 'fresh')
      await breakOff(at, fresh, 'checked')
      await refused(storeAt(to, at), fresh, /has a part of another move/)
      await refused(
        storeAt(fresh, at),
        await target(places, 'third'),
        /not whole, because a move to it was broken off/,
      )
    })
  })

test(
  'NUL characters, which PostgreSQL does not store, are replaced there and counted',
  sqliteOnly,
  async () => {
    await using places = await createPlaces()
    const [at, to] = [await places.store('source'), await places.postgres('target')]
    await fill(at, { threads: ['thread_1'] })
    {
      await using opened = await openToWrite(at)
      await opened.db.write((tx) =>
        tx.run(
          "insert into thread_metadata (thread_id, key, value) values ('thread_1', ?, ?)",
          'a\0b',
          '\0\0',
        ),
      )
    }
    await breakOff(at, to, 'checked')
    const { nulReplaced } = await move(at, to)
    assert.equal(nulReplaced, 2)
    await using opened = await openToWrite(storeAt(to, at))
    const { key, value } =
      (await opened.db.get<{ key: string; value: string }>('select key, value from thread_metadata')) ?? {}
    assert.deepEqual([key, value], ['a\ufffdb', '\ufffd\ufffd'])
  },
)

async function markAsNewer(at: StoreAt): Promise<void> {
  await using opened = await openToWrite(at)
  await opened.db.write((tx) => tx.run("insert into migrations (name, sha256) values ('999-newer.sql', 'x')"))
}

/** Gives chunks numbers that no chunk has, as where a file was removed. Returns the last of them. */
async function reserveAndRemove(at: StoreAt): Promise<number> {
  await using opened = await openToWrite(at)
  return await opened.db.write(async (tx) => {
    const first = await tx.reserveNumbers('chunks', 7)
    await tx.run("insert into vector_stores (id, project, body) values ('vs_1', 'p', '{}')")
    await tx.run(
      `insert into vector_store_files (id, project, vector_store_id, status, created_at, attributes, chunking)
       values ('file-1', 'p', 'vs_1', 'completed', 1, '{}', '{}')`,
    )
    await tx.run(
      `insert into chunks (id, vector_store_id, file_id, ord, text, tokens, terms, overlap)
       values (?, 'vs_1', 'file-1', 0, 'x', 1, 1, 0)`,
      first + 6,
    )
    await tx.run('delete from chunks')
    return first + 6
  })
}
