import assert from 'node:assert/strict'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { noS3Server, s3Environment, startS3Server, type S3Server } from '../s3-server.ts'
import { threadmill } from '../transfer.ts'
import { apiKey, spawnMain, startServer, temporaryFolder, withoutDiscovery } from './child.ts'

const quiet = {
  THREADMILL_CONFIG: withoutDiscovery,
  THREADMILL_CODE_INTERPRETER: 'off',
  THREADMILL_PORT: '0',
}

/** Looks for the client of S3 where nothing is installed. */
const withoutClient = `import { registerHooks } from 'node:module'
registerHooks({
  resolve: (name, context, next) =>
    next(name, /^@(aws-sdk|smithy)[/]/.test(name) ? { ...context, parentURL: 'file:///' } : context),
})`

for (const command of [[], ['doctor']])
  test(`${['threadmill', ...command].join(' ')} names the one command that installs the client of S3, where that is not there`, async () => {
    using folder = temporaryFolder()
    const { code, out, errors } = await threadmill(folder.path, command, {
      ...quiet,
      THREADMILL_FILES_URL: 's3://bucket/files?endpoint=http://127.0.0.1:9',
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(withoutClient)}`,
    })
    assert.equal(code, 1)
    const clone = join(import.meta.dirname, '../..')
    assert.match(out + errors, /THREADMILL_FILES_URL is set, and the client of S3 is not installed/)
    assert.ok(
      (out + errors).includes(`npm install --no-save --save-prod --prefix ${clone} @aws-sdk/client-s3@3.`),
    )
  })

suite('the program, with files on S3', { skip: noS3Server ?? false, timeout: 900_000 }, () => {
  let s3: S3Server
  before(async () => {
    s3 = await startS3Server()
  })
  after(() => s3[Symbol.asyncDispose]())
  const on = (prefix: string) => ({ ...s3Environment, THREADMILL_FILES_URL: s3.filesUrl(prefix) })

  /** A server that has a file, which is stopped then; the id of the file. */
  async function fill(dataDir: string, env: Record<string, string>): Promise<string> {
    await using server = await startServer(dataDir, env)
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 })
    const { id } = await client.files.create({
      purpose: 'assistants',
      file: await toFile(Buffer.from('The harbour opens at seven.'), 'facts.txt'),
    })
    server.signal('SIGTERM')
    await server.exited
    return id
  }
  async function read(dataDir: string, env: Record<string, string>, id: string): Promise<string> {
    await using server = await startServer(dataDir, env)
    const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 })
    return await (await client.files.content(id)).text()
  }

  test('a backup holds the contents, and is restored to S3 or into a data folder, whatever it came from', async () => {
    using folder = temporaryFolder()
    const at = (name: string) => join(folder.path, name)
    const id = await fill(at('first'), on('first'))
    const made = await threadmill(at('first'), ['backup', at('backup'), '--json'], on('first'))
    assert.equal(made.code, 0, made.errors)
    const { files, missing, damaged } = JSON.parse(made.out)
    assert.deepEqual([files, missing, damaged], [1, [], []])
    for (const [name, env] of [
      ['second', on('second')],
      ['third', {}],
    ] as const) {
      const back = await threadmill(at(name), ['restore', at('backup')], env)
      assert.equal(back.code, 0, back.errors)
      assert.equal(await read(at(name), env, id), 'The harbour opens at seven.')
    }
    assert.equal(s3.objects('second/files').length, 1)
    const again = await threadmill(at('third'), ['backup', at('backup-2'), '--json'])
    assert.equal(again.code, 0, again.errors)
    const onS3 = await threadmill(at('fourth'), ['restore', at('backup-2')], on('fourth'))
    assert.equal(onS3.code, 0, onS3.errors)
    assert.equal(await read(at('fourth'), on('fourth'), id), 'The harbour opens at seven.')

    const over = await threadmill(at('fifth'), ['restore', at('backup')], on('second'))
    assert.equal(over.code, 2)
    assert.match(over.errors, /There are files in s3:\/\/threadmill\/second .* already/)
    assert.deepEqual(readdirSync(at('fifth')), [])
  })

  test('a content that was changed in the bucket, or is gone, is named by a backup', async () => {
    using folder = temporaryFolder()
    const at = (name: string) => join(folder.path, name)
    const [changed, gone] = [await fill(at('data'), on('changed')), await fill(at('data'), on('changed'))]
    writeFileSync(join(s3.folder, 'changed/files', changed), 'The harbour opens at eight.')
    rmSync(join(s3.folder, 'changed/files', gone))
    const { code, out } = await threadmill(at('data'), ['backup', at('backup'), '--json'], on('changed'))
    assert.equal(code, 1)
    const { missing, damaged } = JSON.parse(out)
    assert.deepEqual([missing, damaged], [[gone], [changed]])
  })

  test('an export writes the contents out, and an import puts them in', async () => {
    using folder = temporaryFolder()
    const at = (name: string) => join(folder.path, name)
    const id = await fill(at('data'), on('export'))
    const exported = await threadmill(at('data'), ['export', at('dump')], on('export'))
    assert.equal(exported.code, 0, exported.errors)
    assert.equal(readFileSync(join(at('dump'), 'files', id), 'utf8'), 'The harbour opens at seven.')
    const imported = await threadmill(at('new'), ['import', at('dump')], on('import'))
    assert.equal(imported.code, 0, imported.errors)
    assert.equal(s3.objects('import/files').length, 1)
    assert.equal(await read(at('new'), on('import'), id), 'The harbour opens at seven.')
  })

  test('a server whose files are elsewhere than before does not start, and says so', async () => {
    using folder = temporaryFolder()
    const at = (name: string) => join(folder.path, name)
    await fill(at('on-s3'), on('moved'))
    await fill(at('in-folder'), {})
    const cases: [dataDir: string, env: Record<string, string>, said: RegExp][] = [
      [
        at('on-s3'),
        {},
        /The files of .*on-s3 are not in it, but in s3:\/\/threadmill\/moved at .*: set THREADMILL_FILES_URL/,
      ],
      [at('in-folder'), on('moved-2'), /there are files in .*in-folder\/files: make a backup without it/],
      [at('new'), on('moved'), /There are files in s3:\/\/threadmill\/moved .* but the database .* is empty/],
    ]
    for (const [THREADMILL_DATA_DIR, env, said] of cases) {
      await using server = spawnMain({ ...quiet, ...env, THREADMILL_DATA_DIR })
      assert.equal((await server.exited).code, 1)
      assert.match(server.stderr, said)
    }
  })

  test('doctor and the start say in one sentence what is wrong with it, and neither tells a secret', async () => {
    using folder = temporaryFolder()
    const dataDir = join(folder.path, 'data')
    const right = await threadmill(dataDir, ['doctor', '--files-url', s3.filesUrl('doctor')], {
      ...s3Environment,
      THREADMILL_CODE_INTERPRETER: 'off',
    })
    assert.match(right.out, /Files +s3:\/\/threadmill\/doctor at http:\/\/127.*: can be listed and written/)
    assert.deepEqual(readdirSync(folder.path), [], 'it only looks')
    const wrong = {
      ...on('doctor'),
      AWS_SECRET_ACCESS_KEY: 'another-secret',
      THREADMILL_CODE_INTERPRETER: 'off',
    }
    const { code, out, errors } = await threadmill(dataDir, ['doctor'], wrong)
    assert.equal(code, 1)
    assert.match(out, /Files .*the credentials are refused \(SignatureDoesNotMatch\)/)
    await using server = spawnMain({ ...quiet, ...wrong, THREADMILL_DATA_DIR: dataDir })
    assert.equal((await server.exited).code, 1)
    assert.match(
      server.stderr,
      /^threadmill cannot start: THREADMILL_FILES_URL is s3:.*the credentials are refused .*\n$/,
    )
    assert.doesNotMatch(out + errors + server.stderr + server.stdout, /another-secret/)
  })
})
