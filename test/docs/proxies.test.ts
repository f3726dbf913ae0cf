import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, request, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { suite, test, type TestContext } from 'node:test'
import OpenAI, { toFile } from 'openai'
import { scripted } from '../../src/models/scripted.ts'
import { startTestServer } from '../server.ts'
import { allBlocks, place, type Block } from './blocks.ts'
import { freePort } from '../ports.ts'
import { findProgram } from '../programs.ts'

/** How a block of a page becomes the whole configuration of a proxy on a free port. */
interface Proxy {
  language: string
  program: string
  configure(block: string, at: { folder: string; port: number; servers: string[] }): string
  parameters(file: string, folder: string): string[]
  /** Whole files that are no blocks of a page. */
  others: Block[]
}

const nginx: Proxy = {
  language: 'nginx',
  program: 'nginx',
  configure(block, { folder, port, servers }) {
    const plain = block
      .replace('listen 443 ssl;', `listen 127.0.0.1:${port};`)
      .replace(/^ *ssl_certificate.*$/gm, '')
      .replaceAll('http://127.0.0.1:4711', servers[0] ?? '')
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
  others: [],
}

const caddy: Proxy = {
  language: 'caddyfile',
  program: 'caddy',
  configure: (block, { port, servers }) =>
    `{\n\tadmin off\n}\n${block
      .replace(/^(ai\.example|:4711) \{/m, (_, name: string) => {
        const host = name.startsWith(':') ? '127.0.0.1' : name
        return `http://${host}:${port} {\n\tbind 127.0.0.1`
      })
      .replaceAll(
        /127\.0\.0\.1:4711|(?:threadmill-\d:4711 ?)+/g,
        () => `${servers.map((url) => url.slice(7)).join(' ')} `,
      )}`,
  parameters: (file) => ['run', '--config', file, '--adapter', 'caddyfile'],
  others: [
    {
      page: 'deploy/Caddyfile',
      line: 1,
      language: 'caddyfile',
      text: readFileSync(new URL('../../deploy/Caddyfile', import.meta.url), 'utf8'),
      mark: undefined,
    },
  ],
}

for (const proxy of [nginx, caddy]) {
  suite(`${proxy.program} in front of a server`, () => {
    const blocks = allBlocks(proxy.language)
    test('is in the docs, at the root and below a path', () => {
      assert.equal(blocks.length, 2)
      assert.equal(blocks.filter(({ text }) => text.includes('/threadmill/')).length, 1)
    })
    for (const block of [...blocks, ...proxy.others]) {
      test(`${place(block)}: files, streams and answers pass`, (t) => tryProxy(t, proxy, block))
    }
  })
}

/** Starts a proxy and gives its address; undefined, and the test is skipped, where it is not installed. */
async function startProxy(
  t: TestContext,
  { proxy, block }: { proxy: Proxy; block: Block },
  servers: string[],
): Promise<{ base: string; port: number; path: string; host: string } | undefined> {
  const program = findProgram(proxy.program)
  if (program === undefined) return void t.skip(`there is no ${proxy.program} on this machine`)
  const folder = mkdtempSync(join(tmpdir(), 'threadmill-docs-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const port = await freePort()
  const file = join(folder, 'proxy.conf')
  writeFileSync(file, proxy.configure(block.text, { folder, port, servers }))
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
  // The name that clients know the proxy by: what it makes of it reaches the server.
  const host = `${/^ai\.example {|server_name ai\.example/m.test(block.text) ? 'ai.example' : '127.0.0.1'}:${port}`
  await Promise.race([
    untilUp(`${base}/health`, host, t.signal),
    ended.then(() => assert.fail(`${proxy.program} ended: ${said}`)),
  ])
  return { base, port, path, host }
}

test('the proxy of deploy/ asks another replica where one is gone, or says that it stops', async (t) => {
  const [block] = caddy.others
  assert.ok(block)
  const ready = new Map<string, boolean>()
  const stands = await Promise.all(['one', 'two'].map((name) => standIn(name, ready)))
  t.after(() => stands.forEach(({ server }) => server.close()))
  const started = await startProxy(
    t,
    { proxy: caddy, block },
    stands.map(({ url }) => url),
  )
  if (!started) return
  const asked = async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => (await fetch(`${started.base}/v1/models`)).text()),
    )
    return new Set(answers)
  }
  const untilAsked = async (...names: string[]) => {
    while (!t.signal.aborted && [...(await asked())].toSorted().join() !== names.toSorted().join());
    assert.deepEqual([...(await asked())].toSorted(), names.toSorted())
  }
  await untilAsked('one', 'two')
  ready.set('one', false)
  await untilAsked('two')
  ready.set('one', true)
  await untilAsked('one', 'two')
  // Nothing listens any more, and before the proxy could have noticed no request is lost.
  stands[1]?.server.closeAllConnections()
  stands[1]?.server.close()
  assert.deepEqual(await asked(), new Set(['one']))
})

/** Says its name, and that it is ready unless `ready` has it otherwise. */
async function standIn(name: string, ready: Map<string, boolean>): Promise<{ server: Server; url: string }> {
  const server = createHttpServer((request, response) => {
    const fails = request.url === '/health?ready' && ready.get(name) === false
    response.writeHead(fails ? 503 : 200).end(name)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

async function tryProxy(t: TestContext, proxy: Proxy, block: Block): Promise<void> {
  const gate = Promise.withResolvers<void>()
  const model = scripted(() => gate.promise.then(() => ({ text: 'Good.' })))
  await using server = await startTestServer({ models: { scripted: model } })
  const started = await startProxy(t, { proxy, block }, [server.url])
  if (!started) return
  const { base, port, path, host } = started
  const client = new OpenAI({
    baseURL: `${base}/v1`,
    apiKey: server.apiKey,
    maxRetries: 0,
    fetch: (url, init) => fetchAs(host, new Request(url, { ...init, duplex: 'half' } as RequestInit)),
  })

  const bytes = Buffer.alloc(5 * 1024 * 1024, 'All the world is a file. ')
  const uploaded = await client.files.create({
    purpose: 'assistants',
    file: await toFile(bytes, 'world.txt'),
  })
  assert.equal(uploaded.bytes, bytes.length)
  assert.equal(await statusOfUpload({ port, host }, `${path}/v1/files`, 513 * 1024 * 1024), 401)

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
function statusOfUpload(
  { port, host }: { port: number; host: string },
  path: string,
  bytes: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = {
      host,
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

/** As fetch, which says the host of the address. This says the name that the address would have in the world. */
async function fetchAs(host: string, asked: Request): Promise<Response> {
  const { url, method, body, signal } = asked
  const headers = { ...Object.fromEntries(asked.headers), host }
  const sent = request(url, { method, headers, signal })
  const answered = once(sent, 'response') as Promise<[IncomingMessage]>
  await Promise.race([pipeline(body ?? [], sent), answered])
  const [answer] = await answered
  return new Response(Readable.toWeb(answer) as ReadableStream, {
    status: answer.statusCode ?? 0,
    headers: answer.headers as Record<string, string>,
  })
}

async function untilUp(url: string, host: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const answer = await fetchAs(host, new Request(url)).catch(() => undefined)
    if (answer?.ok) return
    // The proxy is there, and the server refuses what it passes on.
    if (answer && answer.status < 500) assert.fail(`${answer.status} ${await answer.text()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
