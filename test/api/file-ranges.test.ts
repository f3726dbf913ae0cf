import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { toFile } from 'openai'
import { raw } from '../raw.ts'
import { startS3Proxy, type S3Proxy } from '../s3-proxy.ts'
import { noS3Server, s3Environment, startS3Server, type S3Server } from '../s3-server.ts'
import { startTestServer, type TestServer } from '../server.ts'

const text = '0123456789'

/** The paths of the contents of a File and of a file in a container, each with these bytes. */
async function storeBoth({ client }: TestServer, content: string | Buffer): Promise<string[]> {
  const file = () => toFile(Buffer.from(content), 'digits.txt')
  const { id } = await client.files.create({ purpose: 'user_data', file: await file() })
  const container = await client.containers.create({ name: 'ranges' })
  const placed = await client.containers.files.create(container.id, { file: await file() })
  return [`/v1/files/${id}/content`, `/v1/containers/${container.id}/files/${placed.id}/content`]
}

/** These hold wherever the contents are. */
function answersRanges(server: () => TestServer): void {
  const get = (path: string, range: string, more: Record<string, string> = {}) =>
    raw(server(), 'GET', path, undefined, { range, ...more })

  test('one range is answered alone, with what it is of', async () => {
    for (const path of await storeBoth(server(), text)) {
      for (const [range, got, start, end] of [
        ['bytes=2-4', '234', 2, 4],
        ['bytes=0-0', '0', 0, 0],
        ['bytes=7-', '789', 7, 9],
        ['bytes=7-700', '789', 7, 9],
        ['bytes=-3', '789', 7, 9],
        ['bytes=-300', text, 0, 9],
        ['Bytes= 9-9 ', '9', 9, 9],
      ] as const) {
        const answer = await get(path, range)
        assert.equal(answer.status, 206, range)
        assert.equal(answer.text, got, range)
        assert.equal(answer.headers.get('content-range'), `bytes ${start}-${end}/10`)
        assert.equal(answer.headers.get('content-length'), String(got.length))
        assert.equal(answer.headers.get('accept-ranges'), 'bytes')
        assert.match(answer.headers.get('content-disposition') ?? '', /digits\.txt"$/)
      }
    }
  })

  test('a range that begins behind the end is refused, and says how long the content is', async () => {
    for (const path of await storeBoth(server(), text)) {
      for (const range of ['bytes=10-', 'bytes=10-20', 'bytes=-0', `bytes=${'9'.repeat(400)}-`]) {
        const answer = await get(path, range)
        assert.equal(answer.status, 416, range)
        assert.equal(answer.headers.get('content-range'), 'bytes */10')
        assert.deepEqual(answer.json.error, {
          message: 'The requested range is not satisfiable: the content has 10 bytes.',
          type: 'invalid_request_error',
          param: null,
          code: 'range_not_satisfiable',
        })
      }
    }
    for (const path of await storeBoth(server(), '')) {
      const answer = await get(path, 'bytes=0-')
      assert.equal(answer.headers.get('content-range'), 'bytes */0')
    }
  })

  test('whatever is not one range of bytes is answered with the whole content', async () => {
    for (const path of await storeBoth(server(), text)) {
      for (const range of [
        'bytes=0-1,4-5',
        'bytes=4-2',
        'bytes=-',
        'bytes=a-b',
        'lines=0-1',
        'bytes',
        '0-1',
      ]) {
        const answer = await get(path, range)
        assert.deepEqual([answer.status, answer.text], [200, text], range)
        assert.equal(answer.headers.get('content-range'), null)
        assert.equal(answer.headers.get('accept-ranges'), 'bytes')
      }
      const conditional = await get(path, 'bytes=0-1', { 'if-range': '"some-version"' })
      assert.deepEqual(
        [conditional.status, conditional.text],
        [200, text],
        'nothing says that it is that version',
      )
      const head = await raw(server(), 'HEAD', path, undefined, { range: 'bytes=0-1' })
      assert.equal(head.status, 200, 'ranges are of GET')
      assert.equal(head.headers.get('content-length'), '10')
      assert.equal(head.headers.get('accept-ranges'), 'bytes')
    }
  })
}

suite('of files in a folder', () => {
  let server: TestServer
  before(async () => (server = await startTestServer({ models: {} })))
  after(() => server[Symbol.asyncDispose]())
  answersRanges(() => server)
})

suite('of files on S3', { skip: noS3Server ?? false, timeout: 900_000 }, () => {
  let s3: S3Server
  let proxy: S3Proxy
  let server: TestServer
  before(async () => {
    Object.assign(process.env, s3Environment)
    s3 = await startS3Server()
    proxy = await startS3Proxy(s3.endpoint)
    const env = { THREADMILL_FILES_URL: s3.filesUrl('tests', proxy.endpoint) }
    server = await startTestServer({ models: {}, env })
  })
  after(async () => {
    await server[Symbol.asyncDispose]()
    await proxy[Symbol.asyncDispose]()
    await s3[Symbol.asyncDispose]()
  })
  answersRanges(() => server)

  test('no more is read there than is asked for', async () => {
    const bytes = 8 * 2 ** 20
    for (const path of await storeBoth(server, Buffer.alloc(bytes, text))) {
      // A content that was asked for as a whole would break off here, and be asked for again.
      proxy.fault = (method, url) =>
        method === 'GET' && url.includes('/files/') ? { answerEndsAfter: 20 } : undefined
      const asked = () => proxy.seen.filter((one) => /^GET .*\/files\//.test(one)).length
      const before = asked()
      const answer = await raw(server, 'GET', path, undefined, {
        range: `bytes=${bytes / 2}-${bytes / 2 + 9}`,
      })
      proxy.fault = () => undefined
      assert.equal(answer.status, 206)
      assert.equal(answer.text.length, 10)
      assert.equal(asked(), before + 1)
    }
  })
})
