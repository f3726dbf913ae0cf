import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { suite, test } from 'node:test'
import { toFile } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import type { PostgresSettings } from '../../src/store/postgres/settings.ts'
import { openAgain } from '../../src/store/open-database.ts'
import { testPostgres } from '../postgres.ts'
import { noS3Server, s3Environment, startS3Server } from '../s3-server.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { threadmill } from '../transfer.ts'
import { temporaryFolder } from './child.ts'

interface Problem {
  id: string
  problem: string
  mended: string | null
  advice: string | null
}

/** What `threadmill check --json` says: its exit code, and the problems of each check. */
async function check(dataDir: string, env: Record<string, string>, ...options: string[]) {
  const { code, out, errors } = await threadmill(dataDir, ['check', '--json', ...options], env)
  assert.ok(out.startsWith('{'), errors)
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: { what: string; problems: Problem[] }[] }
  assert.equal(code, ok ? 0 : 1)
  return { ok, problems: Object.fromEntries(checks.map(({ what, problems }) => [what, problems])) }
}

const nothing = { Database: [], Contents: [], Containers: [], 'Text index': [], Usage: [] }
const put = async ({ client }: TestServer, name: string, text: string) =>
  client.files.create({ purpose: 'assistants', file: await toFile(Buffer.from(text), name) })

/** Three stores with a file each, and a run. */
async function fill(server: TestServer) {
  const { beta, vectorStores } = server.client
  const stores = await Promise.all(
    ['otter', 'mole', 'heron'].map(async (animal) => {
      const file = await put(server, `${animal}.txt`, `The ${animal} eats fish in the river, says ${animal}.`)
      const { id } = await vectorStores.create({ name: animal })
      await vectorStores.files.createAndPoll(id, { file_id: file.id }, { pollIntervalMs: 20 })
      return { id, file: file.id, animal }
    }),
  )
  const assistant = await beta.assistants.create({ model: 'scripted' })
  const thread = { messages: [{ role: 'user' as const, content: 'Is it?' }] }
  await beta.threads.createAndRunPoll({ assistant_id: assistant.id, thread }, { pollIntervalMs: 20 })
  return stores
}

const search = async ({ client }: TestServer, store: string, query: string) =>
  (await client.vectorStores.search(store, { query })).data.length

suite('threadmill check', { timeout: 300_000 }, () => {
  for (const kind of ['SQLite', 'PostgreSQL'] as const)
    test(`on ${kind}, beside a running server, finds what does not fit together, mends what can be mended, and says what cannot`, async () => {
      await using postgres = kind === 'SQLite' ? undefined : await testPostgres()
      const url = postgres?.url ?? ''
      const database: PostgresSettings = {
        url,
        schema: 'threadmill',
        poolSize: 4,
        statementTimeoutMs: 30_000,
      }
      const env = { THREADMILL_DATABASE_URL: url }
      await using server = await startTestServer({
        models: { scripted: scripted([{ text: 'Yes.' }]) },
        ...(postgres && { database }),
      })
      const { dataDir } = server
      const stores = await fill(server)
      const [otter, mole, heron] = stores as [(typeof stores)[0], (typeof stores)[0], (typeof stores)[0]]
      const [shorter, aside] = [
        await put(server, 'short.txt', 'shorter'),
        await put(server, 'aside.txt', 'aside'),
      ]
      const { containers } = server.client
      const container = await containers.create({ name: 'of a program' })
      await containers.files.create(container.id, { file: await toFile(Buffer.from('left'), 'left.txt') })
      const whole = await check(dataDir, env)
      assert.deepEqual(whole, { ok: true, problems: nothing })

      const path = (id: string) => join(dataDir, 'files', id.slice(-2).toLowerCase(), id)
      const lost = readFileSync(path(otter.file))
      rmSync(path(otter.file))
      writeFileSync(path(shorter.id), 'short')
      renameSync(path(aside.id), join(dataDir, 'files/unfinished', aside.id))
      const db = openAgain(postgres ? { postgres: database } : { file: join(dataDir, 'threadmill.db') })
      const segment = 'select id from text_segments where vector_store_id = ?'
      await db.write(async (tx) => {
        await tx.run(`delete from text_pages where segment = (${segment})`, otter.id)
        await tx.run('delete from text_segments where vector_store_id = ?', mole.id)
        await tx.run('update text_segments set alive = 7 where vector_store_id = ?', heron.id)
        await tx.run('delete from usage_entries')
        await tx.run('delete from containers where id = ?', container.id)
        // PostgreSQL does not keep the reference by itself.
        if (postgres)
          await tx.run("insert into run_log (run, seq, attempt, event, data) values (77, 1, 1, 'left', '{}')")
      })
      await db.close()

      const found = await check(dataDir, env)
      assert.deepEqual(
        found.problems['Database']?.map(({ id, problem }) => [id, problem]),
        postgres ? [['run_log', 'has 1 row of runs that were deleted']] : [],
      )
      assert.deepEqual(
        Object.fromEntries(found.problems['Contents']?.map(({ id, problem }) => [id, problem]) ?? []),
        {
          [aside.id]: 'has no content',
          [otter.file]: 'has no content',
          [shorter.id]: 'has a content of 5 bytes, where 7 were stored',
        },
      )
      const ofIndex = Object.fromEntries(
        found.problems['Text index']?.map(({ id, problem }) => [id, problem]) ?? [],
      )
      assert.match(ofIndex[otter.id] ?? '', /lacks words of 1 chunk/)
      assert.match(ofIndex[mole.id] ?? '', /has 1 chunk that its text index does not have/)
      assert.match(ofIndex[heron.id] ?? '', /counts 7 chunks .* and has 1/)
      assert.match(
        found.problems['Usage']?.[0]?.problem ?? '',
        /counted 0 requests .*, and its runs have used 1$/,
      )
      assert.deepEqual(
        found.problems['Containers']?.map(({ id, problem }) => [id, problem]),
        [[container.id, 'has files of programs, and is no thread and no container']],
      )
      assert.ok(!existsSync(path(aside.id)), 'without --repair nothing is changed')

      const repaired = await check(dataDir, env, '--repair')
      assert.equal(repaired.ok, false)
      const all = Object.values(repaired.problems).flat()
      const mended = Object.fromEntries(all.map(({ id, mended: how }) => [id, how]))
      assert.deepEqual(
        [otter.file, shorter.id, 'default'].map((id) => mended[id]),
        [null, null, null],
      )
      assert.equal(mended[aside.id], 'its content had been set aside, and was taken back')
      assert.match(mended[container.id] ?? '', /expires, and is deleted/)
      assert.match(mended[otter.id] ?? '', /made again/)
      assert.match(mended[mole.id] ?? '', /was made for them/)
      assert.match(mended[heron.id] ?? '', /made again/)
      assert.ok(all.every(({ mended: how, advice }) => (how === null) === (advice !== null)))
      assert.equal(await (await server.client.files.content(aside.id)).text(), 'aside')
      for (const { id, animal } of stores) assert.equal(await search(server, id, animal), 1, animal)

      writeFileSync(path(otter.file), lost)
      writeFileSync(path(shorter.id), 'SHORTER')
      const again = await check(dataDir, env)
      assert.deepEqual({ ...again.problems, Usage: [] }, nothing)
      const read = await check(dataDir, env, '--contents')
      assert.deepEqual(
        read.problems['Contents']?.map(({ id, problem }) => [id, problem]),
        [[shorter.id, 'has a content with another SHA-256 than what was stored']],
      )
      const { code, out } = await threadmill(dataDir, ['check'], env)
      assert.equal(code, 1)
      assert.match(out, /ok {4}Database/)
      assert.match(out, /fail {2}Usage[^]*not mended: the minutes and keys/)
    })

  test('on SQLite finds words in the index that its texts do not have, and makes it again', async () => {
    await using server = await startTestServer({ models: { scripted: scripted([{ text: 'Yes.' }]) } })
    const { dataDir } = server
    const [otter] = await fill(server)
    assert.ok(otter)
    assert.equal((await check(dataDir, {}, '--texts')).ok, true)
    using db = new DatabaseSync(join(dataDir, 'threadmill.db'))
    // As many words as before, and one of them another one.
    db.prepare('update chunks set text = replace(text, ?, ?) where vector_store_id = ?').run(
      'fish',
      'eels',
      otter.id,
    )
    const { problems } = await check(dataDir, {})
    assert.match(
      problems['Text index']?.[0]?.problem ?? '',
      /^has a text index with other words than 1 chunk in/,
    )
    const repaired = await check(dataDir, {}, '--repair')
    assert.match(repaired.problems['Text index']?.[0]?.mended ?? '', /its terms were made again/)
    assert.equal((await check(dataDir, {}, '--texts')).ok, true)
    assert.deepEqual([await search(server, otter.id, 'eels'), await search(server, otter.id, 'fish')], [1, 0])
  })

  test('on SQLite removes what says nothing without a row that is gone, and keeps what a person may want to read', async () => {
    await using server = await startTestServer({ models: { scripted: scripted([{ text: 'Yes.' }]) } })
    const { dataDir } = server
    const [otter] = await fill(server)
    const { id: thread } = await server.client.beta.threads.create({
      messages: [{ role: 'user', content: 'Hi' }],
    })
    using db = new DatabaseSync(join(dataDir, 'threadmill.db'), { enableForeignKeyConstraints: false })
    db.prepare('delete from text_segments where vector_store_id = ?').run(otter?.id ?? '')
    db.prepare('delete from threads where id = ?').run(thread)
    const found = (await check(dataDir, {})).problems['Database']?.map(({ id, problem }) => [id, problem])
    assert.deepEqual(found, [
      ['messages', 'has 1 row that belongs to rows of threads which are gone'],
      ['text_pages', 'has 1 row that belongs to rows of text_segments which are gone'],
    ])
    await check(dataDir, {}, '--repair')
    const left = (await check(dataDir, {})).problems
    assert.deepEqual([left['Database']?.map(({ id }) => id), left['Text index']], [['messages'], []])
    assert.equal(await search(server, otter?.id ?? '', 'otter'), 1)
  })

  test('on SQLite makes an index again that does not fit its table, and says of a damaged page what to do', async () => {
    using folder = temporaryFolder()
    const file = join(folder.path, 'threadmill.db')
    {
      await using server = await startTestServer({ dataDir: folder.path })
      await server.client.beta.threads.create()
    }
    {
      using db = new DatabaseSync(file)
      db.enableDefensive?.(false)
      db.exec('pragma writable_schema = on')
      const index = db.prepare("select * from sqlite_master where name = 'files_of_content'").get()
      assert.ok(index)
      db.exec("delete from sqlite_master where name = 'files_of_content'")
      db.close()
      using without = new DatabaseSync(file)
      without.enableDefensive?.(false)
      without.exec(
        "insert into files (id, project, purpose, created_at, body) values ('file-abcdefgh', 'default', 'assistants', 1, '{}')",
      )
      without.exec('pragma writable_schema = on')
      without
        .prepare('insert into sqlite_master (type, name, tbl_name, rootpage, sql) values (?, ?, ?, ?, ?)')
        .run(...['type', 'name', 'tbl_name', 'rootpage', 'sql'].map((column) => index[column] as string))
    }
    const found = await check(folder.path, {})
    assert.match(found.problems['Database']?.[0]?.problem ?? '', /is damaged: .* index files_of_content/)
    const repaired = await check(folder.path, {}, '--repair')
    assert.equal(repaired.problems['Database']?.[0]?.mended, 'all indexes were made again')
    assert.deepEqual((await check(folder.path, {})).problems['Database'], [])

    const { size } = statSync(file)
    const bytes = readFileSync(file)
    bytes.fill(0xff, 8 * 4096, size - 4096)
    writeFileSync(file, bytes)
    const { code, out, errors } = await threadmill(folder.path, ['check'], {})
    assert.ok(code === 1 || code === 2)
    assert.match(out + errors, /damaged[^]*restore a backup/)
  })

  // A server that runs would find it as well.
  for (const place of ['a folder', 'a bucket'] as const)
    test(
      `on ${place} sets aside what no file has`,
      { skip: place === 'a bucket' && noS3Server },
      async () => {
        using folder = temporaryFolder()
        await using s3 = place === 'a bucket' ? await startS3Server() : undefined
        const env: Record<string, string> = s3
          ? { ...s3Environment, THREADMILL_FILES_URL: s3.filesUrl('checked') }
          : {}
        if (s3) Object.assign(process.env, s3Environment)
        let id: string
        {
          await using server = await startTestServer({ dataDir: folder.path, env })
          ;({ id } = await put(server, 'a.txt', 'abc'))
        }
        const path = (name: string) =>
          s3
            ? join(s3.folder, 'checked/files', name)
            : join(folder.path, 'files', name.slice(-2).toLowerCase(), name)
        const stray = path('file-LeftBehindzz')
        mkdirSync(join(stray, '..'), { recursive: true })
        writeFileSync(stray, 'left behind')
        utimesSync(stray, 1, 1)
        const young = path('file-JustComeyy')
        mkdirSync(join(young, '..'), { recursive: true })
        writeFileSync(young, 'its row comes in a moment')

        const found = await check(folder.path, env)
        assert.deepEqual(
          found.problems['Contents']?.map((one) => [one.id, one.problem]),
          [['file-LeftBehindzz', '(11 bytes) is stored, and no file has it']],
        )
        const repaired = await check(folder.path, env, '--repair')
        assert.equal(
          repaired.problems['Contents']?.[0]?.mended,
          'set aside; the server removes it after a day',
        )
        assert.equal(existsSync(stray), s3 !== undefined, 'in a bucket it has a mark')
        const { code, out } = await threadmill(folder.path, ['check'], env)
        assert.equal(code, 0)
        assert.equal(/1 content set aside, removed after a day/.test(out), s3 !== undefined)
        rmSync(path(id))
        const lost = await check(folder.path, env)
        assert.deepEqual(
          lost.problems['Contents']?.map((one) => [one.id, one.problem]),
          [[id, 'has no content']],
        )
      },
    )
})

test('there is nothing to check where no server was', async () => {
  using folder = temporaryFolder()
  const { code, errors } = await threadmill(folder.path, ['check'], {})
  assert.deepEqual([code, /There is no database in/.test(errors)], [2, true])
})
