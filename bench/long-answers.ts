import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openaiCompatible } from '../src/models/providers/openai-compatible.ts'
import { round, table, verdict } from './numbers.ts'

/**
 * `node bench/long-answers.ts`: what it costs to read one event of a model server that is as long as a book. The cost
 * per megabyte has to be the same whatever the length. Reader and server share the process.
 */

const mega = 1024 ** 2
const lengths = [1, 4, 15]

async function write(response: ServerResponse, text: string): Promise<void> {
  if (!response.write(text)) await new Promise((resolve) => response.once('drain', resolve))
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume()
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  await write(response, 'data: {"choices":[{"delta":{"content":"')
  for (let sent = 0; sent < Number(request.headers['x-length']); sent += 8_192) {
    await write(response, 'word word word_ '.repeat(512))
  }
  response.end('"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
}
const server = createServer((request, response) => void answer(request, response))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
const model = openaiCompatible({ name: 'long', baseUrl, modelId: 'm', structuredOutputs: true })

/** Milliseconds of CPU for a line of so many megabytes. */
async function cost(length: number): Promise<number> {
  const before = process.cpuUsage()
  const { stream } = await model.doStream({
    prompt: [{ role: 'user', content: [{ type: 'text', text: 'Write a book.' }] }],
    headers: { 'x-length': String(length * mega) },
  })
  for await (const part of stream) if (part.type === 'error') throw part.error
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

await cost(1)
const costs: number[] = []
for (const length of lengths) costs.push(await cost(length))
console.log(
  table([
    ['one event of', 'CPU', 'per MB'],
    ...lengths.map((length, at) => [
      `${length} MB`,
      `${round(costs[at] ?? NaN)} ms`,
      `${round((costs[at] ?? NaN) / length)} ms`,
    ]),
  ]),
)
const perMega = (at: number) => (costs.at(at) ?? NaN) / (lengths.at(at) ?? NaN)
console.log(verdict('per MB, longest against shortest', perMega(-1) / perMega(0), 2, 'at most'))
server.close()
server.closeAllConnections()
