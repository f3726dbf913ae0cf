import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import OpenAI from 'openai'
import { startServer, temporaryFolder, apiKey } from './acceptance/child.ts'
import { startTestServer } from './server.ts'
import { everything } from './transfer.ts'

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const page = readFileSync(at('docs/old-assistants.md'), 'utf8')
const blocks = (language: string) =>
  [...page.matchAll(/```(\w+)\n([^]*?)```/g)]
    .filter((found) => found[1] === language)
    .map((found) => found[2] ?? '')

test('the page shows the script that is among the examples', () => {
  const script = readFileSync(at('examples/download-objects.py'), 'utf8')
  assert.ok(blocks('python').some((block) => script.endsWith(block)))
})

/** What Python does here: .ci/run tries the script with the official client of that language. */
const ofPython = (block: string) => block.includes('python ')

test('who does what the page says has the same objects under the same ids', async () => {
  await using old = await startTestServer()
  const thread = await fill(old.client)

  using folder = temporaryFolder()
  const at2 = (name: string) => join(folder.path, name)
  mkdirSync(at2('data'))
  writeFileSync(at2('data/api-key'), `${apiKey}\n`)
  writeFileSync(at2('thread-ids.txt'), `${thread}\n`)
  copyFileSync(at('examples/download-objects.mjs'), at2('download-objects.mjs'))
  symlinkSync(at('node_modules'), at2('node_modules'))
  mkdirSync(at2('bin'))
  writeFileSync(at2('bin/threadmill'), `#!/bin/sh\nexec "${process.execPath}" "${at('src/main.ts')}" "$@"\n`)
  chmodSync(at2('bin/threadmill'), 0o755)
  symlinkSync(process.execPath, at2('bin/node'))
  await using server = await startServer(at2('data'))

  // The addresses of both servers are all that is put in for what is written there.
  for (const block of blocks('sh').filter((one) => !ofPython(one))) {
    const env = {
      PATH: `${at2('bin')}:${process.env['PATH']}`,
      THREADMILL_DATA_DIR: at2('data'),
      OLD_BASE_URL: `${old.url}/v1`,
      OLD_API_KEY: old.apiKey,
      OPENAI_BASE_URL: `${server.url}/v1`,
      OPENAI_API_KEY: apiKey,
    }
    const { stderr } = await promisify(execFile)('bash', ['--norc', '-euc', block], { cwd: folder.path, env })
    if (block.includes('download-objects')) assert.equal(stderr, '')
  }

  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0 })
  assert.equal((await client.beta.threads.retrieve('thread_abc123abc123abc123abc123')).object, 'thread')
  await client.beta.threads.delete('thread_abc123abc123abc123abc123')
  for (const { id } of (await client.vectorStores.list()).data)
    for (const file of (await client.vectorStores.files.list(id)).data)
      await client.vectorStores.files.poll(id, file.id, { pollIntervalMs: 20 })
  assert.deepEqual(await everything(client), await everything(old.client))
  assert.match(readFileSync(at2('everything/threads.jsonl'), 'utf8'), /"content":\[\{"type":"text"/)
})

test('a download goes on where the server refuses a list, keeps what was fetched, and says what it cannot reach', async () => {
  await using server = await startTestServer()
  await server.client.beta.assistants.create({ model: 'gpt-4o' })
  const { id } = await server.client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  // A stand-in that has no vector stores.
  const answer = async ({ url = '', headers }: IncomingMessage, response: ServerResponse) => {
    const { authorization = '' } = headers
    const there =
      !url.includes('vector_stores') && (await fetch(`${server.url}${url}`, { headers: { authorization } }))
    response.setHeader('content-type', 'application/json')
    response.statusCode = there ? there.status : 404
    response.end(there ? await there.text() : '{"error":{"message":"no such route"}}')
  }
  await using partly = createServer((request, response) => void answer(request, response))
  await once(partly.listen(0, '127.0.0.1'), 'listening')
  const { port } = partly.address() as AddressInfo

  using folder = temporaryFolder()
  const download = (baseUrl: string) => {
    const env = { PATH: process.env['PATH'], OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: server.apiKey }
    const done = promisify(execFile)(process.execPath, [at('examples/download-objects.mjs'), folder.path], {
      env,
    })
    done.child.stdin?.end(`${id}\nthread_unknownUnknownUnknown1\n`)
    return done
  }
  const objects = () => readFileSync(join(folder.path, 'objects.jsonl'), 'utf8')
  const { stderr } = await download(`http://127.0.0.1:${port}/v1`)
  assert.match(stderr, /not whole: vector stores: 404 no such route/)
  assert.match(stderr, /not whole: thread_unknownUnknownUnknown1: 404/)
  for (const kind of ['assistant', 'thread', 'thread.message'])
    assert.ok(objects().includes(`"object":"${kind}"`))
  const before = objects()
  await assert.rejects(download('http://127.0.0.1:1/v1'), {
    stderr: /cannot be reached: look at OPENAI_BASE_URL/,
  })
  assert.ok(objects().startsWith(before))
})

/** What somebody may have had; the answer is the id of the thread. */
async function fill(client: OpenAI): Promise<string> {
  const file = await client.files.create({
    file: await OpenAI.toFile(Buffer.from('The harbour opens at six.'), 'harbour.txt'),
    purpose: 'assistants',
  })
  const store = await client.vectorStores.create({ name: 'port' })
  await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id }, { pollIntervalMs: 20 })
  const assistant = await client.beta.assistants.create({
    model: 'gpt-4o',
    instructions: 'Answer shortly.',
    tools: [{ type: 'file_search' }],
    tool_resources: { file_search: { vector_store_ids: [store.id] } },
  })
  const { id } = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  await client.beta.threads.runs.createAndPoll(id, { assistant_id: assistant.id }, { pollIntervalMs: 20 })
  return id
}
