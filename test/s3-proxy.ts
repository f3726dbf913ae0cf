import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What becomes of a request: another answer, none, or only the first bytes of what comes back or goes there. */
export type Fault =
  | { status: number; code: string }
  | 'silence'
  | { answerEndsAfter: number }
  | { requestEndsAfter: number }

export interface S3Proxy extends AsyncDisposable {
  endpoint: string
  /** Is asked of every request; undefined lets it pass. */
  fault: (method: string, url: string) => Fault | undefined
  /** Method and path of each request so far. */
  readonly seen: string[]
}

/** Stands in front of an S3 server, and is as unreliable as it is told to be. */
export async function startS3Proxy(endpoint: string): Promise<S3Proxy> {
  const target = new URL(endpoint)
  const proxy = createServer((asked, answer) => {
    const { method = '', url = '' } = asked
    seen.push(`${method} ${url}`)
    const fault = own.fault(method, url)
    if (fault === 'silence') return
    if (fault && 'status' in fault) return void refuse(asked, answer, fault)
    void pass(asked, answer, fault)
  })

  async function refuse(
    asked: IncomingMessage,
    answer: ServerResponse,
    { status, code }: { status: number; code: string },
  ) {
    for await (const _ of asked) {
      // Read to its end, as a server does that is only busy.
    }
    answer.writeHead(status, { 'content-type': 'application/xml' })
    answer.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`)
  }

  async function pass(
    asked: IncomingMessage,
    answer: ServerResponse,
    fault: Exclude<Fault, string> | undefined,
  ) {
    const { hostname, port } = target
    const { method, url: path, headers } = asked
    const sent = request({ hostname, port, method, path, headers })
    try {
      const answered = once(sent, 'response') as Promise<[IncomingMessage]>
      answered.catch(() => {})
      await copy(asked, sent, fault && 'requestEndsAfter' in fault ? fault.requestEndsAfter : Infinity)
      sent.end()
      const [response] = await answered
      answer.writeHead(response.statusCode ?? 500, response.headers)
      await copy(response, answer, fault && 'answerEndsAfter' in fault ? fault.answerEndsAfter : Infinity)
      answer.end()
    } catch {
      sent.destroy()
      asked.destroy()
      answer.destroy()
    }
  }

  const seen: string[] = []
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const own: S3Proxy = {
    endpoint: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    fault: () => undefined,
    seen,
    async [Symbol.asyncDispose]() {
      const closed = once(proxy, 'close')
      proxy.close()
      proxy.closeAllConnections()
      await closed
    },
  }
  return own
}

/** Throws when so many bytes have gone over. */
async function copy(from: IncomingMessage, to: NodeJS.WritableStream, limit: number): Promise<void> {
  let bytes = 0
  for await (const chunk of from as AsyncIterable<Buffer>) {
    const part = chunk.subarray(0, limit - bytes)
    bytes += part.length
    if (!to.write(part)) await once(to, 'drain')
    if (bytes >= limit) throw new Error('cut')
  }
}
