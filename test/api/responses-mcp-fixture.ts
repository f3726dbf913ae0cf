import type { LanguageModelV4Prompt } from '@ai-sdk/provider'
import type OpenAI from 'openai'
import type { Script } from '../../src/models/scripted.ts'
import { startMcpServer, textResult, type McpServerOptions } from '../mcp-server.ts'
import { createResponsesFixture } from '../responses.ts'

export const roll = {
  name: 'roll',
  description: 'Rolls dice.',
  inputSchema: { type: 'object', properties: { dice: { type: 'string' } } },
  annotations: { readOnlyHint: false },
}

export const call = (dice = '2d4') => ({ name: 'lab__roll', arguments: { dice } })

/** Calls the function until it has a result. */
export const rolling: Exclude<Script, unknown[]> = (prompt) =>
  prompt.at(-1)?.role === 'tool' ? { text: `It is ${lastResult(prompt)}.` } : { toolCalls: [call()] }

export const resultsOf = (prompt: LanguageModelV4Prompt): string[] =>
  prompt.flatMap((message) =>
    message.role === 'tool'
      ? message.content.flatMap((part) =>
          part.type === 'tool-result' && part.output.type === 'text' ? [part.output.value] : [],
        )
      : [],
  )

export const lastResult = (prompt: LanguageModelV4Prompt) => resultsOf(prompt).at(-1) ?? ''

/** A server of MCP with the function `roll`, one of ours whose model calls it, and the tool that names the first to the second. */
export async function createFixture({
  mcp: options = {},
  script = rolling,
  tool = {},
  ...more
}: {
  mcp?: McpServerOptions
  script?: Script
  tool?: object
  env?: Record<string, string>
} = {}) {
  const mcp = await startMcpServer({ tools: [roll], call: () => textResult('4'), ...options })
  const server = await createResponsesFixture(script, {
    env: { THREADMILL_PRIVATE_HOSTS: '127.0.0.1', ...more.env },
  })
  const entry = {
    type: 'mcp' as const,
    server_label: 'lab',
    server_url: mcp.url,
    require_approval: 'never' as const,
    ...tool,
  }
  return {
    ...server,
    mcp,
    entry,
    tools: [entry],
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await mcp[Symbol.asyncDispose]()
    },
  }
}

export const listed = [
  'output_item.added(mcp_list_tools)',
  'mcp_list_tools.in_progress',
  'mcp_list_tools.completed',
  'output_item.done(mcp_list_tools)',
]

export const message = [
  'output_item.added(message)',
  'content_part.added',
  'output_text.delta',
  'output_text.done',
  'content_part.done',
  'output_item.done(message)',
]

export const types = ({ output }: OpenAI.Responses.Response) => output.map(({ type }) => type)

export const requestsOf = ({ output }: OpenAI.Responses.Response) =>
  output.filter((item) => item.type === 'mcp_approval_request')

export const approve = (id = '', approved = true, more: object = {}) => ({
  type: 'mcp_approval_response' as const,
  approval_request_id: id,
  approve: approved,
  ...more,
})

export const always = { require_approval: 'always' as const }
