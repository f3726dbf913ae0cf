import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { z } from 'zod'

/** The engine answered with an error. The status is 0 when it did not answer at all. */
export class EngineError extends Error {
  override name = 'EngineError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export type QueryParameters = Record<string, string>

/**
 * The Docker Engine API over its unix socket (https://docs.docker.com/reference/api/engine/), as far as containers need
 * it. All methods throw EngineError.
 */
export interface EngineClient {
  /** `schema` describes the part of the answer that is used. Times out after half a minute. */
  get<T>(path: string, schema: z.ZodType<T>, query?: QueryParameters): Promise<T>
  post<T>(path: string, schema: z.ZodType<T>, body?: object, query?: QueryParameters): Promise<T>
  /** Succeeds also when there is nothing to delete, or when somebody else is deleting it. */
  delete(path: string, query?: QueryParameters): Promise<void>
  /** The connection as raw bytes in both directions. The engine calls this hijacking. */
  hijack(path: string, query: QueryParameters): Promise<Duplex>
  /** An answer that is read while it is still being sent. */
  follow(method: 'GET' | 'POST', path: string, query: QueryParameters): Promise<IncomingMessage>
}

/** The oldest version of the API that has everything that is used here. It is that of Docker 20.10. */
const oldest = 41
const timeoutMs = 30_000
const largest = 4 << 20

const versions = z.object({ ApiVersion: z.string(), MinAPIVersion: z.string().optional() })

/** Asks the engine which version of the API to use. Throws EngineError with a message for the operator. */
export async function connectEngine(socketPath: string): Promise<EngineClient> {
  const said = await clientOf(socketPath, '').get('/version', versions)
  const newest = minor(said.ApiVersion)
  if (newest < oldest) {
    throw new EngineError(
      0,
      `the Docker engine is too old: it speaks API ${said.ApiVersion}, and 1.${oldest} (Docker 20.10) is needed`,
    )
  }
  const version = Math.max(oldest, minor(said.MinAPIVersion ?? ''))
  return clientOf(socketPath, `/v1.${version}`)
}

const minor = (version: string) => Number(/^1\.(\d+)$/.exec(version)?.[1] ?? 0)

function clientOf(socketPath: string, prefix: string): EngineClient {
  function open(
    method: string,
    path: string,
    query: QueryParameters,
    headers: Record<string, string>,
  ): ClientRequest {
    const search = new URLSearchParams(query).toString()
    // There is no agent, because a connection that was hijacked cannot be used again.
    return httpRequest({
      socketPath,
      method,
      path: `${prefix}${path}${search && '?'}${search}`,
      headers: { host: 'docker', ...headers },
      agent: false,
    })
  }

  /** Sends the request. Returns the head of the answer, and the connection when the engine has hijacked it. */
  async function answerTo(
    request: ClientRequest,
    body?: object,
  ): Promise<{ response: IncomingMessage; socket?: Duplex }> {
    const { promise, resolve, reject } = Promise.withResolvers<{
      response: IncomingMessage
      socket?: Duplex
    }>()
    const timer = setTimeout(() => request.destroy(new Error('it does not answer')), timeoutMs)
    request.on('error', reject)
    request.once('response', (response) => resolve({ response }))
    request.once('upgrade', (response, socket, head) => {
      if (head.length > 0) socket.unshift(head)
      resolve({ response, socket })
    })
    request.end(body && JSON.stringify(body))
    try {
      return await promise
    } catch (error) {
      throw inWords(error as Error, socketPath)
    } finally {
      clearTimeout(timer)
    }
  }

  async function ask<T>(
    method: string,
    path: string,
    schema: z.ZodType<T>,
    query: QueryParameters,
    body?: object,
  ): Promise<T> {
    const headers: Record<string, string> = body ? { 'content-type': 'application/json' } : {}
    const { response } = await answerTo(open(method, path, query, headers), body)
    const text = await textOf(response)
    if ((response.statusCode ?? 0) >= 400) throw refusal(response, text)
    const parsed = schema.safeParse(text === '' ? undefined : parse(text))
    if (parsed.success) return parsed.data
    const [problem] = parsed.error.issues
    throw new EngineError(0, `${path} of the Docker engine: ${problem?.path.join('.')}: ${problem?.message}`)
  }

  return {
    get: (path, schema, query = {}) => ask('GET', path, schema, query),
    post: (path, schema, body, query = {}) => ask('POST', path, schema, query, body),
    async delete(path, query = {}) {
      try {
        await ask('DELETE', path, z.unknown(), query)
      } catch (error) {
        if (![404, 409].includes((error as EngineError).status)) throw error
      }
    },
    async hijack(path, query) {
      const request = open('POST', path, query, { connection: 'Upgrade', upgrade: 'tcp' })
      const { response, socket } = await answerTo(request)
      if (!socket) throw refusal(response, await textOf(response))
      return socket
    },
    async follow(method, path, query) {
      const { response } = await answerTo(open(method, path, query, {}))
      if ((response.statusCode ?? 0) >= 400) throw refusal(response, await textOf(response))
      return response.on('error', () => {})
    },
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += String(chunk)
      if (text.length > largest) throw new Error('it is too long')
    }
  } catch (error) {
    throw new EngineError(0, `the answer of the Docker engine did not arrive: ${(error as Error).message}`)
  }
  return text
}

/** An answer that is not JSON comes from a proxy, and its text is kept as it is. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const problem = z.object({ message: z.string() })

function refusal({ statusCode = 0 }: IncomingMessage, text: string): EngineError {
  const message = problem.safeParse(parse(text)).data?.message ?? text
  return new EngineError(
    statusCode,
    `the Docker engine answered ${statusCode}: ${message.trim().slice(0, 300)}`,
  )
}

function inWords(error: NodeJS.ErrnoException, socketPath: string): EngineError {
  const words: Record<string, string> = {
    ENOENT: `there is no Docker engine: ${socketPath} does not exist`,
    ECONNREFUSED: `no Docker engine answers at ${socketPath}`,
    EACCES: `this user may not use the Docker engine at ${socketPath}`,
  }
  return new EngineError(
    0,
    words[error.code ?? ''] ?? `the Docker engine at ${socketPath} failed: ${error.message}`,
  )
}
