import type { OutgoingMessage, ServerResponse } from 'node:http'
import { matchedRoutes } from 'hono/route'
import type { Log } from '../common/log.ts'
import type { DoneRequest, Observer } from '../telemetry/observer.ts'
import type { Request, RequestState } from './call.ts'

/**
 * Logs and counts a request when its answer has ended, or its client has left. The line says by whom it was and how long it
 * took, and has no path, because a path may have what a caller has written.
 */
export function observeRequest(c: Request, { log, observer }: { log: Log; observer: Observer }): void {
  const { outgoing } = (c.env ?? {}) as { outgoing?: OutgoingMessage & Partial<ServerResponse> }
  const call = c.get('call')
  outgoing?.once('close', () => {
    call.run ??= c.req.param('run_id')
    requestDone(call, {
      log,
      observer,
      method: c.req.method,
      route: routeOf(c),
      status: outgoing.statusCode ?? 0,
      left: !outgoing.writableFinished,
    })
  })
}

/** The same for a request that asked for a connection of WebSocket mode, when it was refused or has got one. */
export function observeUpgrade(c: Request, parts: { log: Log; observer: Observer }): void {
  const { outgoing } = (c.env ?? {}) as { outgoing?: OutgoingMessage }
  if (outgoing || c.req.header('upgrade') === undefined) return
  const status = c.res.status === 200 ? 101 : c.res.status
  requestDone(c.get('call'), { ...parts, method: c.req.method, route: routeOf(c), status, left: false })
}

interface Done extends Omit<DoneRequest, 'seconds'> {
  log: Log
  observer: Observer
  /** Whether the client has left before the end. */
  left: boolean
}

/** Logs and counts a request that is over. */
export function requestDone(
  { requestId, began, caller, run }: Pick<RequestState, 'requestId' | 'began' | 'caller' | 'run'>,
  { log, observer, left, ...done }: Done,
): void {
  const seconds = (performance.now() - began) / 1_000
  observer.request({ ...done, seconds })
  log('info', 'request', {
    ...done,
    ms: Math.round(seconds * 1_000),
    request: requestId,
    ...(caller && { project: caller.key.project, key: caller.key.id }),
    ...(run !== undefined && { run }),
    ...(left && { left }),
  })
}

/**
 * The first that matches is the one that answers. What is registered for every method is no route. What a variable part may look
 * like, as in `:model{.+}`, is left out.
 */
function routeOf(c: Request): string {
  const route = matchedRoutes(c).find(({ method }) => method !== 'ALL')
  return route?.path.replaceAll(/\{[^}]*\}/g, '') ?? ''
}
