import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { until } from './runs.ts'

export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** A server that takes webhooks. It answers with the status of `answers` that comes next, and with 200 after the last. */
export async function startReceiver(answers: number[] = []) {
  const received: Received[] = []
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      received.push({ path: request.url ?? '', headers: request.headers, body: body.toString('utf8') })
      response.writeHead(answers.shift() ?? 200, { location: '/moved' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    /** Resolves with the first `count` webhooks. */
    async first(count: number): Promise<Received[]> {
      await until(async () => received.length >= count)
      return received.slice(0, count)
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
