import type {
  Item,
  McpApprovalRequestItem,
  McpApprovalResponseItem,
  NewItem,
  StoredItem,
} from '../contract/responses/items.ts'

/** The answers of the caller by the ids of what they answer. The newest one counts. */
export const approvalsIn = (items: readonly Item[]): Map<string, McpApprovalResponseItem> =>
  new Map(
    items.flatMap((item) =>
      item.type === 'mcp_approval_response' ? [[item.approval_request_id, item] as const] : [],
    ),
  )

/**
 * The calls that the input of a response approves, and that are not made yet. `own` is the output of the response so far. A
 * caller who sends everything back sends approvals together with the calls that they led to.
 */
export function approvedRequests(
  before: readonly { body: StoredItem }[],
  input: readonly { body: StoredItem }[],
  own: readonly NewItem[],
): McpApprovalRequestItem[] {
  const items = [...before, ...input].map(({ body }) => body.item)
  const approvals = approvalsIn(input.map(({ body }) => body.item))
  const made = new Set([
    ...items.map((item) => (item.type === 'mcp_call' ? item.approval_request_id : null)),
    ...own.filter(({ part }) => part !== 'withdrawn').map(({ body }) => body.approval),
  ])
  const asked = new Map(
    items.flatMap((item) => (item.type === 'mcp_approval_request' ? [[item.id, item] as const] : [])),
  )
  return [...asked.values()].filter(({ id }) => approvals.get(id)?.approve === true && !made.has(id))
}

/** The item with the new ids of requests for approval, by their former ones, where it answers one or was allowed by one. */
export function withRequestIds(stored: StoredItem, newIds: ReadonlyMap<string, string>): StoredItem {
  const { item, approval } = stored
  const ofCall = approval === undefined ? undefined : newIds.get(approval)
  const renamed = ofCall === undefined ? stored : { ...stored, approval: ofCall }
  if (item.type !== 'mcp_approval_response' && item.type !== 'mcp_call') return renamed
  const id = newIds.get(item.approval_request_id ?? '')
  return id === undefined ? renamed : { ...renamed, item: { ...item, approval_request_id: id } }
}
