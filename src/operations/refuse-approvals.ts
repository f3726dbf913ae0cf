import type { NewItem, StoredItem } from '../contract/responses/items.ts'
import { noRequestFor } from '../response-errors.ts'
import { allEntries } from '../store/conversation-items.ts'
import type { Transaction } from '../store/database.ts'
import { itemsOfChain } from '../store/items.ts'

type Items = readonly { body: StoredItem }[]

/**
 * Every approval needs the request that it answers, which may be from long ago. `newest` are items that were read already, and
 * `of` is what the response goes on with.
 */
export async function refuseUnknownApprovals(
  tx: Transaction,
  project: string,
  { input, newest }: { input: NewItem[]; newest: Items },
  of: { previous: { id: string } | undefined; thread: { id: string } | undefined },
): Promise<void> {
  const answered = input.flatMap(({ body }) =>
    body.item.type === 'mcp_approval_response' ? [body.item.approval_request_id] : [],
  )
  const missing = answered.filter((id) => !isAsked([...newest, ...input], id))
  if (missing.length === 0) return
  const all = of.previous
    ? await itemsOfChain(tx, project, of.previous.id)
    : of.thread
      ? await allEntries(tx, project, of.thread.id)
      : []
  const unknown = missing.find((id) => !isAsked(all, id))
  if (unknown !== undefined) throw noRequestFor(unknown)
}

/** What a compaction has kept is there as well. */
const isAsked = (items: Items, id: string): boolean =>
  items
    .flatMap(({ body }) => [...(body.compacted?.kept ?? []), body])
    .some(({ item }) => item.type === 'mcp_approval_request' && item.id === id)
