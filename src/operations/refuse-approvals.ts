import type { NewItem, StoredItem } from '../contract/responses/items.ts'
import { contradictoryApprovals, noRequestFor } from '../errors/response-errors.ts'
import { asksForApproval } from '../responses/approvals.ts'
import type { Transaction } from '../store/database.ts'
import { SaidBefore } from '../store/said-before.ts'

type Items = readonly { body: StoredItem }[]
interface Before {
  previous: { id: string } | undefined
  thread: { id: string } | undefined
}

/** Those of the items that a response goes on with which have one of these texts, newest first. */
export const allBefore = (
  tx: Transaction,
  project: string,
  { previous, thread }: Before,
  texts: readonly string[],
): SaidBefore =>
  new SaidBefore(
    tx,
    { project, previous: previous?.id ?? null, thread_id: thread?.id ?? null },
    { containing: texts },
  )

/**
 * An approval needs the request that it answers, which may be from long ago, and no other that says the opposite. `newest` are
 * items that were read already, and `of` is what the response goes on with.
 */
export async function refuseUnknownApprovals(
  tx: Transaction,
  project: string,
  { input, newest }: { input: NewItem[]; newest: Items },
  of: Before,
): Promise<void> {
  const answers = input.flatMap(({ body: { item } }) => (item.type === 'mcp_approval_response' ? [item] : []))
  const approved = new Map<string, boolean>()
  for (const { approval_request_id: id, approve } of answers) {
    if (approved.get(id) === !approve) throw contradictoryApprovals(id)
    approved.set(id, approve)
  }
  const unknown = new Set(approved.keys())
  const areAllIn = (items: readonly StoredItem[]) => {
    for (const id of requestsIn(items)) unknown.delete(id)
    return unknown.size === 0
  }
  if (areAllIn([...newest, ...input].map(({ body }) => body))) return
  for await (const portion of allBefore(tx, project, of, [asksForApproval])) if (areAllIn(portion)) return
  for (const id of unknown) throw noRequestFor(id)
}

/** The ids of requests for approval. What a compaction has kept is there as well. */
const requestsIn = (items: readonly StoredItem[]): string[] =>
  items
    .flatMap((stored) => [...(stored.compacted?.kept ?? []), stored])
    .flatMap(({ item }) => (item.type === 'mcp_approval_request' ? [item.id] : []))
