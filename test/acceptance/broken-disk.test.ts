import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startFakeUpstream } from '../fake-upstream.ts'
import { call, json, startServer, streamed, temporaryFolder } from './child.ts'

/** Loaded before the server: every sync fails as on a broken disk from when the file `flag` is there. */
function breakable(flag: string): Record<string, string> {
  const code = `
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    const sync = fs.fdatasync
    const broken = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
    fs.fdatasync = (fd, done) => (fs.existsSync(${JSON.stringify(flag)}) ? done(broken) : sync(fd, done))
    syncBuiltinESMExports()`
  return { NODE_OPTIONS: `--import=data:text/javascript;base64,${Buffer.from(code).toString('base64')}` }
}

test('a disk that refuses a sync ends the process with 1, open streams with an error, and loses nothing kept', async () => {
  await using upstream = await startFakeUpstream({ reply: { tokens: 100_000, tokenMs: 20 } })
  using folder = temporaryFolder()
  const flag = join(folder.path, 'broken')
  const env = { OPENAI_BASE_URL: `${upstream.url}/v1` }
  await using server = await startServer(folder.path, { ...env, ...breakable(flag) })
  const post = (path: string, body: object) => call(`${server.url}/v1${path}`, 'POST', body)
  const assistant = await json(await post('/assistants', { model: 'fake', name: 'Kept' }))
  const thread = { messages: [{ role: 'user', content: 'Hello' }] }
  const stream = await post('/threads/runs', { assistant_id: assistant.id, thread, stream: true })
  const idle = await json(await post('/threads/runs', { assistant_id: assistant.id, thread }))
  const path = `/threads/${idle.thread_id}/runs/${idle.id}/stream`
  const other = streamed(await call(`${server.url}/v1${path}`, 'GET'))

  const seen: string[] = []
  for await (const { event } of streamed(stream)) {
    seen.push(event)
    if (event !== 'thread.message.delta' || seen.includes('asked')) continue
    seen.push('asked')
    writeFileSync(flag, '')
    assert.equal((await post('/threads', {})).status, 500, 'what is not on disk is not acknowledged')
  }
  assert.equal(seen.at(-1), 'error')
  const others: string[] = []
  for await (const { event } of other) others.push(event)
  assert.equal(others.at(-1), 'error')
  assert.deepEqual(await server.exited, { code: 1, signal: null })
  assert.match(server.stderr, /the database cannot be written any more/)

  await using again = await startServer(folder.path, env)
  const found = await json(await call(`${again.url}/v1/assistants/${assistant.id}`, 'GET'))
  assert.deepEqual(found, assistant)
})
