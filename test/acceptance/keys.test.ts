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
