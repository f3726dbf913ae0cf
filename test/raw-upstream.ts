import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type OpenAI from 'openai'
import type { Log } from '../src/common/log.ts'
import { startTestServer } from './server.ts'

export type Reply = (
  response: ServerResponse,
  request: Record<string, unknown>,
  index: number,
) => void | Promise<void>

/** A model server that answers chat completions byte for byte as the test says, and our server on it. */
export async function startRawUpstream(
  reply: Reply,
  { env = {}, port = 0, log }: { env?: Record<string, string>; port?: number; log?: Log } = {},
) {
  const requests: Record<string, unknown>[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text) => (body += text))
    request.on('end', () => {
      if (request.url?.endsWith('/models')) return void response.end('{"data":[{"id":"tiny"}]}')
      const parsed = JSON.parse(body) as Record<string, unknown>
      requests.push(parsed)
      response.setHeader('content-type', 'text/event-stream')
      void reply(response, parsed, requests.length - 1)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const ours = await startTestServer({ env: { OPENAI_BASE_URL: baseUrl, ...env }, ...(log && { log }) })
  const { threads } = ours.client.beta
  return {
    ...ours,
    requests,
    baseUrl,
    async run(
      params: Partial<OpenAI.Beta.Threads.RunCreateParamsNonStreaming> = {},
      assistantParams: Partial<OpenAI.Beta.AssistantCreateParams> = {},
    ) {
      const assistant = await ours.client.beta.assistants.create({ model: 'tiny', ...assistantParams })
      const thread = await threads.create({ messages: [{ role: 'user', content: 'Hello' }] })
      const run = await threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id, ...params })
      const messages = await threads.messages.list(thread.id, { order: 'asc' })
      const steps = await threads.runs.steps.list(run.id, { thread_id: thread.id, order: 'asc' })
      return { assistant, thread, run, messages: messages.data.slice(1), steps: steps.data }
    },
    async [Symbol.asyncDispose]() {
      await ours[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
    },
  }
}

export const event = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`
export const usage = (prompt_tokens: unknown, completion_tokens: unknown) =>
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens, completion_tokens } })}\n\n`
export const done = 'data: [DONE]\n\n'
export const say = (content: string) => event({ content }) + event({}, 'stop') + done

export const textOf = (message: OpenAI.Beta.Threads.Message | undefined) =>
  message?.content.flatMap((part) => (part.type === 'text' ? [part.text.value] : []))

export const call = (index: number, id: string, name: string, args: string) =>
  event({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: args } }] })
