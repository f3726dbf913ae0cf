import type { NewItem, StoredItem } from '../contract/responses/items.ts'
import { contradictoryApprovals, noRequestFor } from '../response-errors.ts'
import { allEntries } from '../store/conversation-items.ts'
import type { Transaction } from '../store/database.ts'
import { itemsOfChain } from '../store/items.ts'

type Items = readonly { body: StoredItem }[]
interface Before {
  previous: { id: string } | undefined
  thread: { id: string } | undefined
}

/** Everything that was said in what a response goes on with. */
export async function allBefore(
  tx: Transaction,
  project: string,
  { previous, thread }: Before,
): Promise<Items> {
  if (previous) return itemsOfChain(tx, project, previous.id)
  return thread ? allEntries(tx, project, thread.id) : []
}

/**
 * An approval needs the request that it answers, which may be from long ago, and no other that says the opposite. `newest` are items that were read already, and
 * `of` is what the response goes on with.
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
  const missing = [...approved.keys()].filter((id) => !isAsked([...newest, ...input], id))
  if (missing.length === 0) return
  const all = await allBefore(tx, project, of)
  const unknown = missing.find((id) => !isAsked(all, id))
  if (unknown !== undefined) throw noRequestFor(unknown)
}

/** What a compaction has kept is there as well. */
const isAsked = (items: Items, id: string): boolean =>
  items
    .flatMap(({ body }) => [...(body.compacted?.kept ?? []), body])
    .some(({ item }) => item.type === 'mcp_approval_request' && item.id === id)
