import { z } from 'zod'
import { optional, refuseWhen, text } from './limits.ts'
import { object } from './objects.ts'

/** A server of the Model Context Protocol whose functions a model may call. The fields are those of the Responses API. */
export interface McpTool {
  type: 'mcp'
  /** Tells its functions from those of other servers. */
  server_label: string
  server_url: string
  server_description?: string
  /** Sent with each request. Never shown. */
  headers?: Record<string, string>
  /** A bearer token. Never shown. */
  authorization?: string
  allowed_tools?: string[] | McpToolFilter
  /** Names of functions to which a choice narrows those that are allowed. */
  named?: string[]
  /** `always` when it is left out. */
  require_approval?: 'always' | 'never' | { always?: McpToolFilter; never?: McpToolFilter }
}

export interface McpToolFilter {
  tool_names?: string[]
  /** Whether the server says of the function that it changes nothing. */
  read_only?: boolean
}

/** A function of a server, as the server lists it. */
export interface McpListedTool {
  name: string
  description: string | null
  input_schema: Record<string, unknown>
  annotations: Record<string, unknown> | null
}

/** A call of such a function, as an API with a type for it shows it. */
export interface McpCallDetails {
  server_label: string
  name: string
  arguments: string
  output: string | null
  error: McpError | null
}

export type McpError =
  | { type: 'http_error'; code: number; message: string }
  | { type: 'mcp_protocol_error'; code: number; message: string }
  | { type: 'mcp_tool_execution_error'; content: { type: 'text'; text: string }[] }

const withoutUndefined = <Given extends object>(given: Given) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Given]: Exclude<Given[Name], undefined>
  }

const label = text(64).check(
  refuseWhen((value) =>
    /^[a-zA-Z][a-zA-Z0-9_-]*$/.test(value)
      ? undefined
      : {
          code: 'invalid_value',
          message:
            "Invalid '{param}': expected a letter, and then letters, digits, dashes and underscores alone.",
        },
  ),
)
/** Whether it is what answers show in the place of what may be a secret. Nobody is asked with it. */
export const isCutOut = (value: string) => /<redacted>|%3credacted%3e/i.test(value)
export const cutOutText = (param: string) =>
  `Invalid '${param}': answers show '<redacted>' in the place of what may be a secret. Give the whole 'server_url' again, and the 'authorization' and 'headers' that the server asks for.`
const notCutOut = refuseWhen((value: string) =>
  isCutOut(value) ? { code: 'invalid_value', message: cutOutText('{param}') } : undefined,
)
const address = text(2_048).check(
  refuseWhen((value) =>
    /^https?:$/.test(URL.parse(value)?.protocol ?? '')
      ? undefined
      : { code: 'invalid_value', message: "Invalid '{param}': expected an http or https address." },
  ),
)
/** What a header may have without ending it. */
const headerText = z
  .string()
  .check(
    refuseWhen((value) =>
      /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
        ? undefined
        : { code: 'invalid_value', message: "Invalid '{param}': expected the text of a header." },
    ),
  )
const headersOf = (value: typeof headerText) =>
  z.record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/), value).check(
    refuseWhen((given) =>
      Object.keys(given).length > 32
        ? {
            code: 'object_above_max_properties',
            message: "Invalid '{param}': expected at most 32 headers.",
          }
        : undefined,
    ),
  )
const names = z.array(z.string().min(1).max(256)).max(512)
const filter = object({ tool_names: optional(names), read_only: optional(z.boolean()) })
const clean = filter.transform((given) => withoutUndefined(given) as McpToolFilter)

/** `whole` checks what answers cut out. A connector of the original, which it hosts itself, is refused. */
const mcpToolWith = (...whole: (typeof notCutOut)[]) =>
  object({
    type: z.literal('mcp'),
    server_label: label,
    server_url: address.check(...whole),
    server_description: optional(text(1_024)),
    headers: optional(headersOf(headerText.check(...whole))),
    authorization: optional(headerText.check(...whole)),
    allowed_tools: optional(z.union([names, clean])),
    require_approval: optional(
      z.union([
        z.enum(['always', 'never']),
        object({ always: optional(clean), never: optional(clean) }).transform(withoutUndefined),
      ]),
    ),
  }).transform((given): McpTool => withoutUndefined(given) as McpTool)

/** An entry of a list of tools as answers show it: without what opens the server. */
export function withoutMcpSecrets<Tool extends { type: string }>(tool: Tool): Tool {
  if (tool.type !== 'mcp') return tool
  const { headers: _headers, authorization: _authorization, ...shown } = tool as unknown as McpTool
  return shown as unknown as Tool
}

export const mcpTool = mcpToolWith(notCutOut)
/** A tool that may be one of an answer, which is sent back. */
export const echoedMcpTool = mcpToolWith()
