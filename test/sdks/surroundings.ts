import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { startMcpServer, textResult } from '../mcp-server.ts'

const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`

export type Surroundings = Awaited<ReturnType<typeof startSurroundings>>

/**
 * What is around a server while clients are tried: an MCP server, and an endpoint of webhooks that gives a webhook back, with
 * its headers, to whoever asks for `/ID` of what it tells of.
 */
export async function startSurroundings() {
  const mcp = await startMcpServer({
    tools: [{ name: 'roll', description: 'Rolls dice.' }],
    call: () => textResult('4'),
  })
  const received = new Map<string, PromiseWithResolvers<[string, Record<string, string>]>>()
  const webhookOf = (id: string) => {
    const found = received.get(id) ?? Promise.withResolvers()
    received.set(id, found)
    return found
  }
  const give = async (id: string, response: ServerResponse) => {
    const [body, headers] = await webhookOf(id).promise
    response.writeHead(200, headers).end(body)
  }
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = (await buffer(request)).toString('utf8')
    const headers = Object.entries(request.headers).filter(([name]) => name.startsWith('webhook-'))
    const { data } = JSON.parse(body) as { data: { id: string } }
    webhookOf(data.id).resolve([body, Object.fromEntries(headers) as Record<string, string>])
    response.end()
  }
  const receiver = createServer((request, response) => {
    void (request.method === 'GET' ? give(String(request.url).slice(1), response) : take(request, response))
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  return {
    /** For the config file of the server. */
    settings: { webhooks: [{ url, secret }] },
    /** For its environment. */
    env: { THREADMILL_PRIVATE_HOSTS: '127.0.0.1' },
    /** For the environment of clients; official ones know the last name. */
    client: { MCP_URL: mcp.url, WEBHOOKS_URL: url, OPENAI_WEBHOOK_SECRET: secret },
    async [Symbol.asyncDispose]() {
      receiver.closeAllConnections()
      await new Promise((resolve) => receiver.close(resolve))
      await mcp[Symbol.asyncDispose]()
    },
  }
}
