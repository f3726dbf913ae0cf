import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { after, before, beforeEach, suite, test } from 'node:test'
import { CannotStart } from '../../src/errors/errors.ts'
import { StoreUnavailable } from '../../src/errors/unavailable.ts'
import type { BlobStore } from '../../src/store/blobs/blobs.ts'
import { openS3Blobs } from '../../src/store/blobs/s3.ts'
import { parseFilesUrl, type S3Location } from '../../src/store/blobs/files-url.ts'
import { createS3Client } from '../../src/store/blobs/s3-client.ts'
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3'
import { startS3Proxy, type S3Proxy } from '../s3-proxy.ts'
import { noS3Server, s3Environment, startS3Server, type S3Server } from '../s3-server.ts'

const MiB = 2 ** 20
const content = Buffer.alloc(20 * MiB, 'threadmill ')
async function* pieces(of: Buffer): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < of.length; at += 250_000) yield of.subarray(at, at + 250_000)
}

suite('an S3 server that fails', { skip: noS3Server ?? false, timeout: 900_000 }, () => {
  let server: S3Server
  let proxy: S3Proxy
  let blobs: BlobStore
  const workFolder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  const locate = (changes: Partial<S3Location> = {}): S3Location => ({
    ...parseFilesUrl(server.filesUrl('tests', proxy.endpoint)).location,
    ...changes,
  })
  const open = (changes: Partial<S3Location> = {}) =>
    openS3Blobs(locate(changes), { workFolder, writes: true, silenceMs: 2_000 })

  before(async () => {
    Object.assign(process.env, s3Environment)
    server = await startS3Server()
    proxy = await startS3Proxy(server.endpoint)
    blobs = await open()
  })
  after(async () => {
    await blobs[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
    await server[Symbol.asyncDispose]()
    rmSync(workFolder, { recursive: true })
  })
  beforeEach(() => {
    proxy.fault = () => undefined
    proxy.seen.length = 0
  })

  /** The next `times` requests of this method get the fault. The returned function says how many are left. */
  function fail(times: number, method: string, fault: ReturnType<S3Proxy['fault']>): () => number {
    let left = times
    proxy.fault = (asked) => (asked === method && left > 0 ? (left--, fault) : undefined)
    return () => left
  }

  for (const [what, fault] of [
    ['asks to slow down', { status: 503, code: 'SlowDown' }],
    ['has an error of its own', { status: 500, code: 'InternalError' }],
    ['cuts requests in the middle', { requestEndsAfter: 1_000_000 }],
    ['does not answer', 'silence'],
  ] as const) {
    test(`takes a content in spite of it when it ${what} twice`, async () => {
      const left = fail(2, 'PUT', fault)
      await blobs.put('file-aaaa', pieces(content), Infinity)
      assert.equal(left(), 0)
      assert.ok(content.equals(await buffer(blobs.open('file-aaaa'))))
    })
  }

  test('cuts a download again and again, and the content arrives whole', async () => {
    await blobs.put('file-aaaa', pieces(content), Infinity)
    const left = fail(5, 'GET', { answerEndsAfter: 3_000_001 })
    assert.ok(content.equals(await buffer(blobs.open('file-aaaa'))))
    assert.equal(left(), 0)
    fail(3, 'GET', { answerEndsAfter: 3_000_001 })
    const range = { start: 5, end: 18 * MiB }
    assert.ok(content.subarray(5, 18 * MiB).equals(await buffer(blobs.open('file-aaaa', range))))
    fail(2, 'GET', { answerEndsAfter: 3_000_001 })
    await using local = await blobs.onDisk('file-aaaa')
    assert.ok(content.equals(await buffer((await import('node:fs')).createReadStream(local.path))))
  })

  for (const [what, fault] of [
    ['asks to slow down', { status: 503, code: 'SlowDown' }],
    ['does not answer', 'silence'],
  ] as const) {
    test(`is said to be unavailable when it always ${what}, and nothing is kept`, async () => {
      await blobs.put('file-aaaa', pieces(Buffer.from('there')), Infinity)
      const before = server.objects()
      proxy.fault = () => fault
      const calls = [
        () => blobs.put('file-bbbb', pieces(Buffer.from('small')), Infinity),
        () => blobs.put('file-cccc', pieces(content), Infinity),
        () => text(blobs.open('file-aaaa')),
        () => blobs.onDisk('file-aaaa'),
        () => blobs.remove('file-aaaa'),
        () => blobs.page(),
        () => blobs.sweep(),
        () => blobs.tryToWrite(),
      ]
      const results = await Promise.allSettled(calls.map((call) => call()))
      for (const [at, result] of results.entries()) {
        assert.ok(result.status === 'rejected', `${calls[at]}`)
        assert.ok(result.reason instanceof StoreUnavailable, `${calls[at]}: ${result.reason}`)
        assert.doesNotMatch(
          JSON.stringify([result.reason, result.reason.message]),
          /secret|Signature|Credential/,
        )
      }
      assert.deepEqual(
        server.objects().filter((path) => !before.includes(path) && !path.endsWith('health-check')),
        [],
      )
      assert.deepEqual(readdirSync(workFolder), [])
    })
  }

  test('is said to be unavailable when it cuts a download always at the same place', async () => {
    await blobs.put('file-aaaa', pieces(content), Infinity)
    let begun = 0
    proxy.fault = (method) =>
      method === 'GET' ? { answerEndsAfter: begun++ === 0 ? 3_000_000 : 0 } : undefined
    await assert.rejects(buffer(blobs.open('file-aaaa')), StoreUnavailable)
    assert.ok(begun > 1, 'it was tried again')
  })

  test('does not keep a connection of a reader that has gone', async () => {
    await blobs.put('file-aaaa', pieces(content), Infinity)
    const stream = blobs.open('file-aaaa')
    for await (const chunk of stream) {
      assert.ok(chunk.length > 0)
      break
    }
    proxy.fault = () => 'silence'
    const waiting = blobs.open('file-aaaa').resume()
    const closed = new Promise((resolve) => waiting.once('close', resolve))
    waiting.destroy()
    await closed
  })

  test('has its abandoned uploads swept, those of before yesterday', async () => {
    const client = createS3Client(locate())
    const begin = async (id: string) =>
      client.send(new CreateMultipartUploadCommand({ Bucket: 'threadmill', Key: `tests/files/${id}` }))
    const old = await begin('file-aaaa')
    const folders = join(server.folder, '.sgwtmp', 'multipart')
    const past = new Date(Date.now() - 90_000_000)
    for (const name of readdirSync(folders, { recursive: true, encoding: 'utf8' }))
      if (name.includes(old.UploadId ?? '?')) utimesSync(join(folders, name), past, past)
    const young = await begin('file-bbbb')
    await blobs.sweep()
    const left = readdirSync(folders, { recursive: true, encoding: 'utf8' })
    assert.ok(!left.some((name) => name.includes(old.UploadId ?? '?')))
    assert.ok(left.some((name) => name.includes(young.UploadId ?? '?')))
    client.destroy()
  })

  test('with other objects below and beside its prefix: only contents are listed', async () => {
    await blobs.put('file-aaaa', pieces(Buffer.from('there')), Infinity)
    for (const path of ['tests/files/deep/file-bbbb', 'tests/file-cccc', 'tests-2/files/file-dddd', 'other'])
      mkdirSync(join(server.folder, path), { recursive: true })
    await using other = await open({ prefix: 'tests-2' })
    await other.put('file-eeee', pieces(Buffer.from('there')), Infinity)
    await using whole = await open({ prefix: '' })
    await whole.put('file-ffff', pieces(Buffer.from('there')), Infinity)
    const ids = async (store: BlobStore) => (await store.page()).found.map(({ id }) => id)
    assert.ok(
      !(await ids(blobs)).some((id) => ['file-bbbb', 'file-cccc', 'file-eeee', 'file-ffff'].includes(id)),
    )
    assert.deepEqual(await ids(other), ['file-eeee'])
    assert.deepEqual(await ids(whole), ['file-ffff'])
  })

  test('cannot be begun with when there is no such bucket, no right, no server or no credentials', async () => {
    const cases: [changes: Partial<S3Location>, env: Record<string, string>, said: RegExp][] = [
      [{ bucket: 'nobody-has-it' }, {}, /there is no bucket "nobody-has-it" \(NoSuchBucket\)/],
      [
        {},
        { AWS_ACCESS_KEY_ID: 'somebody' },
        /the credentials are refused \((InvalidAccessKeyId|XAdminUserNotFound)\)/,
      ],
      [
        {},
        { AWS_SECRET_ACCESS_KEY: 'wrong-secret' },
        /the credentials are refused \(SignatureDoesNotMatch\)/,
      ],
      [{ endpoint: 'http://127.0.0.1:1' }, {}, /the server cannot be reached \(ECONNREFUSED\)/],
      [{ endpoint: 'http://nowhere.invalid' }, {}, /the server cannot be reached \((ENOTFOUND|EAI_AGAIN)\)/],
      [{}, { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' }, /no credentials for it were found/],
      [{ endpoint: undefined, region: undefined }, {}, /the region is missing/],
    ]
    for (const [changes, env, said] of cases) {
      Object.assign(process.env, s3Environment, env)
      await assert.rejects(open(changes), (error: Error) => {
        assert.ok(error instanceof CannotStart, String(error))
        assert.match(error.message, said)
        assert.match(error.message, /^THREADMILL_FILES_URL is s3:\/\//)
        assert.doesNotMatch(error.message + JSON.stringify(error), /secret/)
        assert.equal(error.cause, undefined)
        return true
      })
    }
    Object.assign(process.env, s3Environment)
    proxy.fault = (method) => (method === 'PUT' ? { status: 403, code: 'AccessDenied' } : undefined)
    await assert.rejects(open(), /may not list, read and write there \(AccessDenied\)/)
    await openS3Blobs(locate(), { workFolder, writes: false, silenceMs: 2_000 })
  })
})
