import assert from 'node:assert/strict'
import { chmodSync, existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { startMirror } from '../wheels.ts'
import { threadmill, folder } from './run-program.ts'

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

test('models pull without a network says what to do', async () => {
  using data = folder()
  const env = { THREADMILL_DATA_DIR: data.path, THREADMILL_MODEL_MIRROR: 'http://127.0.0.1:3' }
  const { code, stdout, stderr } = await threadmill(['models', 'pull', 'embedding'], env)
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /cannot be reached \(ECONNREFUSED\): .*THREADMILL_MODEL_MIRROR/)
})
