import assert from 'node:assert/strict'
import type { TestServer } from './server.ts'

export interface RawAnswer {
  status: number
  headers: Headers
  text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks at whatever came
  json: any
}

/** A request as it stands, for what the official client would not send. A string body is sent as it is. */
export async function raw(
  server: Pick<TestServer, 'url' | 'apiKey'>,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      authorization: `Bearer ${server.apiKey}`,
      ...(body !== undefined && !(body instanceof FormData) && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && {
      body: typeof body === 'string' || body instanceof FormData ? body : JSON.stringify(body),
    }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : undefined,
  }
}

/** The whole envelope of a refusal, to compare with what the original answered. */
export function refused(
  answer: RawAnswer,
  status: number,
  message: string,
  more: { param?: string | null; code?: string | null } = {},
): void {
  assert.deepEqual(
    { status: answer.status, error: answer.json?.error },
    {
      status,
      error: { message, type: 'invalid_request_error', param: more.param ?? null, code: more.code ?? null },
    },
  )
}
