import type { NewItem, StoredItem } from '../contract/responses/items.ts'
import { contradictoryApprovals, noRequestFor } from '../errors/response-errors.ts'
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
  new SaidBefore(tx, { project, previous: previous?.id ?? null, thread_id: thread?.id ?? null }, texts)

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
  for (const id of missing)
    if (!(await isAskedIn(allBefore(tx, project, of, [id]), id))) throw noRequestFor(id)
}

async function isAskedIn(portions: SaidBefore, id: string): Promise<boolean> {
  for await (const portion of portions)
    if (
      isAsked(
        portion.map((body) => ({ body })),
        id,
      )
    )
      return true
  return false
}

/** What a compaction has kept is there as well. */
const isAsked = (items: Items, id: string): boolean =>
  items
    .flatMap(({ body }) => [...(body.compacted?.kept ?? []), body])
    .some(({ item }) => item.type === 'mcp_approval_request' && item.id === id)
