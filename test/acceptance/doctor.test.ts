import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { startTestServer } from '../server.ts'
import { threadmill, folder, configFile } from './run-program.ts'

/** An HTTP server of this machine that answers everything alike. */
async function answering(status: number, body: string, type = 'application/json') {
  const upstream = createServer((_request, response) =>
    response.writeHead(status, { 'content-type': type }).end(body),
  ).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const url = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  return { url, [Symbol.asyncDispose]: async () => void upstream.close() }
}

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
