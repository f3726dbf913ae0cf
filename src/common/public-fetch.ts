import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { Readable } from 'node:stream'
import { notPublicAddress, publicAddresses } from './public-addresses.ts'

export type PublicFetch = (address: string | URL, init?: PublicRequest) => Promise<Response>

export interface PublicRequest {
  method?: string
  headers?: ConstructorParameters<typeof Headers>[0]
  body?: string | Uint8Array | null
  signal?: AbortSignal | null
}

/**
 * A `fetch` for addresses that a caller gave: only to public ones and to those that the operator `allowed`
 * (`publicAddresses`). Redirects are answers like others and are not followed. Rejects when no answer comes.
 */
export function createPublicFetch(allowed?: readonly string[]): PublicFetch {
  const addresses = publicAddresses(allowed)
  return async (address, { method = 'GET', headers, body, signal } = {}) => {
    const url = new URL(address)
    const lookup = addresses.lookupOf(url.hostname)
    if (!lookup) throw notPublicAddress()
    const { request: send } = url.protocol === 'https:' ? https : http
    const request = send(url, {
      method,
      headers: Object.fromEntries(new Headers(headers)),
      // Without an agent: a kept connection may have been made for another request, to an address that was not checked.
      agent: false,
      lookup,
      ...(signal && { signal }),
    })
    // An error after the response has begun is reported by the response itself, so this one may be ignored.
    request.on('error', () => {})
    request.end(body ?? undefined)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    return answerOf(response)
  }
}

const withoutBody = [204, 205, 304]

function answerOf(response: IncomingMessage): Response {
  const status = response.statusCode ?? 0
  if (status < 200 || status > 599) {
    response.destroy()
    throw new Error(`answered ${status}`)
  }
  const headers = new Headers()
  for (const [name, values] of Object.entries(response.headersDistinct))
    for (const value of values ?? []) headers.append(name, value)
  if (!withoutBody.includes(status))
    return new Response(Readable.toWeb(response) as ReadableStream<Uint8Array>, { status, headers })
  response.resume()
  return new Response(null, { status, headers })
}
