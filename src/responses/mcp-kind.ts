import type { McpApprovalRequestItem, McpCallItem } from '../contract/responses/items.ts'
import type { McpCallDetails } from '../contract/mcp.ts'
import type { BegunCall, ItemKind } from './item-kind.ts'

const detailsOf = ({ call }: Pick<BegunCall, 'call'>) => call.details as McpCallDetails

/** A call that the caller has to allow. It is an item of the response that ends with it. */
const askingKind: ItemKind = {
  begin: (begun) => {
    const { name, server_label } = detailsOf(begun)
    return { type: 'mcp_approval_request', arguments: '{}', name, server_label }
  },
  argued: () => [],
  settled(item, call) {
    const request = item as McpApprovalRequestItem
    request.arguments = detailsOf({ call }).arguments || '{}'
    return []
  },
  served: { started: () => [], ended: () => [] },
}

/** How calls of functions of a server are shown as items. Their arguments come whole (as recorded). */
export const mcpKind: ItemKind = {
  asking: askingKind,
  begin: (begun) => {
    const { name, server_label } = detailsOf(begun)
    return {
      type: 'mcp_call',
      status: 'in_progress',
      approval_request_id: begun.approval ?? null,
      arguments: '',
      error: null,
      name,
      output: null,
      server_label,
    }
  },
  added: 'response.mcp_call.in_progress',
  argued: () => [],
  settled(item, call) {
    const made = item as McpCallItem
    made.arguments = detailsOf({ call }).arguments || '{}'
    return [
      { event: 'response.mcp_call_arguments.delta', data: { delta: made.arguments }, grows: true },
      { event: 'response.mcp_call_arguments.done', data: { arguments: made.arguments } },
    ]
  },
  served: {
    started: () => [],
    ended(stored, call) {
      const made = stored.item as McpCallItem
      const { output, error } = detailsOf({ call })
      Object.assign(made, { status: error ? 'failed' : 'completed', output, error })
      // Mostly the model is told what the item says.
      if (stored.told === output) delete stored.told
      return [{ event: error ? 'response.mcp_call.failed' : 'response.mcp_call.completed' }]
    },
  },
}
