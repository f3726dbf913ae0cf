import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { readConfig } from '../src/config/config.ts'
import { start } from '../src/start/start.ts'
import { round, table, verdict } from './numbers.ts'

/**
 * `node bench/large-bodies.ts`: for how long the server can answer nobody else while one large request is read, refused
 * or taken. The server has the main thread, whose event loop is watched; its client has another.
 */

interface Case {
  name: string
  path: string
  body: () => string
  /** Answers are GETs without a body. */
  method?: 'GET'
}

const mega = 1024 ** 2
const repeat = (item: string, count: number) => `[${`${item},`.repeat(count - 1)}${item}]`
const pairs = (count: number) => `{${Array.from({ length: count }, (_, n) => `"key${n}":"v"`).join(',')}}`
const message = (content: string) => `{"role":"user","content":${content}}`
const picture = (bytes: number) =>
  `[{"type":"image_url","image_url":{"url":"data:image/png;base64,${'QUJD'.repeat(bytes / 4)}"}}]`
const thread = (messages: string) => `{"messages":${messages}}`
const attaching = (files: string[], tool: string) => (n: number) =>
  `{"role":"user","content":"x","attachments":[{"file_id":"${files[n % files.length]}","tools":[{"type":"${tool}"}]}]}`

const refused: Case[] = [
  {
    name: '2 MB, a million wrong tools',
    path: '/assistants',
    body: () => `{"model":"demo","tools":${repeat('0', mega)}}`,
  },
  { name: '14 MB, a million metadata keys', path: '/threads', body: () => `{"metadata":${pairs(mega)}}` },
  { name: '15 MB, messages of nothing', path: '/threads', body: () => thread(repeat('{}', 5 * mega)) },
  { name: '15 MB, lists in lists', path: '/threads', body: () => '['.repeat(15 * mega) },
  {
    name: '45,000 parts, the last one wrong',
    path: '/threads',
    body: () => thread(`[${message(repeat('{"type":"text","text":"x"}', 15_000).replace(/.$/, ',1]'))}]`),
  },
  {
    name: '15 MB, one name',
    path: '/assistants',
    body: () => `{"model":"demo","name":"${'é'.repeat(7 * mega)}"}`,
  },
  { name: '15 MB, one model', path: '/assistants', body: () => `{"model":"${'\\n'.repeat(7 * mega)}"}` },
  {
    name: '15 MB of escapes, no JSON',
    path: '/threads',
    body: () => `{"metadata":{"a":"${'\\u0041'.repeat(2.5 * mega)}"`,
  },
]

const taken = (files: string[], store: string): Case[] => [
  { name: '1,000 messages', path: '/threads', body: () => thread(repeat(message('"Hello"'), 1_000)) },
  {
    name: '1,000 messages of 15,000 characters',
    path: '/threads',
    body: () => thread(repeat(message(`"${'x'.repeat(15_000)}"`), 1_000)),
  },
  {
    name: '1,000 messages with 16 pairs of metadata',
    path: '/threads',
    body: () => thread(repeat(`{"role":"user","content":"x","metadata":${pairs(16)}}`, 1_000)),
  },
  {
    name: '1,000 messages that attach files to search',
    path: '/threads',
    body: () =>
      thread(`[${Array.from({ length: 1_000 }, (_, n) => attaching(files, 'file_search')(n)).join(',')}]`),
  },
  {
    name: '1,000 messages that attach a file to code',
    path: '/threads',
    body: () =>
      thread(
        `[${Array.from({ length: 1_000 }, (_, n) => attaching(files.slice(0, 20), 'code_interpreter')(n)).join(',')}]`,
      ),
  },
  {
    name: 'a batch of 2,000 files',
    path: `/vector_stores/${store}/file_batches`,
    body: () => JSON.stringify({ file_ids: files }),
  },
  {
    name: 'a store of 2,000 files',
    path: '/threads',
    body: () => JSON.stringify({ tool_resources: { file_search: { vector_stores: [{ file_ids: files }] } } }),
  },
  { name: 'a list of 2,000 files', path: '/files', body: () => '', method: 'GET' },
  { name: 'a picture of 4 MB', path: '/threads', body: () => thread(`[${message(picture(4 * mega))}]`) },
  { name: 'a picture of 15 MB', path: '/threads', body: () => thread(`[${message(picture(15 * mega))}]`) },
]

if (isMainThread) await watch()
else await send(workerData as { url: string; apiKey: string })

async function watch(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'threadmill-bench-'))
  const config = readConfig({
    THREADMILL_PORT: '0',
    THREADMILL_DATA_DIR: dataDir,
    THREADMILL_CODE_INTERPRETER: 'off',
  })
  const server = await start({ ...config, models: { ...config.models, discover: false } })
  const stalls = watchEventLoop()
  const client = new Worker(new URL(import.meta.url), {
    workerData: { url: `${server.url}/v1`, apiKey: config.apiKey },
  })
  const rows = [['', 'answer', 'seconds', 'longest stall, ms', 'of it at work']]
  let longest = 0
  client.on('message', (result: { name: string; status: number; seconds: number } | undefined) => {
    // So that what the answer itself took is counted as well.
    setTimeout(() => {
      const { wall, work } = stalls.longest()
      if (result) {
        const { name, status, seconds } = result
        rows.push([name, String(status), round(seconds, 2), round(wall), round(work)])
        longest = Math.max(longest, work)
      }
      client.postMessage('go on')
    }, 20)
  })
  await once(client, 'exit')
  await server.close()
  rmSync(dataDir, { recursive: true, force: true })
  console.log(`\nWhile one large request is answered\n\n${table(rows)}\n`)
  console.log(verdict('longest stall at work in ms', longest, 50, 'at most'))
}

/** The longest turns of this thread's event loop, in milliseconds: by the clock, and by the processor time they took. */
function watchEventLoop() {
  const now = () => {
    const { user, system } = process.threadCpuUsage()
    return { wall: performance.now(), work: (user + system) / 1_000 }
  }
  let longest = { wall: 0, work: 0 }
  let last = now()
  setInterval(() => {
    const at = now()
    longest = {
      wall: Math.max(longest.wall, at.wall - last.wall),
      work: Math.max(longest.work, at.work - last.work),
    }
    last = at
  }, 1).unref()
  return {
    /** Since it was asked last. */
    longest() {
      const found = longest
      longest = { wall: 0, work: 0 }
      return found
    },
  }
}

async function send({ url, apiKey }: { url: string; apiKey: string }): Promise<void> {
  const headers = { authorization: `Bearer ${apiKey}` }
  const upload = async (n: number): Promise<string> => {
    const body = new FormData()
    body.set('purpose', 'assistants')
    body.set('file', new File([`file ${n}`], `${n}.txt`))
    const answer = await fetch(`${url}/files`, { method: 'POST', headers, body })
    return ((await answer.json()) as { id: string }).id
  }
  const files: string[] = []
  while (files.length < 2_000) {
    files.push(...(await Promise.all(Array.from({ length: 20 }, (_, n) => upload(files.length + n)))))
  }
  const json = { ...headers, 'content-type': 'application/json' }
  const store = await fetch(`${url}/vector_stores`, { method: 'POST', headers: json, body: '{}' })
  const { id } = (await store.json()) as { id: string }
  for (const { name, path, body, method = 'POST' } of [...refused, ...taken(files, id)]) {
    const text = body()
    await report(undefined)
    const began = performance.now()
    const answer = await fetch(url + path, {
      method,
      headers: json,
      ...(method === 'POST' && { body: text }),
    })
    await answer.arrayBuffer()
    await report({ name, status: answer.status, seconds: (performance.now() - began) / 1_000 })
  }
}

async function report(result: object | undefined): Promise<void> {
  if (!parentPort) return
  const heard = once(parentPort, 'message')
  parentPort.postMessage(result)
  await heard
}
