import assert from 'node:assert/strict'
import type { TestServer } from './server.ts'

export interface RawAnswer {
  status: number
  headers: Headers
  text: string
  // oxlint-disable-next-line typescript/no-explicit-any -- a test looks at whatever came
  json: any
}

const asIs = (body: unknown): body is string | FormData | Uint8Array<ArrayBuffer> =>
  typeof body === 'string' || body instanceof FormData || body instanceof Uint8Array

/** A request as it stands, for what the official client would not send. Strings and bytes are sent as they are. */
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
      body: asIs(body) ? body : JSON.stringify(body),
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
