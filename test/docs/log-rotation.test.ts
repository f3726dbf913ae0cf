import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { call, startServer, temporaryFolder } from '../acceptance/child.ts'
import { findProgram } from '../programs.ts'
import { until } from '../runs.ts'
import { allBlocks } from './blocks.ts'

const logFile = '/var/log/threadmill/threadmill.log'
const signal = 'systemctl kill --kill-who=main --signal=USR2 threadmill'

const threadsIn = (file: string) =>
  existsSync(file) ? readFileSync(file, 'utf8').match(/"route":"\/v1\/threads"/g)?.length : undefined

test('logrotate moves the file of the log as the docs say, and no line is lost', async (t) => {
  const [block, ...more] = allBlocks('logrotate')
  assert.ok(block && more.length === 0)
  assert.ok(block.text.includes(logFile) && block.text.includes(signal))
  const logrotate = findProgram('logrotate')
  if (logrotate === undefined) return t.skip('there is no logrotate on this machine')
  using folder = temporaryFolder()
  const logs = join(folder.path, 'logs')
  mkdirSync(logs, { mode: 0o750 })
  const file = join(logs, 'threadmill.log')
  await using server = await startServer(join(folder.path, 'data'), { THREADMILL_LOG_FILE: file })
  const configuration = join(folder.path, 'threadmill.conf')
  // As the unit does, and on a machine without systemd.
  const text = block.text.replace(logFile, file).replace(signal, `kill -USR2 ${server.pid}`)
  writeFileSync(configuration, text, { mode: 0o600 })
  await call(`${server.url}/v1/threads`, 'POST', {})
  await until(async () => threadsIn(file) === 1)
  await promisify(execFile)(logrotate, ['--force', '--state', join(folder.path, 'state'), configuration])
  await until(async () => existsSync(file))
  await call(`${server.url}/v1/threads`, 'POST', {})
  await until(async () => threadsIn(file) === 1)
  assert.equal(threadsIn(`${file}.1`), 1)
  assert.equal(server.stderr.includes('"fact"'), false)
})

test('a server whose log is not in a file goes on after the signal that rotates logs', async () => {
  using folder = temporaryFolder()
  await using server = await startServer(folder.path)
  server.signal('SIGUSR2')
  assert.equal((await call(`${server.url}/v1/threads`, 'POST', {})).status, 200)
  server.signal('SIGTERM')
  assert.deepEqual(await server.exited, { code: 0, signal: null })
})
