import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compileCache } from '../compile-cache.ts'
import { startTestServer, type TestServer } from '../server.ts'
import { startMirror } from '../wheels.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

const start = (args: string[], env: Record<string, string>, cwd?: string) =>
  spawn(process.execPath, [main, ...args], {
    env: { ...compileCache, ...env, PATH: '' },
    ...(cwd !== undefined && { cwd }),
  })

/** Runs the program with these arguments to its end. */
async function threadmill(args: string[], env: Record<string, string>, cwd?: string) {
  const child = start(args, env, cwd)
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { out: stdout + stderr, stdout, stderr, code: code as number }
}

const environmentOf = (server: TestServer) => ({
  THREADMILL_PORT: new URL(server.url).port,
  THREADMILL_API_KEY: server.apiKey,
  THREADMILL_DATA_DIR: server.dataDir,
})

function folder() {
  const path = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

test('files add puts a folder into a store of that name, says what could not be read, and adds to it again', async () => {
  await using server = await startTestServer()
  using files = folder()
  mkdirSync(join(files.path, 'deeper'))
  writeFileSync(join(files.path, 'a.txt'), 'The harbour opens at six.')
  writeFileSync(join(files.path, 'deeper', 'b.md'), '# Tides\n\nHigh tide is at noon.')
  writeFileSync(join(files.path, 'broken.pdf'), '%PDF-1.7 and then nothing')
  writeFileSync(join(files.path, 'photo.jpg'), 'is left out')
  const env = environmentOf(server)
  const first = await threadmill(['files', 'add', files.path, '--store', 'port'], env)
  assert.equal(first.code, 1, first.out)
  assert.match(first.out, /not read: .*broken\.pdf: The file could not be parsed/)
  assert.match(first.stdout, /^2 files added to vector store vs_\w+ \("port"\), 0 unchanged, 1 left out\n$/)
  assert.match(first.stderr, /left out: .*photo\.jpg: no kind of file that text can be read from/)
  // Where no terminal is, there are lines instead of a bar.
  assert.match(first.stderr, /^uploaded 0\/3\n(?:uploaded [123]\/3\n)+indexed /m)

  rmSync(join(files.path, 'broken.pdf'))
  writeFileSync(join(files.path, 'a.txt'), 'The harbour opens at seven.')
  const second = await threadmill(['files', 'add', files.path, '--store', 'port'], env)
  assert.equal(second.code, 0, second.out)
  assert.match(second.out, /^1 file added to .*, 1 unchanged/)
  const stores = (await server.client.vectorStores.list()).data
  assert.equal(stores.length, 1)
  const found = await server.client.vectorStores.search(stores[0]?.id ?? '', { query: 'When is high tide?' })
  assert.equal(found.data[0]?.filename, 'b.md')
  const opening = await server.client.vectorStores.search(stores[0]?.id ?? '', { query: 'harbour opens' })
  assert.deepEqual(
    opening.data.map(({ content }) => content[0]?.text),
    ['The harbour opens at seven.'],
  )
})

test('files add goes on where it was broken off, and nothing is there twice', async () => {
  await using server = await startTestServer()
  using files = folder()
  const names = Array.from({ length: 60 }, (_, at) => `note-${at}.txt`)
  for (const name of names) writeFileSync(join(files.path, name), `This is ${name}.`)
  const env = environmentOf(server)
  const args = ['files', 'add', files.path, '--store', 'notes']
  const child = start(args, env)
  const said = text(child.stdout)
  let errors = ''
  for await (const piece of child.stderr.setEncoding('utf8')) {
    // In the midst of the uploads.
    if (!/uploaded [6-9]\/60/.test(errors) && /uploaded [6-9]\/60/.test(errors + piece)) child.kill('SIGINT')
    errors += piece
  }
  if (child.exitCode === null) await once(child, 'exit')
  assert.equal(child.exitCode, 130, errors)
  assert.match(errors, /broken off\. What is there stays\. Run it again to go on\./)
  assert.equal(await said, '')

  const idsOf = async () => (await Array.fromAsync(server.client.files.list())).map(({ id }) => id)
  const uploaded = await idsOf()
  assert.ok(uploaded.length >= 6 && uploaded.length < 60, `${uploaded.length} files`)

  const second = await threadmill(args, env)
  assert.equal(second.code, 0, second.out)
  const now = new Set(await idsOf())
  assert.ok(uploaded.every((id) => now.has(id)))
  const third = await threadmill([...args, '--json'], env)
  const { vector_store, ...counts } = JSON.parse(third.stdout)
  assert.deepEqual(counts, { added: 0, unchanged: 60, failed: [], left_out: [] })
  const all = await Array.fromAsync(server.client.files.list())
  assert.deepEqual(all.map(({ filename }) => filename).toSorted(), names.toSorted())
  assert.equal((await server.client.vectorStores.retrieve(vector_store.id)).file_counts.total, 60)
})

test('files add names everything that it leaves out, and reads a file that failed before again', async () => {
  await using server = await startTestServer()
  using files = folder()
  writeFileSync(join(files.path, 'a.txt'), 'Something to read.')
  writeFileSync(join(files.path, '.secret'), 'hidden')
  writeFileSync(join(files.path, 'tune.mp3'), Buffer.from([0xff, 0xfb, 0x90, 0, 0, 0]))
  writeFileSync(join(files.path, 'nothing.txt'), '')
  symlinkSync(join(files.path, 'a.txt'), join(files.path, 'link.txt'))
  writeFileSync(join(files.path, 'broken.pdf'), '%PDF-1.7 and then nothing')
  const env = environmentOf(server)
  const args = ['files', 'add', files.path, '--store', 's', '--json']
  for (const unchanged of [0, 1]) {
    const { code, stdout, stderr } = await threadmill(args, env)
    assert.equal(code, 1)
    const said = JSON.parse(stdout)
    assert.equal(said.unchanged, unchanged)
    assert.deepEqual(
      said.failed.map(({ path }: { path: string }) => path),
      [join(files.path, 'broken.pdf')],
    )
    for (const name of ['.secret: hidden', 'tune.mp3: no kind', 'nothing.txt: empty', 'link.txt: a link'])
      assert.ok(stderr.includes(`left out: ${join(files.path, name)}`), stderr)
  }
  assert.equal((await Array.fromAsync(server.client.files.list())).length, 2)
})

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

test('doctor says what the server would work with, and tries the sandbox', async () => {
  using data = folder()
  const config = join(data.path, 'config.json')
  writeFileSync(config, JSON.stringify({ discover: false, code_interpreter: { engine: 'pyodide' } }))
  const env = { THREADMILL_DATA_DIR: data.path, THREADMILL_PORT: '1', THREADMILL_CONFIG: config }
  const { code, out } = await threadmill(['doctor'], env)
  assert.equal(code, 0, out)
  assert.match(out, /ok {4}Data folder .*: can be written, [\d,]+ MB free/)
  assert.match(out, /ok {4}Server +none is running at http:\/\/127\.0\.0\.1:1/)
  assert.match(out, /note {2}Models +demo/)
  assert.match(
    out,
    /Code interpreter {2}pyodide\+\w+ \(.+\): answers in \d+ ms, in a session that was there after \d+ ms/,
  )
})

test('doctor sees a running server, a damaged database, and a sandbox that cannot be had', async () => {
  await using server = await startTestServer()
  using data = folder()
  writeFileSync(join(data.path, 'threadmill.db'), 'no database at all, but long enough to be looked at')
  const config = join(data.path, 'config.json')
  const docker = { image: 'none', socket: join(data.path, 'no.sock') }
  writeFileSync(
    config,
    JSON.stringify({ discover: false, code_interpreter: { engine: 'python+docker', docker } }),
  )
  const { code, out } = await threadmill(['doctor'], {
    THREADMILL_DATA_DIR: data.path,
    THREADMILL_PORT: new URL(server.url).port,
    THREADMILL_API_KEY: server.apiKey,
    THREADMILL_CONFIG: config,
  })
  assert.equal(code, 1, out)
  assert.match(out, /ok {4}Server +running at .*, says "ok"; its code interpreter is none/)
  assert.match(out, /fail {2}Database .*is no database/)
  const stranger = await threadmill(['doctor'], {
    THREADMILL_DATA_DIR: data.path,
    THREADMILL_PORT: new URL(server.url).port,
    THREADMILL_API_KEY: 'sk-of-another-server-0123456789',
    THREADMILL_CONFIG: config,
  })
  assert.match(stranger.out, /note {2}Server +running at .*; it has another key/)
  assert.match(out, /fail {2}Code interpreter {2}none\n +no sandbox works on this machine/)
})

test('doctor says what the running server has, and what the variables of this shell would change', async () => {
  await using server = await startTestServer()
  await using wrongKey = await answering(401, '{"error": {"message": "no"}}')
  using data = folder()
  const env = {
    THREADMILL_DATA_DIR: data.path,
    THREADMILL_PORT: new URL(server.url).port,
    THREADMILL_API_KEY: server.apiKey,
    THREADMILL_CONFIG: configFile(data.path, {}),
  }
  const same = await threadmill(['doctor'], env)
  assert.equal(same.code, 0, same.out)
  assert.doesNotMatch(same.out, /of this shell, a server would/)
  const program = { OPENAI_BASE_URL: `${server.url}/v1`, OPENAI_API_KEY: server.apiKey }
  const more = await threadmill(['doctor'], { ...env, ...program })
  assert.match(more.out, /a server would add:\n(?: {28}.*\n)*? {28}.*leads back to this server/)
  assert.equal(more.out.match(/no language model/g)?.length, 1, more.out)
  const other = await threadmill(['doctor'], {
    ...env,
    OPENAI_BASE_URL: `${wrongKey.url}/v1`,
    OPENAI_API_KEY: 'sk-wrong',
  })
  assert.equal(other.code, 0, other.out)
  assert.match(
    other.out,
    /note {2}Models +demo[^]*running server says\. With the variables of this shell, a server would have:\n.*refuses the key/,
  )
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

test('python prefetch and python setup say what a mirror lacks, and leave nothing', async () => {
  using data = folder()
  // What is made stays in it, also when the test is root.
  chmodSync(data.path, 0o755)
  await using mirror = await startMirror([])
  const env = {
    THREADMILL_DATA_DIR: data.path,
    THREADMILL_PYODIDE_MIRROR: mirror.url,
    THREADMILL_PYPI_MIRROR: `${mirror.url}/simple/`,
  }
  const prefetched = await threadmill(['python', 'prefetch'], env)
  assert.equal(prefetched.code, 1)
  assert.match(prefetched.out, /threadmill: http:\/\/127\.0\.0\.1:\d+\/[\w.-]+\.whl answered 404/)
  const setUp = await threadmill(['python', 'setup'], env)
  assert.equal(setUp.code, process.platform === 'linux' ? 1 : 2)
  assert.match(setUp.out, /threadmill: /)
  assert.equal(existsSync(join(data.path, 'python')), false)
})

test('models pull refuses a mirror whose files are not the published ones', async () => {
  using data = folder()
  const mirror = createServer((_request, response) => response.end('not the model')).listen(0, '127.0.0.1')
  await once(mirror, 'listening')
  const url = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`
  const env = { THREADMILL_DATA_DIR: data.path, THREADMILL_MODEL_MIRROR: url }
  const pulled = await threadmill(['models', 'pull', 'embedding'], env)
  mirror.close()
  assert.notEqual(pulled.code, 0)
  assert.doesNotMatch(pulled.out, /The model is in/)
})

test('models pull and python prefetch fetch through the proxy of the environment', async () => {
  using data = folder()
  const asked: string[] = []
  const proxy = createServer((request, response) => {
    asked.push(new URL(request.url ?? '').host)
    response.writeHead(502).end()
  }).listen(0, '127.0.0.1')
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
  })
  await once(proxy, 'listening')
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`
  const env = { THREADMILL_DATA_DIR: data.path, HTTPS_PROXY: url, HTTP_PROXY: url, NO_PROXY: '' }
  const mirrors = {
    THREADMILL_MODEL_MIRROR: 'https://models.example',
    THREADMILL_PYODIDE_MIRROR: 'https://wheels.example',
  }
  for (const command of ['models pull embedding', 'python prefetch'])
    assert.equal((await threadmill(command.split(' '), { ...env, ...mirrors })).code, 1)
  proxy.close()
  assert.deepEqual(new Set(asked), new Set(['models.example:443', 'wheels.example:443']))
})

/** An HTTP server of this machine that answers everything alike. */
async function answering(status: number, body: string, type = 'application/json') {
  const upstream = createServer((_request, response) =>
    response.writeHead(status, { 'content-type': type }).end(body),
  ).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  return { url, [Symbol.asyncDispose]: async () => void upstream.close() }
}

/** Settings in a file, with neither Ollama nor sandbox. */
function configFile(path: string, settings: object): string {
  const file = join(path, 'config.json')
  writeFileSync(file, JSON.stringify({ discover: false, code_interpreter: { engine: 'off' }, ...settings }))
  return file
}

test('doctor fails where a provider cannot be used, and says which, where and why', async () => {
  using data = folder()
  await using wrongKey = await answering(401, '{"error": {"message": "no"}}')
  await using noList = await answering(404, 'not found', 'text/plain')
  await using page = await answering(200, '<html>Welcome</html>', 'text/html')
  await using fine = await answering(200, '{"data": [{"id": "qwen"}]}')
  const provider = (base_url: string) => ({ type: 'openai-compatible', base_url })
  const providers = {
    down: provider('http://127.0.0.1:3/v1'),
    locked: provider(wrongKey.url),
    bare: provider(noList.url),
    web: provider(page.url),
    fine: provider(fine.url),
  }
  const env = { THREADMILL_DATA_DIR: data.path, THREADMILL_PORT: '1' }
  const bad = { ...env, THREADMILL_CONFIG: configFile(data.path, { providers }) }
  const { code, stdout } = await threadmill(['doctor'], bad)
  assert.equal(code, 1)
  assert.match(
    stdout,
    /fail {2}Models +down: at http:\/\/127\.0\.0\.1:3\/v1 cannot be reached \(ECONNREFUSED\)/,
  )
  assert.match(stdout, /locked: at http:\/\/127\.0\.0\.1:\d+ refuses the key \(401\)/)
  assert.match(stdout, /bare: at http:\S+ has no \/models \(404\): an address usually ends in \/v1/)
  assert.match(
    stdout,
    /web: at http:\S+ has no list of models at \/models, but a web page: an address usually ends in \/v1/,
  )
  assert.match(stdout, /fine: qwen/)

  const json = await threadmill(['doctor', '--json'], bad)
  assert.equal(json.code, 1)
  const { ok, findings } = JSON.parse(json.stdout)
  assert.equal(ok, false)
  assert.deepEqual(
    findings.flatMap(({ verdict, what }: { verdict: string; what: string }) =>
      verdict === 'fail' ? what : [],
    ),
    ['Models'],
  )
  const good = { ...env, THREADMILL_CONFIG: configFile(data.path, { providers: { fine: providers.fine } }) }
  assert.equal((await threadmill(['doctor'], good)).code, 0)
})

test('doctor notes a provider that lists no models, and says what to do', async () => {
  using data = folder()
  await using empty = await answering(200, '{"data": []}')
  const providers = { empty: { type: 'openai-compatible', base_url: `${empty.url}/v1` } }
  const env = {
    THREADMILL_DATA_DIR: data.path,
    THREADMILL_PORT: '1',
    THREADMILL_CONFIG: configFile(data.path, { providers }),
  }
  const { code, stdout } = await threadmill(['doctor'], env)
  assert.equal(code, 0, stdout)
  assert.match(
    stdout,
    /note {2}Models +empty: lists no models: load one there, or name it in the config file \(docs\/models\.md\)/,
  )
})

test('doctor sees a database of a newer version, and makes nothing where nothing is', async () => {
  using data = folder()
  const env = {
    THREADMILL_DATA_DIR: join(data.path, 'd'),
    THREADMILL_PORT: '1',
    THREADMILL_CONFIG: configFile(data.path, {}),
  }
  const none = await threadmill(['doctor'], env)
  assert.equal(none.code, 0, none.out)
  assert.match(none.stdout, /made at the first start/)
  assert.ok(!existsSync(join(data.path, 'd')))
  mkdirSync(join(data.path, 'd'))
  {
    using database = new DatabaseSync(join(data.path, 'd', 'threadmill.db'))
    database.exec(
      "create table migrations (name text primary key); insert into migrations values ('999-next.sql')",
    )
  }
  const newer = await threadmill(['doctor'], env)
  assert.equal(newer.code, 1)
  assert.match(
    newer.stdout,
    /fail {2}Database .*a newer version of Threadmill has written the database \(it has 999-next/,
  )
  const started = await threadmill([], env)
  assert.equal(started.code, 1)
  assert.match(started.stderr, /^threadmill cannot start: a newer version of Threadmill has written/m)
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

test('models pull without a network says what to do', async () => {
  using data = folder()
  const env = { THREADMILL_DATA_DIR: data.path, THREADMILL_MODEL_MIRROR: 'http://127.0.0.1:3' }
  const { code, stdout, stderr } = await threadmill(['models', 'pull', 'embedding'], env)
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /cannot be reached \(ECONNREFUSED\): .*THREADMILL_MODEL_MIRROR/)
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
