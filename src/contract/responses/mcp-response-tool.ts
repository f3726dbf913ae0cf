import { echoedMcpTool, type McpTool, type McpToolFilter } from '../mcp.ts'
import { readAs, unsupported, type Fields } from './refused.ts'

/** A server as answers show it: without what opens it, and without the path of its address, which may be a secret as well. */
export interface ShownMcpTool {
  type: 'mcp'
  allowed_tools: string[] | ShownFilter | null
  authorization?: '<redacted>'
  headers: null
  require_approval: 'always' | 'never' | { always?: ShownFilter; never?: ShownFilter }
  server_description: string | null
  server_label: string
  server_url: string
}

interface ShownFilter {
  read_only: boolean | null
  tool_names: string[] | null
}

export function readMcp(value: Fields, path: (string | number)[]): McpTool {
  if (typeof value['connector_id'] === 'string')
    throw unsupported(
      [...path, 'connector_id'],
      "Connectors are hosted by OpenAI, and not supported by this server. Give the 'server_url' of a server of the Model Context Protocol in place of '{param}'.",
    )
  const given = Object.entries(value).filter(([, one]) => one !== null)
  return readAs(echoedMcpTool, Object.fromEntries(given), path)
}

export function shownMcpTool(tool: McpTool): ShownMcpTool {
  const { allowed_tools: allowed, require_approval: required = 'always' } = tool
  return {
    type: 'mcp',
    allowed_tools: allowed === undefined ? null : Array.isArray(allowed) ? allowed : shownFilter(allowed),
    ...(tool.authorization !== undefined && { authorization: '<redacted>' }),
    headers: null,
    require_approval:
      typeof required === 'string'
        ? required
        : {
            ...(required.always && { always: shownFilter(required.always) }),
            ...(required.never && { never: shownFilter(required.never) }),
          },
    server_description: tool.server_description ?? null,
    server_label: tool.server_label,
    server_url: withoutPath(tool.server_url),
  }
}

const shownFilter = ({ read_only, tool_names }: McpToolFilter): ShownFilter => ({
  read_only: read_only ?? null,
  tool_names: tool_names ?? null,
})

function withoutPath(address: string): string {
  const { origin, pathname, search } = new URL(address)
  return pathname === '/' && search === '' ? `${origin}/` : `${origin}/<redacted>`
}
