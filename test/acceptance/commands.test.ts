import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startTestServer } from '../server.ts'
import { main, start, threadmill, environmentOf, folder, configFile } from './run-program.ts'

test('where npm runs the program, paths begin where the person is', async () => {
  await using server = await startTestServer()
  using files = folder()
  mkdirSync(join(files.path, 'sub'))
  writeFileSync(join(files.path, 'sub', 'x.txt'), 'Here.')
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const env = environmentOf(server)
  const args = ['files', 'add', './sub', '--store', 's']
  const npm = { npm_package_json: join(root, 'package.json'), INIT_CWD: files.path }
  const own = await threadmill(args, { ...env, ...npm }, root)
  assert.equal(own.code, 0, own.out)
  // A script of another package is written for the folder of that package.
  const other = { npm_package_json: join(files.path, 'package.json'), INIT_CWD: files.path }
  const foreign = await threadmill(args, { ...env, ...other }, root)
  assert.equal(foreign.code, 2)
  assert.match(foreign.stderr, /sub does not exist/)
})

test('commands that only look make neither a data folder nor a key', async () => {
  using data = folder()
  const env = { THREADMILL_DATA_DIR: join(data.path, 'none'), THREADMILL_PORT: '1' }
  for (const args of [
    ['files', 'add', main, '--store', 'x'],
    ['backup', join(data.path, 'copy')],
    ['doctor', '--help'],
    ['completion', 'bash'],
  ])
    await threadmill(args, env)
  assert.deepEqual(readdirSync(data.path), [])
})

test('a command that cannot be carried out says why', async () => {
  using data = folder()
  const env = { THREADMILL_DATA_DIR: data.path, THREADMILL_PORT: '1' }
  const lonely = await threadmill(['files', 'add', 'README.md', '--store', 'x'], env)
  assert.equal(lonely.code, 2)
  assert.match(lonely.out, /no Threadmill answers/)
  const unknown = await threadmill(['files', 'eat'], env)
  assert.equal(unknown.code, 2)
  assert.match(unknown.out, /unknown command 'files eat'; there is 'files add'/)
})

for (const [args, said] of [
  [['--port', 'abc'], /^threadmill: --port is "abc"; it must be a whole number from 0 to 65535$/m],
  [['doctor', '--port=70000'], /^threadmill: --port is "70000"; it must be/m],
  [['backup', 'x', '--port', '-1'], /^threadmill: --port is "-1"; it must be/m],
  [['doctor', '--config', 'none.json'], /^threadmill: --config: there is no file \S+none\.json$/m],
  [['--host', '0.0.0.0'], /^threadmill: --host is 0\.0\.0\.0, which others can reach: set/m],
  [['import', main, '--data-dir', join(main, 'in')], /^threadmill: --data-dir: \S+ cannot be written/m],
] as const) {
  test(`${args.filter((one) => one !== main).join(' ')}: names the option, not its variable, and is not begun`, async () => {
    using data = folder()
    const { code, stdout, stderr } = await threadmill(
      [...args],
      { THREADMILL_DATA_DIR: data.path },
      data.path,
    )
    assert.deepEqual([code, stdout], [2, ''], stderr)
    assert.match(stderr, said)
    assert.match(stderr, /^See: threadmill \w+ --help$/m)
    assert.deepEqual(readdirSync(data.path), [])
  })
}

test('a variable that cannot be is named as one', async () => {
  const { code, stderr } = await threadmill(['doctor'], { THREADMILL_PORT: 'abc' })
  assert.deepEqual([code, /^ {2}- THREADMILL_PORT is "abc"/m.test(stderr)], [1, true])
})

test('a provider that is another Threadmill is called that, and not one that refuses its key', async () => {
  await using server = await startTestServer()
  using data = folder()
  const { code, out } = await threadmill(['doctor'], {
    THREADMILL_DATA_DIR: data.path,
    THREADMILL_PORT: '1',
    THREADMILL_CONFIG: configFile(data.path, {}),
    OPENAI_BASE_URL: `${server.url}/v1`,
    OPENAI_API_KEY: 'sk-of-a-client-0123456789',
  })
  assert.equal(code, 1, out)
  assert.match(out, /fail {2}Models .*is another Threadmill, which serves no models/)
})

test('colours are for terminals alone, or for who asks for them', async () => {
  using data = folder()
  const env = {
    THREADMILL_DATA_DIR: data.path,
    THREADMILL_PORT: '1',
    THREADMILL_CONFIG: configFile(data.path, {}),
  }
  assert.ok(!(await threadmill(['doctor'], env)).stdout.includes('\x1b'))
  assert.ok((await threadmill(['doctor'], { ...env, FORCE_COLOR: '1' })).stdout.includes('\x1b[32mok'))
  assert.ok(!(await threadmill(['doctor'], { ...env, NO_COLOR: '1' })).stdout.includes('\x1b'))
})

test('a reader that goes away is nothing to tell of', async () => {
  for (const args of [['--help'], ['completion', 'bash'], ['doctor', '--help']]) {
    const child = start(args, {})
    child.stdout.destroy()
    const errors = await text(child.stderr)
    assert.equal(errors, '')
  }
})

test('open says so when the console of the server was not built', async () => {
  const notBuilt = 'Threadmill serves its API at /v1. The console was not built.'
  const server = createServer((request, response) => {
    if (request.url === '/') response.writeHead(503).end(notBuilt)
    else response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  using data = folder()
  const env = {
    THREADMILL_PORT: String((server.address() as AddressInfo).port),
    THREADMILL_API_KEY: 'sk-of-a-test-of-open',
    THREADMILL_DATA_DIR: data.path,
  }
  const { out, code } = await threadmill(['open', '--url'], env)
  server.close()
  assert.match(out, /The console was not built/)
  assert.doesNotMatch(out, /#key=/)
  assert.equal(code, 2)
})
