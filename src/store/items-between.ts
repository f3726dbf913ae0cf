import type { StoredItem } from '../contract/responses/items.ts'
import type { Reader } from './database.ts'

/** An item of a conversation. `place` is the number of the message after which it stands, 0 before the first. */
export interface PlacedItem {
  place: number
  body: StoredItem
}

/** The items of a thread after the message with the number `from` and before the one with the number `to`, in order. */
export async function itemsBetween(
  db: Reader,
  { project, thread_id }: { project: string; thread_id: string },
  { from, to }: { from: number; to: number },
): Promise<PlacedItem[]> {
  const rows = await db.all<{ place: number; body: string }>(
    `select place, body from conversation_items
     where thread_id = ? and project = ? and place >= ? and place < ? order by place, seq`,
    thread_id,
    project,
    from,
    to,
  )
  return rows.map(({ place, body }) => ({ place, body: JSON.parse(body) as StoredItem }))
}
