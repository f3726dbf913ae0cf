import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import OpenAI from 'openai'
import { compileCache } from '../compile-cache.ts'
import { startTestServer, type TestServer } from '../server.ts'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

/** Runs the program against this server to its end. */
const threadmill = (server: TestServer, ...args: string[]) =>
  new Promise<{ stdout: string; stderr: string; code: number }>((resolve) => {
    const env = {
      ...compileCache,
      THREADMILL_PORT: new URL(server.url).port,
      THREADMILL_DATA_DIR: server.dataDir,
    }
    execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) =>
      resolve({ stdout, stderr, code: typeof error?.code === 'number' ? error.code : error ? 1 : 0 }),
    )
  })

test('projects and keys are made, listed and taken away on the command line', async () => {
  await using server = await startTestServer()
  assert.equal(statSync(join(server.dataDir, 'admin-api-key')).mode & 0o777, 0o600)

  const created = await threadmill(server, 'projects', 'create', 'Support bot')
  assert.deepEqual([created.code, created.stdout.slice(0, 5)], [0, 'proj_'])
  const project = created.stdout.trim()
  const listed = await threadmill(server, 'projects')
  assert.match(listed.stdout, /^ID +STATUS +CREATED +NAME\ndefault +active +\S+ +Default project\n/)
  assert.match(listed.stdout, new RegExp(`${project} +active +\\S+ +Support bot\n`))

  const made = await threadmill(
    server,
    'keys',
    'create',
    '--project',
    'Support bot',
    '--name',
    'bot',
    '--days',
    '90',
    '--json',
  )
  const key = JSON.parse(made.stdout)
  assert.equal(key.project_id, project)
  assert.ok(key.expires_at > Date.now() / 1_000 + 89 * 86_400)
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: key.value, maxRetries: 0 })
  await client.beta.threads.create()
  const plain = await threadmill(server, 'keys', 'create')
  assert.match(plain.stdout, /^sk-svcacct-\S+\n$/)
  const both = await threadmill(server, 'keys', 'create', '--admin', '--project', 'Support bot')
  assert.deepEqual([both.code, both.stdout, both.stderr.includes('--project')], [2, '', true])
  const admin = await threadmill(server, 'keys', 'create', '--admin', '--name', 'spare')
  assert.match(admin.stdout, /^sk-admin-\S+\n$/)

  const keys = JSON.parse((await threadmill(server, 'keys', 'list', '--json')).stdout) as {
    id: string
    name: string
    project_id: string | null
  }[]
  assert.deepEqual(
    keys.map(({ name, project_id }) => [name, project_id]),
    [
      ['admin-api-key', null],
      ['spare', null],
      ['THREADMILL_API_KEY', 'default'],
      ['key', 'default'],
      ['bot', project],
    ],
  )
  const ours = await threadmill(server, 'keys', 'list', '--project', project)
  assert.ok(ours.stdout.includes(key.id) && !ours.stdout.includes('key_default'))

  const revoked = await threadmill(server, 'keys', 'revoke', key.id)
  assert.deepEqual([revoked.code, revoked.stderr], [0, ''])
  await assert.rejects(client.models.list(), OpenAI.AuthenticationError)
  const again = await threadmill(server, 'keys', 'revoke', key.id)
  assert.deepEqual([again.code, again.stderr.includes(`there is no key ${key.id}`)], [2, true])
  const settings = await threadmill(server, 'keys', 'revoke', 'key_default')
  assert.deepEqual([settings.code, settings.stderr.includes('THREADMILL_API_KEY')], [1, true])
  assert.equal((await threadmill(server, 'projects', 'archive', 'nothing')).code, 2)
  assert.equal((await threadmill(server, 'projects', 'archive', project)).code, 0)
  assert.ok(!(await threadmill(server, 'projects')).stdout.includes(project))
})

test('what a name has of line breaks and colours does not reach the terminal', async () => {
  await using server = await startTestServer()
  await threadmill(server, 'projects', 'create', 'One\n\u001b[31mtwo')
  const { stdout } = await threadmill(server, 'projects')
  assert.ok(stdout.endsWith('  One\uFFFD\uFFFD[31mtwo\n'), stdout)
})

test('limits and budgets are shown and set on the command line', async () => {
  await using server = await startTestServer()
  const limits = await threadmill(server, 'projects', 'limits', 'default', 'max_concurrent_runs=50')
  assert.match(limits.stdout, /^LIMIT +VALUE\n.*max_concurrent_runs +50\n.*max_file_bytes +none\n/s)
  const ofKey = ['projects', 'limits', 'default', '--key', 'key_default', '--json']
  const key = JSON.parse((await threadmill(server, ...ofKey, 'max_file_bytes=1000')).stdout)
  assert.deepEqual(
    [key.api_key_id, key.max_file_bytes, key.max_concurrent_runs],
    ['key_default', 1_000, null],
  )
  const freed = JSON.parse((await threadmill(server, ...ofKey, 'max_file_bytes=none')).stdout)
  assert.equal(freed.max_file_bytes, null)
  assert.equal((await threadmill(server, 'projects', 'limits', 'default', 'max_file_bytes')).code, 2)
  assert.equal((await threadmill(server, 'projects', 'limits', 'default', 'max_cheese=1')).code, 1)

  const set = await threadmill(server, 'projects', 'budgets', 'default', '--tokens', '5000', '--scope', 'run')
  const [, id = ''] = /\n(\S+) +run +stop +5000 tokens\n/.exec(set.stdout) ?? []
  const listed = JSON.parse((await threadmill(server, 'projects', 'budgets', 'default', '--json')).stdout)
  assert.deepEqual(listed, [
    { id, scope: 'run', action: 'stop', threshold_tokens: 5_000, threshold_amount: null, currency: null },
  ])
  assert.equal((await threadmill(server, 'projects', 'budgets', 'default', '--scope', 'run')).code, 2)
  // Nothing has a price here.
  const money = await threadmill(server, 'projects', 'budgets', 'default', '--cents', '5')
  assert.deepEqual([money.code, money.stderr.includes("'prices'")], [1, true])
  await threadmill(server, 'projects', 'budgets', 'default', '--remove', id)
  assert.deepEqual(
    JSON.parse((await threadmill(server, 'projects', 'budgets', 'default', '--json')).stdout),
    [],
  )
})
