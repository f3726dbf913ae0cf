import type { McpListedTool, McpTool, McpToolFilter } from '../../contract/mcp.ts'

const isReadOnly = ({ annotations }: McpListedTool) => annotations?.['readOnlyHint'] === true

/** A filter without conditions lets everything through. */
const passes = ({ tool_names, read_only }: McpToolFilter, tool: McpListedTool): boolean =>
  (tool_names === undefined || tool_names.includes(tool.name)) &&
  (read_only === undefined || read_only === isReadOnly(tool))

/** Whether a model is offered a function of the server. */
export function isAllowed({ allowed_tools: allowed, named }: McpTool, tool: McpListedTool): boolean {
  if (named && !named.includes(tool.name)) return false
  if (allowed === undefined) return true
  return passes(Array.isArray(allowed) ? { tool_names: allowed } : allowed, tool)
}

/** Whether a call of the function needs the word of the caller first. What `never` does not name needs it. */
export function needsApproval({ require_approval: required }: McpTool, tool: McpListedTool): boolean {
  if (required === undefined || required === 'always') return true
  if (required === 'never') return false
  if (required.always && passes(required.always, tool)) return true
  if (required.never) return !passes(required.never, tool)
  // Only some are named that need it.
  return required.always === undefined
}
