import type { Hono } from 'hono'
import { ApiError } from '../errors.ts'
import { describeError, type Log } from '../log.ts'
import { answer } from './answer.ts'
import type { Env } from './call.ts'

/** What the server knows about its own state. */
export interface Health {
  /** Rejects when nothing can be written. */
  check(): Promise<void>
  /** Whether the server is about to end: it still answers, but should get no new requests. */
  isClosing(): boolean
  /** For the owner of the server: what docs/operations.md lists. Never rejects. */
  report(): Promise<Record<string, unknown>>
}

/**
 * `GET /health` answers 200 and `{"status": "ok"}` when a write reaches the disk, and otherwise 503 and `failing`. Load
 * balancers need no key. With a key the answer also contains the report. A change of the status is logged.
 */
export function healthRoute(
  app: Hono<Env>,
  { health, log }: { health: Health; log: Log },
  projectOf: (headers: Headers) => string,
): void {
  let worked = true
  const note = (works: boolean, error?: unknown) => {
    if (works && !worked) log('info', 'writes reach the disk again', {})
    if (!works && worked) log('error', 'writes do not reach the disk', describeError(error))
    worked = works
    return works
  }
  app.get('/health', async (c) => {
    if (c.req.query('ready') !== undefined && health.isClosing()) return answer(c, { status: 'closing' }, 503)
    const works = await health.check().then(
      () => note(true),
      (error: unknown) => note(false, error),
    )
    const status = { status: works ? 'ok' : 'failing' }
    const more = hasKey(c.req.raw.headers, projectOf) ? await health.report() : {}
    return answer(c, { ...status, ...more }, works ? 200 : 503)
  })
}

function hasKey(headers: Headers, projectOf: (headers: Headers) => string): boolean {
  try {
    projectOf(headers)
    return true
  } catch (error) {
    if (error instanceof ApiError) return false
    throw error
  }
}
