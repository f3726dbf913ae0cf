import { prefixOf, type StoredItem } from '../contract/responses/items.ts'
import { newItemId } from '../common/ids.ts'
import { withRequestIds } from './approvals.ts'

/**
 * Gives a new id to what has none, and to what has one of those that other entries have. `of` is the response or the
 * conversation.
 */
export function withFreeIds(
  items: StoredItem[],
  { taken, of }: { taken: ReadonlySet<string>; of: string },
): StoredItem[] {
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
