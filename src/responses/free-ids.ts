import { prefixOf, type StoredItem } from '../contract/responses/items.ts'
import { newItemId } from '../ids.ts'
import { takenEntryIds } from '../store/conversation-items.ts'
import type { Transaction } from '../store/database.ts'
import { withRequestIds } from './approvals.ts'

/** Gives a new id to what has none, and to what has that of another entry. `of` is the response or the conversation. */
export async function withFreeIds(tx: Transaction, items: StoredItem[], of: string): Promise<StoredItem[]> {
  const taken = await takenEntryIds(
    tx,
    items.map(({ item }) => item.id).filter((id) => id !== ''),
  )
  const newIds = new Map<string, string>()
  const free = items.map((stored) => {
    const { item } = stored
    if (item.id !== '' && !taken.has(item.id)) return stored
    const id = newItemId(prefixOf(item.type), of)
    if (item.id !== '') newIds.set(item.id, id)
    return { ...stored, item: { ...item, id } }
  })
  return free.map((stored) => withRequestIds(stored, newIds))
}
