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

/** What stands in the JSON of a request for approval. */
export const asksForApproval = '"type":"mcp_approval_request"'
/** What stands in that of a call that was approved. */
const wasApproved = '"approval_request_id":"'

/**
 * The calls that the input of a response approves, and that are not made yet. `own` is the output of the response so far, and
 * `before` finds what was said before it with one of these texts, newest first. A caller who sends everything back sends
 * approvals together with the calls that they led to. What a compaction has kept is there as well.
 */
export async function approvedRequests(
  input: readonly { body: StoredItem }[],
  own: readonly NewItem[],
  before: (...texts: string[]) => AsyncIterable<StoredItem>,
): Promise<McpApprovalRequestItem[]> {
  const approvals = approvalsIn(input.map(({ body }) => body.item))
  const approved = [...approvals.values()].filter(({ approve }) => approve)
  const ids = approved.map(({ approval_request_id: id }) => id)
  const made = new Set(own.filter(({ part }) => part !== 'withdrawn').map(({ body }) => body.approval))
  const asked = new Map<string, McpApprovalRequestItem>()
  if (ids.length === 0) return []
  // What was said is read once, however many are looked for.
  for await (const stored of before(...(ids.length > maxIds ? [asksForApproval, wasApproved] : ids)))
    for (const { item } of [...(stored.compacted?.kept ?? []), stored]) {
      if (item.type === 'mcp_call') made.add(item.approval_request_id ?? undefined)
      if (item.type === 'mcp_approval_request' && approvals.get(item.id)?.approve) asked.set(item.id, item)
    }
  return [...asked.values()].reverse().filter(({ id }) => !made.has(id))
}

/** How many are looked for by their ids. */
const maxIds = 20

/** The item with the new ids of requests for approval, by their former ones, where it answers one or was allowed by one. */
export function withRequestIds(stored: StoredItem, newIds: ReadonlyMap<string, string>): StoredItem {
  const { item, approval } = stored
  const ofCall = approval === undefined ? undefined : newIds.get(approval)
  const renamed = ofCall === undefined ? stored : { ...stored, approval: ofCall }
  if (item.type !== 'mcp_approval_response' && item.type !== 'mcp_call') return renamed
  const id = newIds.get(item.approval_request_id ?? '')
  return id === undefined ? renamed : { ...renamed, item: { ...item, approval_request_id: id } }
}
