import assert from 'node:assert/strict'
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { CannotStart } from '../../src/errors/errors.ts'
import { joinBlobs } from '../../src/store/blobs/store-id.ts'
import { openFolderBlobs } from '../../src/store/blobs/folder.ts'
import { openPostgres } from '../../src/store/postgres/postgres.ts'
import type { PostgresSettings } from '../../src/store/postgres/settings.ts'
import { temporaryFolder } from '../acceptance/child.ts'
import { dropSchema, postgresOf } from '../database.ts'
import { testPostgres } from '../postgres.ts'
import { noS3Server, s3Environment, startS3Server } from '../s3-server.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { threadmill } from '../transfer.ts'

async function createSite() {
  const folder = temporaryFolder()
  const postgres = await testPostgres()
  const database: PostgresSettings = {
    url: postgres.url,
    schema: 'threadmill',
    poolSize: 4,
    statementTimeoutMs: 30_000,
  }
  return {
    database,
    at: (name: string) => join(folder.path, name),
    serve: (name: string, env: Record<string, string> = {}) =>
      startTestServer({ dataDir: join(folder.path, name), database, env }),
    async [Symbol.asyncDispose]() {
      folder[Symbol.dispose]()
      await postgres[Symbol.asyncDispose]()
    },
  }
}

const upload = ({ client }: TestServer, text = 'Hello') =>
  client.files.create({ file: new File([text], 'hello.txt'), purpose: 'assistants' })

const readyOf = async ({ url }: TestServer) => (await fetch(`${url}/health?ready`)).status

const refused = (start: Promise<unknown>, ...said: RegExp[]) =>
  assert.rejects(start, (error: unknown) => {
    assert.ok(error instanceof CannotStart, String(error))
    for (const one of said) assert.match(error.message, one)
    return true
  })

test('a server whose files are in another folder than those of its database does not start, and says which setting to look at', async () => {
  await using site = await createSite()
  {
    await using one = await site.serve('one')
    await upload(one)
    await refused(
      site.serve('other'),
      /The files of the database are not in .*other\/files: set THREADMILL_FILES_URL as the other servers have it/,
    )
    await using beside = await site.serve('one')
    assert.equal(await readyOf(beside), 200)
  }
  const env = { THREADMILL_DATABASE_URL: site.database.url, THREADMILL_CODE_INTERPRETER: 'off' }
  for (const name of ['other', 'none-yet']) {
    const { code, out } = await threadmill(site.at(name), ['doctor'], env)
    assert.equal(code, 1)
    assert.match(out, /fail +Files +The files of the database are not in .*(other|none-yet)\/files/)
    assert.doesNotMatch(out, new RegExp(new URL(site.database.url).password))
  }
  assert.ok(!existsSync(site.at('none-yet')))
  // An export would name every content as missing.
  const exported = await threadmill(site.at('other'), ['export', site.at('export')], env)
  assert.equal(exported.code, 2)
  assert.match(exported.errors, /The files of the database are not in/)
})

test('contents that were copied by hand, with or without the id of their place, are gone on with as the error says', async () => {
  await using site = await createSite()
  let id: string
  {
    await using one = await site.serve('one')
    ;({ id } = await upload(one))
  }
  for (const name of ['whole', 'bare'])
    cpSync(join(site.at('one'), 'files'), join(site.at(name), 'files'), { recursive: true })
  const note = join(site.at('bare'), 'files', 'store-id')
  rmSync(note)
  const error = (await site.serve('bare').then(
    () => undefined,
    (thrown: unknown) => thrown,
  )) as Error
  const [, written = '', where = ''] = /write "([^"]+)" to (\S+)$/.exec(error.message) ?? []
  assert.equal(where, note)
  writeFileSync(where, written)
  for (const name of ['whole', 'bare']) {
    await using server = await site.serve(name)
    assert.equal(await (await server.client.files.content(id)).text(), 'Hello')
  }
})

test('files of another database are refused, and servers of both go on', async () => {
  await using site = await createSite()
  const second: PostgresSettings = { ...site.database, schema: 'second' }
  await using one = await site.serve('one')
  await using other = await startTestServer({ dataDir: site.at('other'), database: second })
  await upload(one)
  await upload(other)
  await refused(
    startTestServer({ dataDir: site.at('other'), database: site.database }),
    /The files in .*other\/files belong to another database: look at --data-dir, THREADMILL_DATABASE_URL, and THREADMILL_DATABASE_SCHEMA/,
  )
  // Without a single file as well: two databases would clear away what is the other one's.
  await refused(
    startTestServer({ dataDir: site.at('one'), database: { ...site.database, schema: 'third' } }),
    /There are files in .*one\/files already/,
  )
  assert.deepEqual([await readyOf(one), await readyOf(other)], [200, 200])
})

test('while no file was stored the place may change, and a server that runs with the former one is not ready', async () => {
  await using site = await createSite()
  await using former = await site.serve('former')
  assert.equal(await readyOf(former), 200)
  await using now = await site.serve('now')
  assert.equal(await readyOf(now), 200)
  // Answers of the check are reused for a second.
  for (let status = 0; status !== 503;) status = await readyOf(former)
  await upload(now)
  await refused(site.serve('former'), /The files in .*former\/files belong to another database/)
})

test('servers that start at once on a new database, or on one of an earlier version, agree', async () => {
  await using site = await createSite()
  const startThree = async () => {
    const servers = await Promise.all([1, 2, 3].map(() => site.serve('shared')))
    const states = await Promise.all(servers.map(readyOf))
    const [first] = servers
    if (first) await upload(first)
    for (const server of servers) await server.server.close()
    return states
  }
  assert.deepEqual(await startThree(), [200, 200, 200])
  await forget(site.database)
  rmSync(join(site.at('shared'), 'files', 'store-id'))
  assert.deepEqual(await startThree(), [200, 200, 200])
})

/** As a database of an earlier version is after the migration. */
async function forget(database: PostgresSettings): Promise<void> {
  const db = openPostgres(database)
  await db.write((tx) => tx.run('update blob_stores set store_id = null, bound = 0'))
  await db.close()
}

test('after an update the first server with other files is refused too, and the right one starts', async () => {
  await using site = await createSite()
  {
    await using one = await site.serve('one')
    await upload(one)
  }
  await forget(site.database)
  rmSync(join(site.at('one'), 'files', 'store-id'))
  await refused(site.serve('other'), /The files of the database are not in .*other\/files/)
  await using one = await site.serve('one')
  assert.equal(await readyOf(one), 200)
})

test('a server that was killed before its place had the id goes on', async () => {
  await using site = await createSite()
  const database = await postgresOf(site.at('killed'))
  {
    await using _ = await startTestServer({ dataDir: site.at('killed'), database })
  }
  const blobs = openFolderBlobs(join(site.at('killed'), 'files'))
  const id = await blobs.readId()
  rmSync(blobs.idAt)
  const db = openPostgres(database)
  await db.write((tx) => tx.run('update blob_stores set bound = 0'))
  assert.equal(await joinBlobs(db, blobs, { dataDir: site.at('killed'), filesUrl: '', database }), id)
  assert.equal(readFileSync(blobs.idAt, 'utf8'), `${id}\n`)
  await db.close()
  await dropSchema(database)
})

suite('with files on S3', { skip: noS3Server ?? false, timeout: 300_000 }, () => {
  test('a replica without THREADMILL_FILES_URL, or with another one, does not start', async () => {
    Object.assign(process.env, s3Environment)
    await using s3 = await startS3Server()
    await using site = await createSite()
    const on = (prefix: string) => ({ THREADMILL_FILES_URL: s3.filesUrl(prefix) })
    await using one = await site.serve('one', on('right'))
    const { id } = await upload(one)
    await refused(site.serve('two'), /set THREADMILL_FILES_URL as the other servers have it/)
    await refused(site.serve('three', on('wrong')), /look at THREADMILL_FILES_URL/)
    await using four = await site.serve('four', on('right'))
    assert.equal(await (await four.client.files.content(id)).text(), 'Hello')
    // A prefix that another database uses, which has no content at the moment.
    await one.client.files.delete(id)
    await refused(
      startTestServer({
        dataDir: site.at('five'),
        database: { ...site.database, schema: 'mistyped' },
        env: on('right'),
      }),
      /belong to another database.*remove the object store-id in s3:/,
    )
  })
})
