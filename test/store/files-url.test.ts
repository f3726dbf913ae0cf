import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readConfig } from '../../src/config/config.ts'
import { ConfigError } from '../../src/errors/errors.ts'
import { parseFilesUrl } from '../../src/store/blobs/files-url.ts'
import { startTestServer } from '../server.ts'
import { start } from '../../src/index.ts'

const example = { bucket: 'bucket', prefix: '', endpoint: undefined, region: undefined, pathStyle: false }

for (const [url, changes] of [
  ['s3://bucket', {}],
  ['s3://bucket/', {}],
  ['s3://Old_Bucket.of-2009/a/b-c/', { bucket: 'Old_Bucket.of-2009', prefix: 'a/b-c' }],
  ['s3://bucket?region=eu-central-1', { region: 'eu-central-1' }],
  [
    's3://bucket/p?endpoint=http://127.0.0.1:9000',
    { prefix: 'p', endpoint: 'http://127.0.0.1:9000', pathStyle: true },
  ],
  ['s3://bucket?endpoint=https%3A%2F%2Fx.example%2F&path_style=false', { endpoint: 'https://x.example/' }],
  ['s3://bucket?path_style=true', { pathStyle: true }],
] as const)
  test(`${url} says where files are`, () => {
    assert.deepEqual(parseFilesUrl(url), { location: { ...example, ...changes }, problems: [] })
  })

for (const [url, said] of [
  ['/srv/files', /must be an address like s3:/],
  ['https://bucket.s3.amazonaws.com', /must be an address like s3:/],
  ['s3://', /name of a bucket/],
  ['s3:///bucket', /name of a bucket/],
  ['s3://b', /name of a bucket/],
  ['s3://bucket:9000/p', /without a port/],
  ['s3://bucket/p#x', /without a port or a #/],
  ['s3://key:hidden-word@bucket', /must not hold credentials/],
  ['s3://bucket?endpoint=https://key:hidden-word@minio', /must not hold credentials/],
  ['s3://bucket?endpoint=minio:9000', /has an endpoint that is no http or https address/],
  ['s3://bucket?endpoint=https://minio/path', /has an endpoint that is no http or https address/],
  ['s3://bucket?endpoint=https://minio?hidden-word', /has an endpoint that is no http or https address/],
  ['s3://bucket?secret_key=hidden-word', /has an unknown parameter 'secret_key'/],
  ['s3://bucket?region=eu&region=us', /'region' twice/],
  ['s3://bucket?region=e%20u', /has a region/],
  ['s3://bucket?path_style=yes', /has a path_style that is neither true nor false/],
  ['s3://bucket/a/../b', /has a prefix with other signs/],
  ['s3://bucket/a//b', /has a prefix with other signs/],
  ['s3://bucket/ä b', /has a prefix with other signs/],
] as const)
  test(`${url} is refused by the name of its setting, and what may be secret is not repeated`, () => {
    assert.throws(
      () => readConfig({ THREADMILL_FILES_URL: url }, { use: 'read' }),
      (error: Error) => {
        assert.ok(error instanceof ConfigError)
        assert.match(error.message, said)
        assert.match(error.message, /^THREADMILL_FILES_URL /)
        assert.doesNotMatch(error.message, /hidden-word/)
        return true
      },
    )
  })

test('on the command line and in a program the setting has their own names', async () => {
  assert.throws(
    () =>
      readConfig(
        { THREADMILL_FILES_URL: 'x' },
        { use: 'read', options: { THREADMILL_FILES_URL: '--files-url' } },
      ),
    (error: Error) =>
      error instanceof ConfigError && error.ofOption && error.message.startsWith('--files-url must'),
  )
  await assert.rejects(start({ filesUrl: 'x' }), /^ConfigError: filesUrl must be an address/)
  await using server = await startTestServer()
  assert.ok(server.url, 'without it files are in the data folder')
})
