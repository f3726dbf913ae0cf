import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { streamResponse, type FakeResponse, type FakeResponsesRequest } from './fake-responses.ts'

/** What the fake answers to one chat completion. */
export interface FakeReply {
  /** The pieces of the text, one chunk each; a number stands for that many words. */
  tokens?: string[] | number
  reasoning?: string[]
  toolCalls?: { name: string; arguments: string }[]
  /** Milliseconds before the first chunk, and between two chunks. */
  firstTokenMs?: number
  tokenMs?: number
  finishReason?: string
  usage?: Record<string, unknown>
  /** Answers with this status and error body instead. */
  status?: number
  error?: Record<string, unknown>
  headers?: Record<string, string>
  /** Drops the connection after this many chunks. */
  cutAfter?: number
}

export interface FakeRequest {
  method: string
  path: string
  headers: IncomingHttpHeaders
  /** The parsed JSON body; undefined for GET. */
  body: FakeChatRequest | undefined
}

const responsesPath = /\/responses(\?|$)/

/** The bodies of the requests to the Responses API. */
export const responsesAsked = ({ requests }: Pick<FakeUpstream, 'requests'>): FakeResponsesRequest[] =>
  requests.flatMap(({ path, body }) =>
    responsesPath.test(path) && body ? [body as unknown as FakeResponsesRequest] : [],
  )

export interface FakeChatRequest {
  model: string
  messages: { role: string; content: unknown; [field: string]: unknown }[]
  stream?: boolean
  stream_options?: { include_usage?: boolean }
  tools?: { type: string; function: { name: string } }[]
  [field: string]: unknown
}

export interface FakeUpstreamOptions {
  port?: number
  /** The answer to the n-th chat completion; default: 20 words. */
  reply?: FakeReply | ((request: FakeChatRequest, index: number) => FakeReply)
  /** The answer to the n-th request of the Responses API; without it that path is not found. */
  respond?: FakeResponse | ((request: FakeResponsesRequest, index: number) => FakeResponse)
  /** Of `GET /v1/models`; default `['fake']`. */
  models?: string[]
  /** Of `GET /api/tags`; without it that path is not found, as on anything that is no Ollama. */
  ollama?: string[]
  /** Makes it a llama.cpp whose prompt and answer have so many tokens together. */
  llamaCpp?: number
  /** Remembers requests; off for measurements. Default true. */
  record?: boolean
}

export interface FakeUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`; the OpenAI paths are below `/v1`. */
  url: string
  port: number
  requests: FakeRequest[]
  /** Chat completions whose client left before the end. */
  readonly aborted: number
  close(): Promise<void>
}

/** A server that speaks OpenAI's chat completions on loopback, and says whatever the test wants. */
export async function startFakeUpstream(options: FakeUpstreamOptions = {}): Promise<FakeUpstream> {
  const requests: FakeRequest[] = []
  let chats = 0
  let responses = 0
  let aborted = 0

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '/'
    const raw = request.method === 'POST' ? await readText(request) : ''
    const body = raw ? (JSON.parse(raw) as FakeChatRequest) : undefined
    if (options.record !== false) {
      requests.push({ method: request.method ?? '', path, headers: request.headers, body })
    }
    if (path.startsWith('/v1/models')) {
      const owned_by = options.llamaCpp ? 'llamacpp' : 'fake'
      const data = (options.models ?? ['fake']).map((id) => ({
        id,
        object: 'model',
        created: 1_700_000_000,
        owned_by,
      }))
      return sendJson(response, 200, { object: 'list', data })
    }
    if (path === '/api/tags' && options.ollama) {
      return sendJson(response, 200, { models: options.ollama.map((name) => ({ name, model: name })) })
    }
    if (path === '/props' && options.llamaCpp) {
      return sendJson(response, 200, { default_generation_settings: { id: 0, n_ctx: options.llamaCpp } })
    }
    if (responsesPath.test(path) && body && options.respond) {
      const { respond } = options
      const asked = body as unknown as FakeResponsesRequest
      const said = typeof respond === 'function' ? respond(asked, responses++) : respond
      if (said.status) return sendJson(response, said.status, { error: said.error ?? {} }, said.headers)
      await streamResponse(response, asked, said)
      if (!response.writableFinished && response.destroyed) aborted++
      return
    }
    if (!path.includes('/chat/completions') || !body) {
      return sendJson(response, 404, { error: { message: `No such path: ${path}` } })
    }
    const { reply } = options
    const said = typeof reply === 'function' ? reply(body, chats++) : (reply ?? {})
    if (said.status) return sendJson(response, said.status, { error: said.error ?? {} }, said.headers)
    await (body.stream ? streamChat(response, body, said) : sendChat(response, body, said))
    if (!response.writableFinished && response.destroyed) aborted++
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    get aborted() {
      return aborted
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers?: Record<string, string>,
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(value))
}

let chatNumber = 0

async function streamChat(
  response: ServerResponse,
  request: FakeChatRequest,
  reply: FakeReply,
): Promise<void> {
  const head = {
    id: `chatcmpl-${(++chatNumber).toString(36)}`,
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: request.model,
  }
  const frame = (delta: object, finish_reason: string | null = null) =>
    `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta, logprobs: null, finish_reason }] })}\n\n`

  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...reply.headers })
  const pause = pausesOf(response)
  if (reply.firstTokenMs) await pause(reply.firstTokenMs)
  let count = 0
  for (const delta of deltas(reply)) {
    if (count > 0 && reply.tokenMs) await pause(reply.tokenMs)
    if (response.destroyed) return
    response.write(frame(count === 0 ? { role: 'assistant', ...delta } : delta))
    if (++count === reply.cutAfter) {
      // Without this turn of the loop the written chunks would be thrown away with the socket.
      await sleep(5)
      return void response.destroy()
    }
  }
  response.write(frame({}, finishReason(reply)))
  if (request.stream_options?.include_usage) {
    response.write(`data: ${JSON.stringify({ ...head, choices: [], usage: usage(request, reply) })}\n\n`)
  }
  response.end('data: [DONE]\n\n')
}

/** Waits so long, or until the client has left: a timer that nobody waits for would keep the process of a test alive. */
function pausesOf(response: ServerResponse): (milliseconds: number) => Promise<void> {
  const left = new AbortController()
  response.once('close', () => left.abort())
  return (milliseconds) => sleep(milliseconds, undefined, { signal: left.signal }).catch(() => {})
}

function* deltas(reply: FakeReply): Generator<object> {
  for (const reasoning_content of reply.reasoning ?? []) yield { reasoning_content }
  for (const content of words(reply)) yield { content }
  for (const [index, call] of (reply.toolCalls ?? []).entries()) {
    const id = `call_${chatNumber.toString(36)}_${index}`
    yield { tool_calls: [{ index, id, type: 'function', function: { name: call.name, arguments: '' } }] }
    const half = Math.ceil(call.arguments.length / 2)
    for (const piece of [call.arguments.slice(0, half), call.arguments.slice(half)]) {
      if (piece) yield { tool_calls: [{ index, function: { arguments: piece } }] }
    }
  }
}

async function sendChat(response: ServerResponse, request: FakeChatRequest, reply: FakeReply): Promise<void> {
  const texts = words(reply)
  const wait = (reply.firstTokenMs ?? 0) + (reply.tokenMs ?? 0) * texts.length
  if (wait) await pausesOf(response)(wait)
  const tool_calls = reply.toolCalls?.map((call, index) => ({
    id: `call_${index}`,
    type: 'function',
    function: call,
  }))
  const message = { role: 'assistant', content: texts.join('') || null, ...(tool_calls && { tool_calls }) }
  sendJson(response, 200, {
    id: `chatcmpl-${(++chatNumber).toString(36)}`,
    object: 'chat.completion',
    created: 1_700_000_000,
    model: request.model,
    choices: [{ index: 0, message, finish_reason: finishReason(reply) }],
    usage: usage(request, reply),
  })
}

function words({ tokens, toolCalls }: FakeReply): string[] {
  if (Array.isArray(tokens)) return tokens
  const count = tokens ?? (toolCalls ? 0 : 20)
  return Array.from({ length: count }, (_, index) => `word${index % 10} `)
}

function finishReason(reply: FakeReply): string {
  return reply.finishReason ?? (reply.toolCalls?.length ? 'tool_calls' : 'stop')
}

function usage(request: FakeChatRequest, reply: FakeReply): Record<string, unknown> {
  if (reply.usage) return reply.usage
  const prompt_tokens = 10 * request.messages.length
  const completion_tokens = words(reply).length + 8 * (reply.toolCalls?.length ?? 0)
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}

// node test/fake-upstream.ts --port 8801 --tokens 20 --first-token-ms 50 --token-ms 5 [--tools]
// --tools: the first function of a request is called when its last message is from the user.
if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '8801' },
      tokens: { type: 'string', default: '20' },
      'first-token-ms': { type: 'string', default: '0' },
      'token-ms': { type: 'string', default: '0' },
      tools: { type: 'boolean', default: false },
    },
  })
  const text: FakeReply = {
    tokens: Number(values.tokens),
    firstTokenMs: Number(values['first-token-ms']),
    tokenMs: Number(values['token-ms']),
  }
  const upstream = await startFakeUpstream({
    port: Number(values.port),
    record: false,
    reply(request) {
      const called = request.tools?.[0]?.function.name
      if (!values.tools || !called || request.messages.at(-1)?.role !== 'user') return text
      return { ...text, tokens: 0, toolCalls: [{ name: called, arguments: '{"location":"Paris"}' }] }
    },
  })
  console.log(upstream.url)
}
