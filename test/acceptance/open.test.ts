import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startTestServer } from '../server.ts'
import { spawnMain } from './child.ts'

const environmentOf = (server: { url: string; apiKey: string; dataDir: string }) => ({
  THREADMILL_PORT: new URL(server.url).port,
  THREADMILL_API_KEY: server.apiKey,
  THREADMILL_DATA_DIR: server.dataDir,
})

test('open --url gives the address of the console, with the key where no server sees it', async () => {
  await using server = await startTestServer()
  await using command = spawnMain(environmentOf(server), ['open', '--url'])
  assert.deepEqual(await command.exited, { code: 0, signal: null })
  assert.equal(command.stdout, `${server.url}/#key=${server.apiKey}\n`)
})

test(
  'open gives the browser a page that only its owner can read, so that no list of processes shows the key',
  { skip: process.platform !== 'linux' && 'what opens a browser elsewhere cannot be replaced by a test' },
  async () => {
    await using server = await startTestServer()
    const folder = mkdtempSync(join(tmpdir(), 'threadmill-test-'))
    using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) }
    const browser = join(folder, 'browser')
    // Renamed, so that it is whole when it is seen.
    writeFileSync(browser, `#!/bin/sh\necho "$@" > ${folder}/part && mv ${folder}/part ${folder}/opened\n`, {
      mode: 0o755,
    })
    await using command = spawnMain({ ...environmentOf(server), BROWSER: browser }, ['open'])
    assert.deepEqual(await command.exited, { code: 0, signal: null })
    assert.ok(!command.stdout.includes(server.apiKey) && !command.stderr.includes(server.apiKey))
    let opened
    while ((opened = readOpened(folder)) === undefined) await sleep(20)
    const page = fileURLToPath(opened.trim())
    assert.equal(statSync(page).mode & 0o777, 0o600)
    assert.ok(readFileSync(page, 'utf8').includes(`url=${server.url}/#key=${server.apiKey}"`))
  },
)

test('open says when no server is there', async () => {
  await using command = spawnMain({ THREADMILL_PORT: '1', THREADMILL_API_KEY: 'sk-0123456789abcdef' }, [
    'open',
  ])
  assert.equal((await command.exited).code, 2)
  assert.match(command.stderr, /no Threadmill answers at http:\/\/127\.0\.0\.1:1/)
})

function readOpened(folder: string): string | undefined {
  try {
    return readFileSync(join(folder, 'opened'), 'utf8')
  } catch {
    return undefined
  }
}
