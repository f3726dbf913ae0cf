import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const events = (list: object[], named: boolean) =>
  list
    .map(
      (event) =>
        `${named ? `event: ${(event as { type: string }).type}\n` : ''}data: ${JSON.stringify(event)}\n\n`,
    )
    .join('')

const claude = [
  {
    type: 'message_start',
    message: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-sonnet-5',
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    },
  },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello.' } },
  { type: 'content_block_stop', index: 0 },
  {
    type: 'message_delta',
    delta: { stop_reason: 'end_turn', stop_sequence: null },
    usage: { output_tokens: 2 },
  },
  { type: 'message_stop' },
]

const gemini = [
  {
    candidates: [{ content: { role: 'model', parts: [{ text: 'Hello.' }] }, finishReason: 'STOP', index: 0 }],
    usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 2, totalTokenCount: 3 },
  },
]

const model = { name: 'models/gemini-2.5-flash', supportedGenerationMethods: ['generateContent'] }

/** A server on loopback that says hello as Anthropic's and Google's APIs do. The answer has its address. */
export async function startOtherWires(): Promise<{ url: string } & AsyncDisposable> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://wire')
    request.resume()
    const json = (value: object) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    }
    const stream = (text: string) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text)
    }
    if (pathname === '/v1/models') json({ data: [{ id: 'claude-sonnet-5' }] })
    else if (pathname === '/v1beta/models') json({ models: [model] })
    else if (pathname === '/v1/messages') stream(events(claude, true))
    else if (pathname.endsWith(':streamGenerateContent')) stream(events(gemini, false))
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
