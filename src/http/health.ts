import type { Hono } from 'hono'
import { ApiError } from '../errors/errors.ts'
import { NoAnswer } from '../errors/unavailable.ts'
import { describeError, type Log } from '../common/log.ts'
import type { Access } from '../operations/access.ts'
import { answer } from './answer.ts'
import { authenticate, isOwner } from './auth.ts'
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
  { health, log, access }: { health: Health; log: Log; access: Access },
): void {
  let worked = true
  const note = (works: boolean, error?: unknown) => {
    if (works && !worked) log('info', 'writes reach the disk again', {})
    if (!works && worked)
      log('error', 'writes do not reach the disk', {
        ...describeError(error),
        ...(error instanceof NoAnswer && { reason: error.message }),
      })
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
    const more = (await showsReport(access, c.req.raw.headers)) ? await health.report() : {}
    return answer(c, { ...status, ...more }, works ? 200 : 503)
  })
}

/** The report is about the whole server, so the key of one project among others does not show it. */
async function showsReport(access: Access, headers: Headers): Promise<boolean> {
  try {
    return isOwner(await authenticate(access, headers))
  } catch (error) {
    if (error instanceof ApiError) return false
    throw error
  }
}
