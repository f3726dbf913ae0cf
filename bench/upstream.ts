import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json as readJson } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { modelSpeeds, type ModelSpeed } from './model-speeds.ts'

/**
 * A process: a model server on loopback that does next to nothing and knows when it did what. An answer's first token
 * is `<<read,wrote,messages>>`: when the request had been read and when this token was written, in nanoseconds of the
 * monotonic clock that all processes of a machine share, and how many messages the prompt had. Started with its port.
 */
const port = Number(process.argv[2])
const now = () => process.hrtime.bigint()

/** When clients hung up, by the `read` of their request. Bounded: the oldest go. */
const hungUp = new Map<string, string>()
const maxRemembered = 1_000

interface ChatRequest {
  model: string
  messages: unknown[]
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://upstream')
  if (url.pathname === '/v1/hung-up') {
    return sendJson(response, { at: hungUp.get(url.searchParams.get('read') ?? '') ?? null })
  }
  if (request.method !== 'POST') {
    return sendJson(response, { object: 'list', data: Object.keys(modelSpeeds).map((id) => ({ id })) })
  }
  const body = (await readJson(request)) as ChatRequest
  const read = now()
  const speed = modelSpeeds[body.model.split('/').at(-1) as keyof typeof modelSpeeds]
  await stream(response, body, speed, read)
}

async function stream(
  response: ServerResponse,
  body: ChatRequest,
  speed: ModelSpeed,
  read: bigint,
): Promise<void> {
  const frame = (delta: object, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({
      id: `chatcmpl-${read.toString(36)}`,
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: body.model,
      choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    })}\n\n`
  response.once('close', () => {
    if (!response.writableFinished) remember(read)
  })
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
  if (speed.firstMs) await sleep(speed.firstMs)
  for (let token = 0; token < speed.tokens; token++) {
    if (token > 0 && speed.tokenMs) await sleep(speed.tokenMs)
    if (response.destroyed) return
    const content = token === 0 ? `<<${read},${now()},${body.messages.length}>>` : ` word${token % 10}`
    response.write(frame(token === 0 ? { role: 'assistant', content } : { content }))
  }
  const prompt_tokens = 10 * body.messages.length
  const usage = { prompt_tokens, completion_tokens: speed.tokens, total_tokens: prompt_tokens + speed.tokens }
  response.end(`${frame({}, 'stop')}data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`)
}

function remember(read: bigint): void {
  hungUp.set(String(read), String(now()))
  const [oldest] = hungUp.keys()
  if (hungUp.size > maxRemembered && oldest) hungUp.delete(oldest)
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => response.destroy(error as Error))
})
server.keepAliveTimeout = 120_000
server.listen(port, '127.0.0.1')
