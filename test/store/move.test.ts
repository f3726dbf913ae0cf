import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { after, before, suite, test } from 'node:test'
import { CannotStart } from '../../src/errors.ts'
import { DataFolderFailure, openToWrite, type StoreAt } from '../../src/store/data-folder.ts'
import { insertFile } from '../../src/store/files.ts'
import { migratePostgres } from '../../src/store/migrate-postgres.ts'
import { openMove, type MoveProgress } from '../../src/store/move/move.ts'
import type { MoveTo } from '../../src/store/move/places.ts'
import { openPostgresSession } from '../../src/store/move/session-postgres.ts'
import { listTables } from '../../src/store/move/tables.ts'
import { openBlobs } from '../../src/store/open-blobs.ts'
import { openServerDatabase } from '../../src/store/open-database.ts'
import { insertThread } from '../../src/store/threads.ts'
import { connectAlone } from '../../src/store/postgres-connection.ts'
import { databaseOf, dropSchema, postgresOf } from '../database.ts'
import { until } from '../runs.ts'
import { noS3Server, s3Environment, startS3Server, type S3Server } from '../s3-server.ts'

/** Folders and schemas of a test, by name, which go with it. */
async function createPlaces() {
  const root = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const folders = new Set<string>()
  const folder = (name: string) => {
    folders.add(join(root, name))
    return join(root, name)
  }
  return {
    folder,
    /** A store with its rows in the database that is tested. */
    async store(name: string, filesUrl = ''): Promise<StoreAt> {
      const dataDir = folder(name)
      return { dataDir, filesUrl, database: await databaseOf(dataDir) }
    },
    async postgres(name: string): Promise<MoveTo & { postgres: object }> {
      return { postgres: await postgresOf(folder(name)) }
    },
    async [Symbol.asyncDispose]() {
      for (const one of folders) await dropSchema(await postgresOf(one))
      rmSync(root, { recursive: true })
    },
  }
}

/** Where a store is after it was moved. */
const storeAt = (to: MoveTo, { dataDir, filesUrl = '' }: { dataDir: string; filesUrl?: string }): StoreAt =>
  'postgres' in to
    ? { dataDir, filesUrl, database: to.postgres }
    : { dataDir: to.dataDir, filesUrl, database: undefined }

/** Puts threads and files into a store, and makes it when it is not there. */
async function fill(
  at: StoreAt,
  { threads = [] as string[], files = {} as Record<string, Buffer> },
): Promise<void> {
  mkdirSync(at.dataDir, { recursive: true })
  await using opened = await openToWrite(at)
  const body = { created_at: 1, metadata: {}, tool_resources: {} }
  await opened.db.write(async (tx) => {
    for (const id of threads) await insertThread(tx, { id, project: 'p', body })
  })
  for (const [id, content] of Object.entries(files)) {
    const { bytes, sha256 } = await opened.blobs.put(id, pieces(content), Number.POSITIVE_INFINITY)
    const file = { created_at: 1, filename: `${id}.txt`, bytes, sha256, status: 'processed' as const }
    await opened.db.write((tx) =>
      insertFile(tx, { id, project: 'p', purpose: 'assistants', expires_at: null, body: file }),
    )
  }
}

async function* pieces(of: Buffer): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < of.length; at += 250_000) yield of.subarray(at, at + 250_000)
}

const silent: MoveProgress = { rows: () => {}, files: () => {}, checked: () => {} }

async function move(at: StoreAt, to: MoveTo, { filesUrl = '', progress = {} as Partial<MoveProgress> } = {}) {
  await using opened = await openMove(at, to, filesUrl)
  return await opened.run({ ...silent, ...progress })
}

const refused = (at: StoreAt, to: MoveTo, said: RegExp, filesUrl = '') =>
  assert.rejects(move(at, to, { filesUrl }), (error: unknown) => {
    assert.ok(error instanceof DataFolderFailure || error instanceof CannotStart, String(error))
    assert.match(error.message, said)
    return true
  })

/** Breaks a move off when `part` has come so far. */
async function breakOff(at: StoreAt, to: MoveTo, part: keyof MoveProgress, from = 1): Promise<void> {
  const broken = new Error('broken off')
  const progress = {
    [part]: (done: number) => {
      if (done >= from) throw broken
    },
  }
  await assert.rejects(move(at, to, { progress }), broken)
}

const threadsOf = async (at: StoreAt): Promise<string[]> => {
  await using opened = await openToWrite(at)
  return (await opened.db.all<{ id: string }>('select id from threads order by seq')).map(({ id }) => id)
}

/** Opens the database as a server does, which others notice. */
const serve = (at: StoreAt) => openServerDatabase(at, { log: () => {}, onBroken: () => {} })

async function closeAll(running: Awaited<ReturnType<typeof serve>>[]): Promise<void> {
  for (const { db, lock, checkpoint } of running) {
    await db.close()
    lock.close()
    await checkpoint.close()
  }
}

/** How many servers show PostgreSQL that they run. */
async function presences(): Promise<number> {
  const client = await connectAlone(await postgresOf('presences'))
  try {
    const { rows } = await client.query<{ count: number }>(
      "select count(*) from pg_locks where locktype = 'advisory' and mode = 'ShareLock' and database = (select oid from pg_database where datname = current_database())",
    )
    return Number(rows[0]?.count)
  } finally {
    await client.end()
  }
}

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
  await dropSchema(settings)
})

for (const [what, target] of [
  ['PostgreSQL', (places, name) => places.postgres(name)],
  ['a folder', async (places, name) => ({ dataDir: places.folder(name) })],
] satisfies [string, (places: Awaited<ReturnType<typeof createPlaces>>, name: string) => Promise<MoveTo>][])
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

    test('a target with something in it, that is used, or that is the source, is refused and stays as it was', async () => {
      await using places = await createPlaces()
      const [at, to] = [await places.store('source'), await target(places, 'target')]
      await fill(at, { threads: ['thread_1'] })
      await fill(storeAt(to, { dataDir: places.folder('other') }), { threads: ['thread_9'] })
      await refused(at, to, /is not empty: there are rows in threads/)
      assert.deepEqual(await threadsOf(storeAt(to, at)), ['thread_9'])
      await refused(storeAt(to, at), to, /which is where everything is already/)
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

suite('contents of files', () => {
  test('a content that is missing, or is not what was stored, is named, and all others are moved', async () => {
    await using places = await createPlaces()
    const at = await places.store('source')
    const to = { dataDir: places.folder('target') }
    const files = Object.fromEntries(
      ['whole', 'wrong', 'gone'].map((name) => [`file-${name}`, Buffer.from(name)]),
    )
    await fill(at, { files })
    const path = (id: string) => join(at.dataDir, 'files', id.slice(-2), id)
    writeFileSync(path('file-wrong'), 'Wrong')
    rmSync(path('file-gone'))
    const { contents } = await move(at, to)
    assert.ok(contents)
    assert.deepEqual([contents.files, contents.missing, contents.damaged], [2, ['file-gone'], ['file-wrong']])
    await using blobs = await openBlobs(storeAt(to, at), 'read')
    assert.equal(String(await buffer(blobs.open('file-whole'))), 'whole')
    assert.equal(String(await buffer(blobs.open('file-wrong'))), 'Wrong', 'it is all that there is')
  })

  test('what was moved before a move was broken off is kept, unless it is damaged', async () => {
    await using places = await createPlaces()
    const at = await places.store('source')
    const to = { dataDir: places.folder('target') }
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [`file-${1000 + n}`, Buffer.from(`content ${n}`)]),
    )
    await fill(at, { files })
    await breakOff(at, to, 'files', 20)
    const damaged = Object.keys(files).find((id) => existsSync(join(to.dataDir, 'files', id.slice(-2), id)))
    assert.ok(damaged)
    writeFileSync(join(to.dataDir, 'files', damaged.slice(-2), damaged), 'half')
    const { contents } = await move(at, to)
    assert.ok(contents)
    assert.equal(contents.files, 30)
    assert.ok(contents.found >= 15 && contents.found < 30, `${contents.found} were found`)
    await hasFiles(storeAt(to, at), files)
  })

  test('to PostgreSQL alone they stay, and the new server is told nothing else', async () => {
    await using places = await createPlaces()
    const at = await places.store('source')
    const to = await places.postgres('target')
    const files = { 'file-1234': Buffer.from('content') }
    await fill(at, { files })
    const { contents } = await move(at, to)
    assert.equal(contents, undefined)
    await hasFiles(storeAt(to, at), files)
  })

  test('a folder that has contents, and no database, is refused', async () => {
    await using places = await createPlaces()
    const at = await places.store('source')
    await fill(at, { threads: ['thread_1'] })
    const dataDir = places.folder('target')
    await fill(
      { dataDir, filesUrl: '', database: undefined },
      { files: { 'file-1234': Buffer.from('content') } },
    )
    rmSync(join(dataDir, 'threadmill.db'))
    await refused(at, { dataDir }, /target is not empty: files is in it/)
    mkdirSync(join(dataDir, 'servers'), { recursive: true })
    writeFileSync(join(dataDir, 'threadmill.db'), '')
    await refused(at, { dataDir }, /target is not empty: files is in it/)
  })
})

/** Every file of a store has its content, byte for byte. */
async function hasFiles(at: StoreAt, files: Record<string, Buffer>): Promise<void> {
  await using blobs = await openBlobs(at, 'read')
  for (const [id, content] of Object.entries(files))
    assert.ok(content.equals(await buffer(blobs.open(id))), `${id} is as it was`)
}

suite('contents on S3', { skip: noS3Server ?? false, timeout: 300_000 }, () => {
  let s3: S3Server
  before(async () => {
    Object.assign(process.env, s3Environment)
    s3 = await startS3Server()
  })
  after(() => s3[Symbol.asyncDispose]())

  test('they are moved from a folder to S3, to another prefix, and back to a folder, in parts too', async () => {
    await using places = await createPlaces()
    const first = await places.store('source')
    const [one, two] = [s3.filesUrl('one'), s3.filesUrl('two')]
    const files = {
      'file-large': randomBytes(17 * 2 ** 20),
      'file-small': Buffer.from('small'),
      'file-none': Buffer.alloc(0),
    }
    await fill(first, { files })

    const there = await places.postgres('there')
    const report = await move(first, there, { filesUrl: one })
    assert.deepEqual([report.contents?.files, report.contents?.damaged], [3, []])
    assert.match(report.contents?.to ?? '', /^s3:\/\/threadmill\/one at /)
    const second = storeAt(there, { dataDir: places.folder('there'), filesUrl: one })
    await hasFiles(second, files)

    const further = { dataDir: places.folder('further') }
    await move(second, further, { filesUrl: two })
    const third = storeAt(further, { ...second, filesUrl: two })
    await hasFiles(third, files)
    assert.equal(s3.objects('one/files').length, 3, 'the source is as it was')
    await assert.rejects(openBlobs({ ...third, filesUrl: '' }), /are not in it, but in s3:.*two/)

    const home = { dataDir: places.folder('home') }
    await move(third, home)
    await hasFiles(storeAt(home, first), files)
    assert.deepEqual(s3.unfinished(), [])
  })

  test('with the bucket named in which they are, they stay there', async () => {
    await using places = await createPlaces()
    const at = await places.store('source', s3.filesUrl('stay'))
    const files = { 'file-1234': Buffer.from('content') }
    await fill(at, { files })
    const to = { dataDir: places.folder('target') }
    const { contents } = await move(at, to, { filesUrl: at.filesUrl })
    assert.equal(contents, undefined)
    await hasFiles(storeAt(to, at), files)
    await assert.rejects(openBlobs(storeAt(to, { dataDir: '' })), /are not in it, but in s3:.*stay/)
  })

  test('they come back into the data folder whose rows were in PostgreSQL', async () => {
    await using places = await createPlaces()
    const files = { 'file-1234': Buffer.from('content') }
    const { postgres } = await places.postgres('there')
    const at = {
      dataDir: places.folder('home'),
      filesUrl: s3.filesUrl('home'),
      database: await postgresOf(places.folder('there')),
    }
    await fill(at, { files })
    const { contents } = await move(at, { dataDir: at.dataDir })
    assert.equal(contents?.files, 1)
    await hasFiles({ ...at, filesUrl: '', database: undefined }, files)
    assert.ok(postgres)
  })

  test('a prefix with files is refused, as is going on with other files than those of the broken move', async () => {
    await using places = await createPlaces()
    const at = await places.store('source')
    await fill(at, { files: { 'file-1234': Buffer.from('content') } })
    const full = await places.store('full', s3.filesUrl('full'))
    await fill(full, { files: { 'file-5678': Buffer.from('content') } })
    const to = { dataDir: places.folder('target') }
    await refused(at, to, /s3:\/\/threadmill\/full at .* is not empty: there are files in it/, full.filesUrl)
    await breakOff(at, to, 'files')
    await refused(
      at,
      to,
      /has a part of another move, which came from another place or had other --files/,
      full.filesUrl,
    )
    await refused(
      at,
      { dataDir: places.folder('new') },
      /the credentials|cannot|no bucket|bucket/,
      's3://nobody/x?endpoint=' + s3.endpoint,
    )
  })
})

suite('a server', () => {
  test('that runs keeps its folder from being moved, and from being moved to', async () => {
    await using places = await createPlaces()
    const at: StoreAt = { dataDir: places.folder('source'), filesUrl: '', database: undefined }
    const empty: StoreAt = { dataDir: places.folder('empty'), filesUrl: '', database: undefined }
    await fill(at, { threads: ['thread_1'] })
    await fill(empty, {})
    const running = [await serve(at), await serve(empty)]
    await refused(at, { dataDir: places.folder('target') }, /A server is running on .*source: stop it/)
    await closeAll(running.slice(0, 1))
    await refused(at, { dataDir: empty.dataDir }, /empty is used by a server or by another move/)
    await closeAll(running.slice(1))
    await move(at, { dataDir: empty.dataDir })
  })

  test('that runs keeps its schema from being moved, and from being moved to', async () => {
    await using places = await createPlaces()
    const at: StoreAt = {
      dataDir: places.folder('source'),
      filesUrl: '',
      database: await postgresOf(places.folder('source')),
    }
    const empty = await places.postgres('empty')
    await fill(at, { threads: ['thread_1'] })
    const running = [await serve(at), await serve(storeAt(empty, { dataDir: places.folder('other') }))]
    await until(async () => (await presences()) >= 2)
    await refused(at, { dataDir: places.folder('target') }, /A server or another move uses the schema/)
    await closeAll(running.slice(0, 1))
    await refused(at, empty, /The schema .* is used by a server or by another move/)
    await closeAll(running.slice(1))
    await move(at, empty)
  })

  test('does not start on what is just being moved', async () => {
    await using places = await createPlaces()
    const source = await postgresOf(places.folder('source'))
    const at: StoreAt = { dataDir: places.folder('source'), filesUrl: '', database: source }
    await fill(at, { threads: ['thread_1'] })
    const to = await places.postgres('target')
    await using opened = await openMove(at, to, '')
    await assert.rejects(serve(at), /is being moved: wait until "threadmill move" has ended/)
    await assert.rejects(serve(storeAt(to, at)), /is being moved: wait until/)
    await opened.run(silent)
  })
})
