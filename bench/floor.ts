import { Agent, createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { json as readJson } from 'node:stream/consumers'
import { openFloorRows, type Stored } from './floor-rows.ts'

/**
 * A process: the least that can look like the Assistants API over a database. It checks nothing, keeps every object in
 * memory, cannot take a run up again, and writes each object once before it answers. What a run costs here is what
 * HTTP, JSON and the database cost. Arguments: its port, the model's port, a database file or a `postgres://…` address,
 * and for a file `normal` or `full`.
 */
const [port, upstream, place = '', synchronous = 'full'] = process.argv.slice(2)

interface Thread {
  messages: Stored[]
}

const rows = await openFloorRows(place, synchronous)
const threads = new Map<string, Thread>()
const agent = new Agent({ keepAlive: true })
let made = 0
const stamp = (prefix: string, object: string) => ({
  id: `${prefix}_${(++made).toString(36).padStart(24, '0')}`,
  object,
  created_at: Math.floor(Date.now() / 1000),
})

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, , , threadId, kind] = (request.url ?? '').split('?')[0]?.split('/') ?? []
  const body = request.method === 'POST' ? ((await readJson(request)) as Record<string, unknown>) : undefined
  if (threadId === undefined) {
    if (request.url?.endsWith('/assistants'))
      return send(response, { ...stamp('asst', 'assistant'), ...body })
    const thread = { ...stamp('thread', 'thread'), metadata: {} }
    await rows.put(thread, null)
    threads.set(thread.id, { messages: [] })
    return send(response, thread)
  }
  const thread = threads.get(threadId)
  if (!thread) return void response.writeHead(404).end('{}')
  if (kind === 'runs' && body) return run(thread, threadId, body, response)
  if (body) {
    const message = newMessage(threadId, body['role'], String(body['content']))
    await rows.put(message, threadId)
    thread.messages.push(message)
    return send(response, message)
  }
  const data = thread.messages.slice(-20).reverse()
  send(response, {
    object: 'list',
    data,
    first_id: data[0]?.id,
    last_id: data.at(-1)?.id,
    has_more: false,
  })
}

async function run(
  thread: Thread,
  thread_id: string,
  body: Record<string, unknown>,
  response: ServerResponse,
): Promise<void> {
  const { assistant_id, model, instructions } = body
  const doc = { ...stamp('run', 'thread.run'), thread_id, assistant_id, model, instructions, tools: [] }
  await rows.put({ ...doc, status: 'queued' }, thread_id)
  const event = (name: string, data: unknown) =>
    response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const status of ['created', 'queued', 'in_progress']) event(`thread.run.${status}`, { ...doc, status })

  const messages = [
    { role: 'system', content: instructions },
    ...thread.messages.map(({ role, text }) => ({ role, content: text })),
  ]
  const prompt = Buffer.from(JSON.stringify({ model, stream: true, messages }))
  const headers = { 'content-type': 'application/json', 'content-length': prompt.length }
  const path = '/v1/chat/completions'
  const asked = ask({ agent, host: '127.0.0.1', port: upstream, method: 'POST', path, headers }, (chat) => {
    const message = newMessage(thread_id, 'assistant', '')
    const step = { ...stamp('step', 'thread.run.step'), run_id: doc.id, message_id: message.id }
    for (const name of ['created', 'in_progress']) event(`thread.run.step.${name}`, step)
    for (const name of ['created', 'in_progress']) event(`thread.message.${name}`, message)
    let rest = ''
    let text = ''
    chat.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (!line.startsWith('data: {')) continue
        const value: string | undefined = JSON.parse(line.slice(6)).choices[0]?.delta.content
        if (value === undefined) continue
        text += value
        event('thread.message.delta', {
          id: message.id,
          object: 'thread.message.delta',
          delta: { content: [{ index: 0, type: 'text', text: { value } }] },
        })
      }
    })
    chat.on('end', () => {
      const said = { ...newMessage(thread_id, 'assistant', text), id: message.id }
      const over = { ...doc, status: 'completed' }
      const made = [
        { one: said, parent: thread_id },
        { one: step, parent: doc.id },
      ]
      void rows.finish(made, over).then(() => {
        thread.messages.push(said)
        event('thread.message.completed', said)
        event('thread.run.step.completed', step)
        event('thread.run.completed', over)
        response.end('event: done\ndata: [DONE]\n\n')
      })
    })
  })
  asked.on('error', () => response.destroy())
  asked.end(prompt)
}

const newMessage = (thread_id: string, role: unknown, text: string) => ({
  ...stamp('msg', 'thread.message'),
  thread_id,
  role,
  text,
  content: [{ type: 'text', text: { value: text, annotations: [] } }],
  attachments: [],
  metadata: {},
})

function send(response: ServerResponse, value: unknown): void {
  const text = JSON.stringify(value)
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.destroy(error as Error))
})
server.keepAliveTimeout = 120_000
server.listen(Number(port), '127.0.0.1')
