import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { APICallError } from '@ai-sdk/provider'
import { ConnectTimeout } from '../connect-timeout.ts'
import { errorText } from './error-text.ts'

/** The address for chat completions, prepared once for each model. */
export interface Target {
  url: URL
  headers: Record<string, string>
  /** For the text of errors. */
  provider: string
  /** How long connecting may take, in milliseconds. */
  connectMs: number
}

/** A provider that sends nothing for so long is taken for dead, in milliseconds. */
const idleMs = 300_000
const errorBodyBytes = 65_536

/**
 * Posts JSON and returns the response when its headers have arrived, with the text encoding set. Throws an
 * `APICallError` for a status of 400 or more and for a failed connection, and the reason of the signal after an abort.
 * The error contains neither the body nor the headers of the request, because errors are logged.
 */
export async function post(
  target: Target,
  body: string,
  headers: Record<string, string | undefined> | undefined,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  signal?.throwIfAborted()
  let response: IncomingMessage
  try {
    response = await send(target, body, headers, signal)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw connectionError(target, error)
  }
  const status = response.statusCode ?? 0
  if (status >= 200 && status < 300) return response
  throw httpError(target, response, await readSome(response))
}

export function connectionError(target: Target, error: unknown): APICallError {
  const code = (error as { code?: unknown }).code
  const reason =
    typeof code === 'string' && !(error instanceof ConnectTimeout)
      ? code
      : error instanceof Error
        ? error.message
        : 'unknown error'
  return new APICallError({
    message: `The connection to '${target.provider}' failed: ${reason}`,
    url: target.url.origin,
    requestBodyValues: {},
    cause: error,
    isRetryable: true,
  })
}

function send(
  target: Target,
  body: string,
  extra: Record<string, string | undefined> | undefined,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const { url } = target
  return new Promise((resolve, reject) => {
    const headers: Record<string, string | number> = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      accept: 'text/event-stream',
      'user-agent': 'threadmill',
      ...target.headers,
    }
    for (const name in extra) if (extra[name] !== undefined) headers[name] = extra[name]
    // The global agents keep connections alive and respect NODE_USE_ENV_PROXY. An agent of our own would not.
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      method: 'POST',
      headers,
      ...(signal && { signal }),
    })
    request.setTimeout(idleMs, () => request.destroy(new Error('no answer in time')))
    request.once('socket', (socket) => limitConnecting(socket, target))
    request.once('response', (response) => {
      response.setEncoding('utf8')
      resolve(response)
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      // The other side may have just closed a kept connection. It has read nothing, so the request is sent again.
      if (request.reusedSocket && error.code === 'ECONNRESET' && !signal?.aborted) {
        resolve(send(target, body, extra, signal))
      } else reject(error)
    })
    request.end(body)
  })
}

/** Without this limit, a host that drops all packets would be waited for as long as a model that is thinking. */
function limitConnecting(socket: Socket, { url, connectMs }: Target): void {
  if (!socket.connecting) return
  const timer = setTimeout(() => socket.destroy(new ConnectTimeout(connectMs)), connectMs)
  const connected = url.protocol === 'https:' ? 'secureConnect' : 'connect'
  for (const event of [connected, 'close']) socket.once(event, () => clearTimeout(timer))
}

async function readSome(response: IncomingMessage): Promise<string> {
  let text = ''
  try {
    for await (const chunk of response) {
      text += chunk as string
      if (text.length > errorBodyBytes) break
    }
  } catch {
    // The status alone has to do.
  }
  return text
}

function httpError(target: Target, response: IncomingMessage, body: string): APICallError {
  let data: unknown
  try {
    data = JSON.parse(body)
  } catch {
    data = undefined
  }
  return new APICallError({
    message: errorText(data) ?? `'${target.provider}' answered ${response.statusCode}`,
    url: target.url.origin,
    requestBodyValues: {},
    ...(response.statusCode !== undefined && { statusCode: response.statusCode }),
    responseHeaders: Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
    ),
    responseBody: body,
    data,
  })
}
