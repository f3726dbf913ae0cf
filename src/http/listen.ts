import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createAdaptorServer, type WebSocketServerLike } from '@hono/node-server'
import { WebSocketServer } from 'ws'
import { maxJson } from './input.ts'

/** The HTTP server of the app. It ends in two steps, between which open streams can send their last events. */
export interface Listener {
  /** The address without a path: `http://127.0.0.1:4711`. */
  url: string
  /** Accepts no more connections. Those that are open stay. */
  stop(): void
  /**
   * Waits a moment for open connections to end, and closes the others. Resolves when none is left. `stop` must be called
   * before.
   */
  disconnect(): Promise<void>
}

/** How long streams have to end after the last event, in milliseconds. */
const streamGraceMs = 1_000

/** Resolves when the server listens. Rejects with the error of the system when it cannot. */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: { host: string; port: number },
): Promise<Listener> {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: maxJson })
  const server = createAdaptorServer({
    fetch,
    hostname: host,
    websocket: { server: sockets as WebSocketServerLike },
    // Some clients offer to speak HTTP/2 with every request. That is not taken up, and the request is answered as it is.
    serverOptions: {
      shouldUpgradeCallback: ({ method, url, headers }) =>
        method === 'GET' &&
        headers.upgrade?.toLowerCase() === 'websocket' &&
        /\/responses\/?(\?|$)/.test(url ?? ''),
    },
  })
  if ('requestTimeout' in server) {
    // The request timeout lets a file of 512 MB arrive over a slow line. The keep-alive timeout is longer than that of
    // clients and proxies that reuse a connection, so that they close it first.
    server.requestTimeout = 30 * 60_000
    server.keepAliveTimeout = 75_000
  }
  server.listen(port, host)
  await once(server, 'listening')
  let ended: Promise<unknown> | undefined
  return {
    url: urlOf(server.address() as AddressInfo),
    stop() {
      ended = once(server, 'close')
      server.close()
    },
    async disconnect() {
      if ('closeAllConnections' in server) {
        const deadline = AbortSignal.timeout(streamGraceMs)
        while (!deadline.aborted && (await connections(server)) > 0) {
          server.closeIdleConnections()
          await sleep(10)
        }
        server.closeAllConnections()
        // Those are no connections of HTTP any more, and a client that is away does not answer that they close.
        for (const socket of sockets.clients) socket.terminate()
      }
      await ended
    },
  }
}

const connections = (server: Server) =>
  new Promise<number>((resolve) => {
    server.getConnections((error, count) => resolve(error ? 0 : count))
  })

const urlOf = ({ address, family, port }: AddressInfo) =>
  `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
