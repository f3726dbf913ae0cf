import type { Request } from './call.ts'
import { rateHeaderNames, rateHeaders } from './rate-headers.ts'

/** The headers of our answers that a program in a browser may read. Without this it sees only the most common ones. */
const exposed =
  'x-request-id, openai-processing-ms, openai-version, openai-poll-after-ms, retry-after, allow, content-disposition, ' +
  'accept-ranges, content-range, ' +
  rateHeaderNames.join(', ')

/**
 * The headers of every answer. Every web page may read an answer: the key is sent in a header, so no browser sends it
 * without the page's program.
 */
export function wireHeaders(c: Request, contentType: string): Record<string, string> {
  const { requestId, began, counted } = c.get('call')
  return {
    'content-type': contentType,
    'x-request-id': requestId,
    'openai-version': '2020-10-01',
    'openai-processing-ms': String(Math.round(performance.now() - began)),
    'access-control-allow-origin': '*',
    'access-control-expose-headers': exposed,
    'x-content-type-options': 'nosniff',
    ...(counted && rateHeaders(counted)),
  }
}

/** JSON with an indentation of two spaces, as the original wrote it. */
export const answer = (c: Request, value: unknown, status = 200, more?: Record<string, string>): Response =>
  new Response(JSON.stringify(value, null, 2), {
    status,
    headers: { ...wireHeaders(c, 'application/json'), ...more },
  })

/** 204, with no body. */
export function emptyAnswer(c: Request): Response {
  const { 'content-type': _none, ...headers } = wireHeaders(c, '')
  return new Response(null, { status: 204, headers })
}
