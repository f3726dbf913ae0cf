import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { startTestServer } from '../server.ts'
import { startMirror } from '../wheels.ts'

/** Runs the program with these arguments to its end. */
async function threadmill(args: string[], env: Record<string, string>) {
  const child = spawn(process.execPath, ['src/main.ts', ...args], { env: { ...env, PATH: '' } })
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { out: out + errors, code: code as number }
}

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
  const env = {
    THREADMILL_PORT: new URL(server.url).port,
    THREADMILL_API_KEY: server.apiKey,
    THREADMILL_DATA_DIR: server.dataDir,
  }
  const first = await threadmill(['files', 'add', files.path, '--store', 'port'], env)
  assert.equal(first.code, 1, first.out)
  assert.match(first.out, /not read: .*broken\.pdf: The file could not be parsed/)
  assert.match(first.out, /2 files added to vector store vs_\w+ \("port"\), 0 unchanged/)

  rmSync(join(files.path, 'broken.pdf'))
  writeFileSync(join(files.path, 'a.txt'), 'The harbour opens at seven.')
  const second = await threadmill(['files', 'add', files.path, '--store', 'port'], env)
  assert.equal(second.code, 0, second.out)
  assert.match(second.out, /1 files added to .*, 1 unchanged/)
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

test('doctor says what the server would work with, and tries the sandbox', async () => {
  using data = folder()
  const config = join(data.path, 'config.json')
  writeFileSync(config, JSON.stringify({ discover: false, code_interpreter: { engine: 'pyodide' } }))
  const env = { THREADMILL_DATA_DIR: data.path, THREADMILL_PORT: '1', THREADMILL_CONFIG: config }
  const { code, out } = await threadmill(['doctor'], env)
  assert.equal(code, 0, out)
  assert.match(out, /ok {4}Data folder .*: can be written/)
  assert.match(out, /ok {4}Server +none is running at http:\/\/127\.0\.0\.1:1/)
  assert.match(out, /note {2}Models +demo/)
  assert.match(out, /Code interpreter {2}pyodide\+\w+ \(.+\): answers after \d+ ms/)
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
  assert.match(out, /fail {2}Database .*not a database/)
  assert.match(out, /fail {2}Code interpreter {2}none\n +no sandbox works on this machine/)
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
