import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { brotliCompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { Hono } from 'hono'
import { consoleAsset, consolePage } from '../../src/http/console.ts'
import type { Env } from '../../src/http/call.ts'
import { startTestServer } from '../server.ts'

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

const folder = mkdtempSync(join(tmpdir(), 'threadmill-console-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** The part of the app that serves the console, over a folder that the test has filled. */
function serve() {
  const app = new Hono<Env>()
  app.get('/assets/:name', consoleAsset({ folder, version: '1' }))
  app.notFound(async (c) => (await consolePage(c, { folder, version: '1' })) ?? c.text('none', 404))
  return app
}

test('a server without a built console says so to a browser, and how it is built', async () => {
  const answer = await serve().request('/', { headers: browser })
  assert.equal(answer.status, 503)
  assert.match(await answer.text(), /npm run console/)
})

test('a browser gets the page at every address, with the way to the root and a policy of its own', async () => {
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'index.html'), '<base href="%BASE%"><meta content="%NONCE%">$&')
  const nonces = new Set<string>()
  for (const [path, base] of [
    ['/', './'],
    ['/runs', './'],
    ['/runs/', '../'],
    ['/runs/run_1', '../'],
    ['/stores/vs_1/files/file-1', '../../../'],
  ] as const) {
    const answer = await serve().request(path, { headers: browser })
    assert.equal(answer.status, 200)
    const [, told, nonce = ''] =
      /^<base href="(.*?)"><meta content="(.*?)">\$&$/.exec(await answer.text()) ?? []
    assert.equal(told, base)
    const policy = answer.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; /)
    assert.ok(policy.includes(`'nonce-${nonce}'`))
    assert.ok(!policy.includes('unsafe-inline') && !policy.includes("'unsafe-eval'"))
    assert.equal(answer.headers.get('x-frame-options'), 'DENY')
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer')
    nonces.add(nonce)
  }
  assert.equal(nonces.size, 5, 'a nonce is used once')
})

test('other programs, and other methods, are not given a page', async () => {
  assert.equal((await serve().request('/runs', { headers: { accept: '*/*' } })).status, 404)
  assert.equal((await serve().request('/runs', { method: 'POST', headers: browser })).status, 404)
})

test('an asset is sent as it was compressed, and kept for good', async () => {
  writeFileSync(join(folder, 'assets', 'a-1.js.gz'), gzipSync('plain'))
  writeFileSync(join(folder, 'assets', 'a-1.js.br'), brotliCompressSync('packed'))
  const packed = await serve().request('/assets/a-1.js', { headers: { 'accept-encoding': 'gzip, br' } })
  assert.equal(packed.headers.get('content-encoding'), 'br')
  const gzipped = await serve().request('/assets/a-1.js', { headers: { 'accept-encoding': 'gzip' } })
  assert.equal(gzipped.headers.get('content-encoding'), 'gzip')
  assert.equal(String(gunzipSync(await gzipped.arrayBuffer())), 'plain')
  const plain = await serve().request('/assets/a-1.js', { headers: { 'accept-encoding': 'identity' } })
  assert.equal(plain.headers.get('content-encoding'), null)
  assert.equal(await plain.text(), 'plain')
  assert.equal(plain.headers.get('content-type'), 'text/javascript; charset=utf-8')
  assert.match(plain.headers.get('cache-control') ?? '', /immutable/)
  assert.equal(plain.headers.get('vary'), 'accept-encoding')
})

test('no name leads out of the folder of the assets', async () => {
  for (const name of ['..%2findex.html', '%2e%2e%2findex.html', '..', 'index.html', 'a-1.js%00', 'a-1.exe'])
    assert.equal((await serve().request(`/assets/${name}`)).status, 404, name)
})

test('the addresses of the API answer a browser as they answer everybody', async () => {
  await using server = await startTestServer()
  for (const path of ['/v1/nothing', '/v1/threads/thread_x', '/openai/v1/nothing', '/health']) {
    const answer = await fetch(server.url + path, {
      headers: { ...browser, authorization: `Bearer ${server.apiKey}` },
    })
    assert.match(answer.headers.get('content-type') ?? '', /^application\/json/, path)
  }
})
