import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { spawnMain, temporaryFolder, withoutDiscovery } from '../acceptance/child.ts'
import { startTestServer } from '../server.ts'
import { compileCache } from '../compile-cache.ts'
import { importJson, write } from '../transfer.ts'
import { environmentOf, onPostgres } from '../database.ts'
import { threadId, messageId, assistant, message } from './imported-objects.ts'

const environment = async (dataDir: string) => ({
  THREADMILL_DATA_DIR: dataDir,
  THREADMILL_CONFIG: withoutDiscovery,
  ...(await environmentOf(dataDir)),
})

test('import - of a pipe that stands still ends with Ctrl-C', async () => {
  using data = temporaryFolder()
  const child = spawn(process.execPath, ['src/main.ts', 'import', '-', '--data-dir', data.path], {
    env: { ...compileCache, THREADMILL_CONFIG: withoutDiscovery, ...(await environmentOf(data.path)) },
  })
  child.stdin.write(`${JSON.stringify(assistant())}\n`)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (said: string) => (errors += said))
  // The database is opened right before the pipe is read. One in PostgreSQL takes its time to close, and a second signal
  // would not wait for it.
  const opened = setInterval(() => {
    if (!existsSync(join(data.path, onPostgres ? 'files/unfinished' : 'threadmill.db-wal'))) return
    child.kill('SIGINT')
    if (onPostgres) clearInterval(opened)
  }, 20)
  const [code] = await once(child, 'close')
  clearInterval(opened)
  assert.equal(code, 130, errors)
  assert.match(errors, /^threadmill: broken off\. What is there stays\. Run it again to go on\.$/m)
})

test('an import that is broken off by Ctrl-C says how to go on, and leaves nothing half done', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  write(dump.path, { 'm.jsonl': Array.from({ length: 25_000 }, (_, index) => message(index)) })
  const env = await environment(data.path)
  await using program = spawnMain(env, ['import', dump.path])
  while (!program.stderr.includes('written 5000')) await new Promise((turn) => setTimeout(turn, 2))
  program.signal('SIGINT')
  assert.equal((await program.exited).code, 130)
  assert.match(program.stderr, /broken off\. What is there stays\. Run it again to go on\./)
  assert.deepEqual(readdirSync(join(data.path, 'files', 'unfinished')), [])
})

test('an import that is killed goes on when it is run again', async () => {
  using data = temporaryFolder()
  using dump = temporaryFolder()
  const count = 25_000
  write(dump.path, { 'm.jsonl': Array.from({ length: count }, (_, index) => message(index)) })
  {
    await using program = spawnMain(await environment(data.path), ['import', dump.path])
    while (!program.stderr.includes('written 10000')) await new Promise((turn) => setTimeout(turn, 2))
  }
  const { code, report } = await importJson(data.path, dump.path)
  const { imported, unchanged } = report.objects.messages
  assert.deepEqual([code, imported + unchanged], [0, count])
  assert.ok(imported > 0 && unchanged >= 10_000, `${imported} ${unchanged}`)
  await using server = await startTestServer({ dataDir: data.path })
  let expected = 0
  for await (const { id } of server.client.beta.threads.messages.list(threadId, { order: 'asc', limit: 100 }))
    assert.equal(id, messageId(expected++))
  assert.equal(expected, count)
  assert.equal(
    readdirSync(join(data.path, 'files', 'unfinished')).length,
    1,
    'the next start a day later takes it away',
  )
})
