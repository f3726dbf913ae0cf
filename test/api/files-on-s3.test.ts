import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import { toFile } from 'openai'
import { code, startCodeServer, type CodeServer } from '../code-server.ts'
import { raw } from '../raw.ts'
import { until } from '../runs.ts'
import { startS3Proxy } from '../s3-proxy.ts'
import { noS3Server, s3Environment, startS3Server, type S3Server } from '../s3-server.ts'

const contents = (s3: S3Server) => s3.objects('tests/files').length

suite('a server whose files are on S3', { skip: noS3Server ?? false, timeout: 900_000 }, () => {
  let s3: S3Server
  let server: CodeServer
  const logged: unknown[] = []
  before(async () => {
    Object.assign(process.env, s3Environment)
    s3 = await startS3Server()
    server = await startCodeServer({
      env: { THREADMILL_FILES_URL: s3.filesUrl() },
      log: (...line) => void logged.push(line),
    })
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await s3[Symbol.asyncDispose]()
  })
  const text = async (id: string) => (await server.client.files.content(id)).text()

  test('keeps them there and nowhere else, from the upload to the delete', async () => {
    const { client } = server
    const file = await server.upload('facts.txt', 'The harbour opens at seven.')
    assert.equal(contents(s3), 1)
    assert.equal(await text(file.id), 'The harbour opens at seven.')
    assert.deepEqual(
      readdirSync(join(server.dataDir, 'files')).filter((name) => name.length === 2),
      [],
    )
    await client.files.delete(file.id)
    await until(async () => contents(s3) === 0)
    await assert.rejects(client.files.content(file.id), { status: 404 })
  })

  test('takes a large file in parts, and an upload of several parts, and gives them back', async () => {
    const { client } = server
    const large = Buffer.alloc(36 * 2 ** 20, 'a line that is repeated\n')
    const file = await client.files.create({ purpose: 'user_data', file: await toFile(large, 'large.txt') })
    const hash = createHash('sha256')
    for await (const chunk of (await client.files.content(file.id)).body as AsyncIterable<Uint8Array>)
      hash.update(chunk)
    assert.equal(hash.digest('hex'), createHash('sha256').update(large).digest('hex'))

    const [first, second] = [large.subarray(0, 20 * 2 ** 20), large.subarray(20 * 2 ** 20)]
    const upload = await client.uploads.create({
      bytes: large.length,
      filename: 'joined.txt',
      mime_type: 'text/plain',
      purpose: 'user_data',
    })
    const part_ids: string[] = []
    for (const data of [first, second])
      part_ids.push((await client.uploads.parts.create(upload.id, { data: await toFile(data, 'part') })).id)
    const md5 = createHash('md5').update(large).digest('hex')
    const whole = await client.uploads.complete(upload.id, { part_ids, md5 })
    assert.equal(whole.file?.bytes, large.length)
    for (const id of [file.id, whole.file?.id ?? '']) await client.files.delete(id)
    await until(async () => contents(s3) === 0)
    assert.deepEqual(s3.unfinished(), [])
  })

  test('a file with a given id is found, searched and deleted as any other', async () => {
    const { client } = server
    const id = 'file-CyHtsk7XAWdRabQUBYRjCu'
    const params = {
      purpose: 'assistants' as const,
      file: await toFile(Buffer.from('Ferries go at nine.'), 'a.md'),
      id,
    }
    await client.files.create(params)
    assert.equal(await text(id), 'Ferries go at nine.')
    const store = await client.vectorStores.create({ name: 'times' })
    const indexed = await client.vectorStores.files.createAndPoll(
      store.id,
      { file_id: id },
      { pollIntervalMs: 50 },
    )
    assert.equal(indexed.status, 'completed')
    const { data } = await client.vectorStores.search(store.id, { query: 'when do ferries go' })
    assert.equal(data[0]?.content[0]?.text, 'Ferries go at nine.')
    const work = join(server.dataDir, 'files', 'unfinished')
    assert.deepEqual(readdirSync(work), [], 'what was read on this machine is gone')
    await client.files.delete(id)
    await until(async () => contents(s3) === 0)
  })

  test('code interpreter reads files from it, and what programs write is kept in it', async () => {
    const input = await server.upload('numbers.csv', '1\n2\n3\n')
    const s = await server.createFixture(
      'sums',
      [
        code(`numbers = [int(line) for line in open("/mnt/data/numbers.csv")]
open("/mnt/data/sum.txt", "w").write(str(sum(numbers)))`),
        { text: 'Here is [the sum](sandbox:/mnt/data/sum.txt).' },
      ],
      { file_ids: [input.id] },
    )
    const run = await s.run()
    assert.equal(run.status, 'completed')
    const [part] = (await s.answer()).content
    assert.ok(part?.type === 'text')
    const [link] = part.text.annotations
    assert.ok(link?.type === 'file_path')
    assert.equal(await text(link.file_path.file_id), '6')
    assert.equal(contents(s3), 2)
    for (const id of [input.id, link.file_path.file_id]) await server.client.files.delete(id)
    await until(async () => contents(s3) === 0)
  })

  test('while the S3 server is away clients are told to ask again, and then everything goes on', async () => {
    const file = await server.upload('facts.txt', 'The harbour opens at seven.')
    await s3.stop()
    try {
      const form = new FormData()
      form.append('purpose', 'assistants')
      form.append('file', new File(['more'], 'more.txt'))
      const answers = await Promise.all([
        raw(server, 'GET', `/v1/files/${file.id}/content`),
        raw(server, 'POST', '/v1/files', form),
      ])
      for (const { status, json, headers } of answers) {
        assert.equal(status, 503)
        assert.match(headers.get('retry-after') ?? '', /^\d+$/)
        assert.deepEqual(Object.keys(json.error), ['message', 'type', 'param', 'code'])
        assert.equal(json.error.code, 'store_unavailable')
        assert.doesNotMatch(json.error.message, /127\.0\.0\.1|s3:/)
      }
      assert.equal((await raw(server, 'GET', '/health')).status, 503)
      assert.equal((await raw(server, 'GET', `/v1/files/${file.id}`)).status, 200, 'rows are there')
    } finally {
      await s3.start()
    }
    assert.equal(await text(file.id), 'The harbour opens at seven.')
    await until(async () => (await raw(server, 'GET', '/health')).status === 200)
    await server.client.files.delete(file.id)
    await until(async () => contents(s3) === 0)
    assert.doesNotMatch(JSON.stringify(logged), /harbour|a-secret-that|Signature=|Credential=/)
  })

  test('a run and the indexing of a file wait until the S3 server answers again, and a cancel ends the waiting', async () => {
    await using proxy = await startS3Proxy(s3.endpoint)
    await using other = await startCodeServer({
      env: { THREADMILL_FILES_URL: s3.filesUrl('waits', proxy.endpoint) },
    })
    /** Requests for contents of this kind fail so often: the client asks four times before it gives up. */
    const refuse = (counts: Record<string, number>) => {
      proxy.fault = (method, url) => {
        if (!url.includes('/files/') || (counts[method] ?? 0) === 0) return undefined
        counts[method] = (counts[method] ?? 0) - 1
        return { status: 503, code: 'SlowDown' }
      }
    }
    const input = await other.upload('numbers.csv', '1\n2\n3\n')
    const sum = `numbers = [int(line) for line in open("/mnt/data/numbers.csv")]
open("/mnt/data/sum.txt", "w").write(str(sum(numbers)))`
    const s = await other.createFixture('sums', [code(sum), { text: 'Done.' }], { file_ids: [input.id] })
    refuse({ GET: 9, PUT: 9 })
    assert.equal((await s.run()).status, 'completed')
    assert.match(other.told.at(-1) ?? '', /Files written: \/mnt\/data\/sum\.txt/)

    refuse({ GET: 9 })
    const store = await other.client.vectorStores.create({})
    const { status } = await other.client.vectorStores.files.createAndPoll(
      store.id,
      { file_id: input.id },
      { pollIntervalMs: 20 },
    )
    assert.equal(status, 'completed')

    const waits = await other.createFixture('waits', [code(sum)], { file_ids: [input.id] })
    refuse({ GET: Number.POSITIVE_INFINITY })
    const before = proxy.seen.length
    const { threads } = other.client.beta
    const run = await threads.runs.create(waits.thread.id, { assistant_id: waits.assistant.id })
    await until(async () => proxy.seen.length > before + 4)
    await threads.runs.cancel(run.id, { thread_id: waits.thread.id })
    const ended = await threads.runs.poll(run.id, { thread_id: waits.thread.id }, { pollIntervalMs: 20 })
    assert.equal(ended.status, 'cancelled')
    refuse({})
  })
})
