import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { apiKey, call, quiet, spawnMain, startServer, temporaryFolder } from './child.ts'

const run = promisify(execFile)
const source = (name: string) => new URL(`../../src/${name}`, import.meta.url).href

test('a local embedding model that is not there is said in one sentence, with what to do', async () => {
  using folder = temporaryFolder()
  const config = join(folder.path, 'config.json')
  writeFileSync(config, '{ "embedding": "local" }')
  const settings = { ...quiet, THREADMILL_CONFIG: config, THREADMILL_DATA_DIR: join(folder.path, 'data') }
  await using process = spawnMain(settings, [], folder.path)
  assert.equal((await process.exited).code, 1)
  const lines = process.stderr.split('\n').filter((line) => line.includes('cannot start'))
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /^threadmill cannot start: embedding is "local", .* run "threadmill setup"/)
  assert.doesNotMatch(process.stderr, /"stack"|\n\s+at /)
})

test('a data folder that cannot be made stops the start with its name', async () => {
  for (const dataDir of ['/proc/none/data', join(import.meta.filename, 'data')]) {
    await using process = spawnMain({ ...quiet, THREADMILL_DATA_DIR: dataDir })
    assert.deepEqual(await process.exited, { code: 1, signal: null })
    assert.match(process.stderr, /THREADMILL_DATA_DIR: \/.*data cannot be written/)
  }
})

test('wrong settings stop the start with every problem named, and nothing is created', async () => {
  using folder = temporaryFolder()
  const dataDir = join(folder.path, 'data')
  const key = 'too short'
  await using process = spawnMain(
    {
      THREADMILL_DATA_DIR: dataDir,
      THREADMILL_PORT: 'http',
      THREADMILL_PROT: '80',
      THREADMILL_API_KEY: key,
      THREADMILL_CODE_INTERPRETER: 'perhaps',
      THREADMILL_CONFIG: join(folder.path, 'missing.json'),
      OPENAI_BASE_URL: 'localhost:8000',
    },
    [],
    folder.path,
  )
  assert.deepEqual(await process.exited, { code: 1, signal: null })
  const problems = process.stderr.split('\n').filter((line) => line.startsWith('  - '))
  for (const expected of [
    /THREADMILL_PORT is "http"; it must be a whole number/,
    /THREADMILL_PROT is not a setting/,
    /THREADMILL_API_KEY must have 16 characters/,
    /THREADMILL_API_KEY must not contain spaces/,
    /THREADMILL_CODE_INTERPRETER is "perhaps"/,
    /THREADMILL_CONFIG: there is no file \/.*missing\.json/,
    /OPENAI_BASE_URL is no http or https address/,
  ]) {
    assert.equal(problems.filter((line) => expected.test(line)).length, 1, `${expected} in ${process.stderr}`)
  }
  assert.equal(problems.length, 7)
  assert.ok(!process.stderr.includes(key))
  assert.equal(process.stdout, '')
  assert.deepEqual(readdirSync(folder.path), [])
})

test('an address that others can reach needs a key of its own', async () => {
  using folder = temporaryFolder()
  for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org']) {
    const dataDir = join(folder.path, 'data')
    await using process = spawnMain({ ...quiet, THREADMILL_HOST: host, THREADMILL_DATA_DIR: dataDir })
    assert.equal((await process.exited).code, 1)
    assert.ok(process.stderr.includes(`THREADMILL_HOST is ${host}`))
    assert.match(process.stderr, /set THREADMILL_API_KEY/)
    assert.ok(!existsSync(dataDir))
  }
})

test('a port that is in use is said so', async () => {
  using folder = temporaryFolder()
  await using first = await startServer(join(folder.path, 'first'))
  const THREADMILL_PORT = new URL(first.url).port
  await using second = spawnMain({ ...quiet, THREADMILL_PORT, THREADMILL_DATA_DIR: join(folder.path, 'b') })
  assert.deepEqual(await second.exited, { code: 1, signal: null })
  assert.match(second.stderr, /address is in use \(127\.0\.0\.1, port \d+\); set THREADMILL_PORT/)
  assert.equal((await call(`${first.url}/v1/threads`, 'POST', {})).status, 200)

  const THREADMILL_DATA_DIR = join(folder.path, 'first')
  await using again = spawnMain({ ...quiet, THREADMILL_PORT, THREADMILL_DATA_DIR })
  assert.deepEqual(await again.exited, { code: 1, signal: null })
  assert.match(
    again.stderr,
    /a server on this data folder \(.*first\) runs already: use that one, or end it first;/,
  )
})

test('a start that fails leaves nothing behind that would keep the embedding program from its end', async () => {
  using folder = temporaryFolder()
  await using first = await startServer(join(folder.path, 'first'))
  const program = `import { start } from ${JSON.stringify(source('start/start.ts'))}
    import { readConfig } from ${JSON.stringify(source('config/config.ts'))}
    await start(readConfig(process.env)).catch((error) => console.log(error.code))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    timeout: 120_000,
    env: {
      PATH: process.env['PATH'],
      THREADMILL_PORT: new URL(first.url).port,
      THREADMILL_DATA_DIR: join(folder.path, 'second'),
    },
  })
  assert.equal(stdout, 'EADDRINUSE\n')
})

for (const [what, env, prepare, said] of [
  [
    'an address that this machine does not have',
    { THREADMILL_HOST: '192.0.2.1', THREADMILL_API_KEY: apiKey },
    () => {},
    /THREADMILL_HOST or --host is 192\.0\.2\.1, which is no address of this machine/,
  ],
  [
    'a host that has no address',
    { THREADMILL_HOST: 'none.invalid', THREADMILL_API_KEY: apiKey },
    () => {},
    /THREADMILL_HOST or --host is none\.invalid, for which no address is found/,
  ],
  [
    'a file that is no database',
    {},
    (folder: string) => writeFileSync(join(folder, 'threadmill.db'), 'A letter to a friend. '.repeat(100)),
    /threadmill\.db is no database: put the right file back, or restore a backup/,
  ],
  [
    'a folder in place of the database',
    {},
    (folder: string) => mkdirSync(join(folder, 'threadmill.db')),
    /threadmill\.db is a folder, and should be the database/,
  ],
  [
    'a folder in place of the key',
    {},
    (folder: string) => mkdirSync(join(folder, 'api-key')),
    /cannot start:\n {2}- \S+api-key cannot be read \(EISDIR\): let the user that runs this read it .*, or set THREADMILL_API_KEY/,
  ],
  [
    'a config file that is not there',
    { THREADMILL_CONFIG: '/nowhere/threadmill.json' },
    () => {},
    /THREADMILL_CONFIG: there is no file \/nowhere\/threadmill\.json/,
  ],
  [
    'a config file that is a folder',
    { THREADMILL_CONFIG: '/tmp' },
    () => {},
    /THREADMILL_CONFIG: \/tmp cannot be read \(EISDIR\)/,
  ],
] as const) {
  test(`${what}: one sentence, and no stack`, async () => {
    using folder = temporaryFolder()
    prepare(folder.path)
    await using process = spawnMain({ ...quiet, THREADMILL_DATA_DIR: folder.path, ...env })
    assert.deepEqual(await process.exited, { code: 1, signal: null })
    assert.match(process.stderr, said)
    assert.doesNotMatch(process.stderr, /"stack"|^\s+at |\{"name"/m)
    assert.equal(process.stdout, '')
  })
}

test('an alias to a provider that there is none of stops the start with a sentence', async () => {
  using folder = temporaryFolder()
  const config = join(folder.path, 'config.json')
  const lab = { type: 'openai-compatible', base_url: 'http://127.0.0.1:3/v1', models: ['qwen'] }
  const settings = {
    providers: { lab },
    aliases: { 'gpt-4': 'labb/qwen', good: 'lab/other' },
    default_model: 'x/y',
  }
  writeFileSync(config, JSON.stringify({ discover: false, ...settings }))
  await using process = spawnMain({ ...quiet, THREADMILL_CONFIG: config, THREADMILL_DATA_DIR: folder.path })
  assert.equal((await process.exited).code, 1)
  assert.deepEqual(
    process.stderr.split('\n').filter((line) => line.startsWith('  - ')),
    [
      '  - aliases.gpt-4 leads to "labb/qwen", but no provider is called "labb" (there is lab)',
      '  - default_model leads to "x/y", but no provider is called "x" (there is lab)',
    ],
  )
})
