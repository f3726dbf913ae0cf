import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export interface McpToolOfTest {
  name: string
  description?: string
  inputSchema?: object
  annotations?: object
}

interface Message {
  id?: number
  method: string
  params?: { name?: string; arguments?: Record<string, unknown>; cursor?: string }
}

export interface McpServerOptions {
  tools?: McpToolOfTest[] | ((cursor: string | undefined) => object)
  /** The result of a call, or a status to answer with; a promise of it holds the answer back. */
  call?: (name: string, given: Record<string, unknown>) => object | number | Promise<object>
  /** Speaks the older transport: answers are events of a stream that stays open. */
  sse?: boolean
  /** Answers instead, to any request with a body. Returns whether it did. */
  instead?: (message: Message, response: ServerResponse) => boolean
}

export const textResult = (text: string, isError = false) => ({ content: [{ type: 'text', text }], isError })

/** A server of the Model Context Protocol over Streamable HTTP, which answers in JSON. */
export async function startMcpServer({
  tools = [],
  call = () => textResult('done'),
  sse = false,
  instead = () => false,
}: McpServerOptions = {}) {
  const messages: Message[] = []
  const headers: IncomingHttpHeaders[] = []
  let deleted = 0
  let stream: ServerResponse | undefined
  const resultOf = async ({ method, params = {} }: Message): Promise<object | number> => {
    if (method === 'initialize')
      return {
        protocolVersion: '2025-06-18',
        capabilities: { tools: {} },
        serverInfo: { name: 'test', version: '1' },
      }
    if (method === 'tools/list')
      return typeof tools === 'function'
        ? tools(params.cursor)
        : { tools: tools.map((tool) => ({ inputSchema: { type: 'object', properties: {} }, ...tool })) }
    return call(params.name ?? '', params.arguments ?? {})
  }
  const server = createServer((request, response) => {
    if (request.method === 'DELETE') {
      deleted++
      return void response.writeHead(200).end()
    }
    if (sse && request.method === 'GET') {
      stream = response.writeHead(200, { 'content-type': 'text/event-stream' })
      return void stream.write('event: endpoint\ndata: /messages\n\n')
    }
    if (request.method !== 'POST' || (sse && request.url !== '/messages'))
      return void response.writeHead(405).end()
    void json(request).then(async (body) => {
      const message = body as Message
      messages.push(message)
      headers.push(request.headers)
      if (instead(message, response)) return
      if (message.id === undefined) return void response.writeHead(202).end()
      const result = await resultOf(message)
      if (typeof result === 'number') return void response.writeHead(result).end()
      const answer = JSON.stringify({ jsonrpc: '2.0', id: message.id, result })
      if (sse) {
        stream?.write(`event: message\ndata: ${answer}\n\n`)
        return void response.writeHead(202).end()
      }
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'session-1' })
      response.end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    headers,
    /** How many sessions the client has ended. */
    get deleted() {
      return deleted
    },
    /** How often a method was asked for. */
    count: (method: string) => messages.filter((message) => message.method === method).length,
    calls: () => messages.flatMap(({ method, params }) => (method === 'tools/call' ? [params] : [])),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
