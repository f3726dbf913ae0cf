import type { Request } from './call.ts'

/** Answers the question that a browser asks before the request itself. This question comes without a key. */
export const preflight = (c: Request): Response =>
  new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS',
      // Each header is named, because `*` does not include `authorization`.
      'access-control-allow-headers':
        c.req.header('access-control-request-headers') ?? 'authorization, content-type, api-key, openai-beta',
      'access-control-max-age': '86400',
      vary: 'access-control-request-headers',
    },
  })
