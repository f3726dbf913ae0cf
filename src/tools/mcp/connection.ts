import type { McpError, McpListedTool } from '../../contract/mcp.ts'

/** What came of a call: a text for the model, or why it failed. */
export type McpOutcome = { output: string } | { error: McpError }

/** An open connection to a server. Each of the first two rejects when the server cannot be asked. */
export interface McpConnection {
  list(signal: AbortSignal): Promise<McpListedTool[]>
  call(name: string, given: Record<string, unknown>, signal: AbortSignal): Promise<McpOutcome>
  /** Never rejects. */
  close(): Promise<void>
}

/** The error as the model is told of it. */
export const textOfError = (error: McpError): string =>
  error.type === 'mcp_tool_execution_error' ? error.content.map(({ text }) => text).join('\n') : error.message
