import { upgradeWebSocket } from '@hono/node-server'
import type { WebSocket } from 'ws'
import type { Log } from '../../common/log.ts'
import type { Observer } from '../../telemetry/observer.ts'
import { contextOf, type Api } from '../call.ts'
import { serveResponseSocket } from '../response-socket.ts'
import { readTrace } from '../trace-headers.ts'

/** WebSocket mode: what is posted to `/responses` is sent as frames, and the events of its stream come back as frames. */
export function responseSocketRoute(api: Api, { log, observer }: { log: Log; observer: Observer }): void {
  api.get(
    '/responses',
    upgradeWebSocket((c) => {
      const caller = contextOf(c)
      const ctx = observer.traces ? { ...caller, trace: readTrace(c.req.raw.headers) } : caller
      const parts = { ctx, call: c.get('call'), route: c.req.path, log, observer }
      return {
        onOpen: (_opened, { raw }) => serveResponseSocket(raw as WebSocket, parts),
      }
    }),
  )
}
