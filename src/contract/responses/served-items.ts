import { z } from 'zod'
import { jsonSchema } from '../json-schema.ts'
import { optional } from '../limits.ts'
import { object, variants } from '../objects.ts'
import type {
  CodeInterpreterCallItem,
  FileSearchCallItem,
  McpApprovalRequestItem,
  McpApprovalResponseItem,
  McpCallItem,
  McpListToolsItem,
} from './items.ts'
import { readAs, type Fields } from './refused.ts'

/** Items of calls that were run by a server, which requests send back to where they came from. */

type Path = (string | number)[]

const result = z.looseObject({
  attributes: optional(z.record(z.string(), z.unknown())),
  file_id: optional(z.string()),
  filename: optional(z.string()),
  score: optional(z.number()),
  text: optional(z.string()),
})

const fileSearchCall = object({
  id: optional(z.string()),
  type: z.literal('file_search_call'),
  status: optional(z.string()),
  queries: z.array(z.string()),
  results: optional(z.array(result)),
})

export function readFileSearchCall(value: Fields, path: Path): Omit<FileSearchCallItem, 'id'> {
  const { queries, results } = readAs(fileSearchCall, value, path)
  return {
    type: 'file_search_call',
    status: 'completed',
    queries,
    results:
      results?.map(({ attributes = {}, file_id = '', filename = '', score = 0, text = '' }) => ({
        attributes,
        file_id,
        filename,
        score,
        text,
      })) ?? null,
  }
}

const label = z.string()
const mcpListTools = object({
  id: optional(z.string()),
  type: z.literal('mcp_list_tools'),
  server_label: label,
  tools: z.array(
    object({
      annotations: optional(z.looseObject({ read_only: optional(z.boolean()) })),
      description: optional(z.string()),
      name: z.string(),
      input_schema: jsonSchema,
    }),
  ),
  error: optional(z.string()),
})

export function readMcpListTools(value: Fields, path: Path): Omit<McpListToolsItem, 'id'> {
  const { server_label, tools, error } = readAs(mcpListTools, value, path)
  return {
    type: 'mcp_list_tools',
    server_label,
    tools: tools.map(({ annotations, description = null, name, input_schema }) => ({
      annotations: annotations ? { read_only: annotations.read_only === true } : null,
      description,
      name,
      input_schema,
    })),
    ...(error !== undefined && { error }),
  }
}

/** Of errors of other servers only the text is kept. */
const mcpError = z.looseObject({
  type: optional(z.string()),
  code: optional(z.int()),
  message: optional(z.string()),
  content: optional(z.array(z.looseObject({ text: optional(z.string()) }))),
})

const mcpCall = object({
  id: optional(z.string()),
  type: z.literal('mcp_call'),
  status: optional(z.string()),
  approval_request_id: optional(z.string()),
  arguments: z.string(),
  error: optional(z.union([z.string(), mcpError])),
  name: z.string(),
  output: optional(z.string()),
  server_label: label,
})

export function readMcpCall(value: Fields, path: Path): Omit<McpCallItem, 'id'> {
  const given = readAs(mcpCall, value, path)
  const error = given.error === undefined ? null : errorOf(given.error)
  return {
    type: 'mcp_call',
    status: error ? 'failed' : 'completed',
    approval_request_id: given.approval_request_id ?? null,
    arguments: given.arguments,
    error,
    name: given.name,
    output: given.output ?? null,
    server_label: given.server_label,
  }
}

function errorOf(error: string | z.output<typeof mcpError>): McpCallItem['error'] {
  if (typeof error === 'string') return { type: 'mcp_protocol_error', code: 0, message: error }
  const { type, code = 0, message = '', content = [] } = error
  if (type === 'http_error') return { type, code, message }
  if (type !== 'mcp_tool_execution_error') return { type: 'mcp_protocol_error', code, message }
  return { type, content: content.map(({ text = '' }) => ({ type: 'text', text })) }
}

const approvalRequest = object({
  id: optional(z.string()),
  type: z.literal('mcp_approval_request'),
  status: optional(z.string()),
  arguments: z.string(),
  name: z.string(),
  server_label: label,
})

export function readApprovalRequest(value: Fields, path: Path): Omit<McpApprovalRequestItem, 'id'> {
  const { name, server_label, ...given } = readAs(approvalRequest, value, path)
  return { type: 'mcp_approval_request', arguments: given.arguments, name, server_label }
}

const approvalResponse = object({
  id: optional(z.string()),
  type: z.literal('mcp_approval_response'),
  status: optional(z.string()),
  approval_request_id: z.string(),
  approve: z.boolean(),
  reason: optional(z.string()),
})

export function readApprovalResponse(value: Fields, path: Path): Omit<McpApprovalResponseItem, 'id'> {
  const { approval_request_id, approve, reason } = readAs(approvalResponse, value, path)
  return {
    type: 'mcp_approval_response',
    approval_request_id,
    approve,
    ...(reason !== undefined && { reason }),
  }
}

const codeInterpreterCall = object({
  id: optional(z.string()),
  type: z.literal('code_interpreter_call'),
  status: optional(z.string()),
  code: optional(z.string()),
  container_id: z.string(),
  outputs: optional(
    z.array(
      variants(
        object({ type: z.literal('logs'), logs: z.string() }),
        object({ type: z.literal('image'), url: z.string() }),
      ),
    ),
  ),
})

/** The container that it names is the one that the request goes on with, where it is still there. */
export function readCodeInterpreterCall(value: Fields, path: Path): Omit<CodeInterpreterCallItem, 'id'> {
  const { code = '', container_id, outputs = null } = readAs(codeInterpreterCall, value, path)
  return { type: 'code_interpreter_call', status: 'completed', code, container_id, outputs }
}
