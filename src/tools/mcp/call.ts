import type { McpCallDetails, McpListedTool } from '../../contract/mcp.ts'
import { unknownTool } from '../../errors/last-error.ts'
import { lenientJson } from '../../models/lenient-json.ts'
import type { Call, Outcome } from '../tool.ts'
import { textOfError } from './connection.ts'
import { needsApproval } from './filter.ts'
import type { McpServer } from './server.ts'

/** The code of JSON-RPC. */
const invalidParams = -32_602

/** The name under which a caller of an API without a type for it is asked to approve a call. */
const approvalFunction = 'mcp_approval_request'

/** `name` is that of the function as the model knows it. Undefined is found where the server has no such function any more. */
export function mcpCall(
  name: string,
  found: { server: McpServer; tool: McpListedTool } | undefined,
  approval: string | undefined,
): Call<McpCallDetails> {
  const server_label = found?.server.settings.server_label ?? ''
  const details: McpCallDetails = {
    server_label,
    name: found?.tool.name ?? name,
    arguments: '',
    output: null,
    error: null,
  }
  const asFunction = { name, arguments: '', output: null as string | null }
  const argue = (piece: string) => {
    if (piece === '') return undefined
    details.arguments += piece
    asFunction.arguments += piece
    return { arguments: piece }
  }
  const end = (text: string, show: (delta: { output: string }) => void): Outcome => {
    asFunction.output = text
    show({ output: text })
    return { toolResult: text }
  }
  const asksFirst = found && approval === undefined ? needsApproval(found.server.settings, found.tool) : false
  return {
    details,
    asFunction,
    isUnknown: !found,
    asksFirst,
    argue,
    settle(text) {
      const { arguments: shown } = details
      const delta = text.startsWith(shown) ? argue(text.slice(shown.length)) : undefined
      details.arguments = asFunction.arguments = text
      return delta
    },
    async run(show, signal) {
      if (!found) return end(unknownTool(name), show)
      const { server, tool } = found
      const given = lenientJson(details.arguments || '{}')
      if (typeof given !== 'object' || given === null || Array.isArray(given)) {
        const message = `the arguments of ${name} are no JSON object. Nothing was called.`
        details.error = { type: 'mcp_protocol_error', code: invalidParams, message }
        return end(`Error: ${message}`, show)
      }
      if (asksFirst)
        return {
          waitsFor: {
            name: approvalFunction,
            arguments: JSON.stringify({
              server_label,
              name: tool.name,
              arguments: details.arguments || '{}',
            }),
          },
          approval: true,
        }
      const outcome = await server.call(tool.name, given as Record<string, unknown>, signal)
      if ('output' in outcome) {
        details.output = outcome.output
        return end(outcome.output, show)
      }
      details.error = outcome.error
      return end(`Error: ${textOfError(outcome.error)}`, show)
    },
  }
}

/** Whether the answer of a caller approves a call. Whatever is not clearly a yes is a no. */
export function isApproval(answer: string): boolean {
  const given: unknown = lenientJson(answer)
  if (typeof given === 'object' && given !== null) return (given as { approve?: unknown }).approve === true
  return /^(true|yes|approve|approved)$/i.test(answer.trim())
}
