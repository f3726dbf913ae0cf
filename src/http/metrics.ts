import type { Hono } from 'hono'
import type { Access } from '../operations/access.ts'
import type { Env } from './call.ts'
import { authenticate, isOwner, needsAdminKey } from './auth.ts'

/** The numbers of this server in the format of Prometheus. */
export interface MetricsText {
  contentType: string
  text(): Promise<string>
}

/** `GET /metrics`, for the key of the settings and admin keys: the numbers are those of the whole server. */
export function metricsRoute(app: Hono<Env>, metrics: MetricsText, access: Access): void {
  app.get('/metrics', async (c) => {
    if (!isOwner(await authenticate(access, c.req.raw.headers))) throw needsAdminKey()
    return new Response(await metrics.text(), { headers: { 'content-type': metrics.contentType } })
  })
}
