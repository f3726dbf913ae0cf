import type { Request } from './call.ts'

/** A browser's question before the request itself, which comes without a key. */
export const preflight = (c: Request): Response =>
  new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS',
      // Named one by one: `*` would not cover authorization.
      'access-control-allow-headers':
        c.req.header('access-control-request-headers') ?? 'authorization, content-type, api-key, openai-beta',
      'access-control-max-age': '86400',
      vary: 'access-control-request-headers',
    },
  })
