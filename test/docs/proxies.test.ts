import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { suite, test, type TestContext } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { startTestServer } from '../server.ts'
import { allBlocks, place, type Block } from './blocks.ts'

/** How a block of a page becomes the whole configuration of a proxy on a free port. */
interface Proxy {
  language: string
  program: string
  configure(block: string, at: { folder: string; port: number; server: string }): string
  parameters(file: string, folder: string): string[]
}

const nginx: Proxy = {
  language: 'nginx',
  program: 'nginx',
  configure(block, { folder, port, server }) {
    const plain = block
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
      .replace(/^ *ssl_certificate.*$/gm, '')
      .replaceAll('http://127.0.0.1:4711', server)
    const whole = block.startsWith('server') ? plain : `server { listen 127.0.0.1:${port}; ${plain} }`
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join(' ')
    return [
      process.getuid?.() === 0 ? 'user root;' : '',
      `daemon off; pid ${folder}/pid; events {}`,
      `http { access_log off; ${temporary}\n${whole}\n}`,
    ].join('\n')
  },
  parameters: (file, folder) => ['-e', 'stderr', '-p', folder, '-c', file],
}

const caddy: Proxy = {
  language: 'caddyfile',
  program: 'caddy',
  configure: (block, { port, server }) =>
    `{\n\tadmin off\n}\n${block.replace('ai.example', `http://127.0.0.1:${port}`).replaceAll('127.0.0.1:4711', server.slice(7))}`,
  parameters: (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
}

for (const proxy of [nginx, caddy]) {
  suite(`${proxy.program} in front of a server`, () => {
    const blocks = allBlocks(proxy.language)
    test('is in the docs, at the root and below a path', () => {
      assert.equal(blocks.length, 2)
      assert.equal(blocks.filter(({ text }) => text.includes('/threadmill/')).length, 1)
    })
    for (const block of blocks) {
      test(`${place(block)}: files, streams and answers pass`, (t) => tryProxy(t, proxy, block))
    }
  })
}

async function tryProxy(t: TestContext, proxy: Proxy, block: Block): Promise<void> {
  const program = findProgram(proxy.program)
  if (program === undefined) return t.skip(`there is no ${proxy.program} on this machine`)
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-docs-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const gate = Promise.withResolvers<void>()
  const model = scripted(() => gate.promise.then(() => ({ text: 'Good.' })))
  await using server = await startTestServer({ models: { scripted: model } })
  const port = await freePort()
  const file = join(folder, 'proxy.conf')
  writeFileSync(file, proxy.configure(block.text, { folder, port, server: server.url }))
  const child = spawn(program, proxy.parameters(file, folder), {
    env: { PATH: process.env['PATH'], HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = once(child, 'exit')
  t.after(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const path = block.text.includes('/threadmill/') ? '/threadmill' : ''
  const base = `http://127.0.0.1:${port}${path}`
  await Promise.race([
    untilUp(`${base}/health`, t.signal),
    ended.then(() => assert.fail(`${proxy.program} ended: ${said}`)),
  ])
  const client = new OpenAI({ baseURL: `${base}/v1`, apiKey: server.apiKey, maxRetries: 0 })

  const bytes = Buffer.alloc(5 * 1024 * 1024, 'All the world is a file. ')
  const uploaded = await client.files.create({
    purpose: 'assistants',
    file: await toFile(bytes, 'world.txt'),
  })
  assert.equal(uploaded.bytes, bytes.length)
  assert.equal(await statusOfUpload(port, `${path}/v1/files`, 513 * 1024 * 1024), 401)

  const assistant = await client.beta.assistants.create({ model: 'scripted' })
  const thread = await client.beta.threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
  const stream = await client.beta.threads.runs.create(thread.id, {
    assistant_id: assistant.id,
    stream: true,
  })
  const events = []
  for await (const { event } of stream) {
    events.push(event)
    // The model says nothing until this event has come through: a proxy that collects would stand still here.
    if (event === 'thread.run.in_progress') gate.resolve()
  }
  assert.ok(events.includes('thread.message.delta'))
  assert.equal(events.at(-1), 'thread.run.completed')
}

/** The status of an upload of so many bytes, of which none is sent: a proxy that refuses the size says so at once. */
function statusOfUpload(port: number, path: string, bytes: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'multipart/form-data; boundary=b',
      'content-length': bytes,
      expect: '100-continue',
    }
    const asked = request({ port, host: '127.0.0.1', path, method: 'POST', headers })
    asked.once('response', (response) => {
      resolve(response.statusCode ?? 0)
      asked.destroy()
    })
    asked.once('error', reject)
    asked.flushHeaders()
  })
}

async function untilUp(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Where the program is, also in the folders of an administrator. */
function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return folders
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
