import { isCall, type Item, type StoredItem } from '../contract/responses/items.ts'

/** Callers may use an id again for each of their calls. */
const maxOfOne = 64

/** Items that were read already, by what belongs together: a call and its output, a request for approval and what came of it. */
export class NewerItems {
  /** Newest first. */
  readonly #byKey = new Map<string, StoredItem[]>()

  /** Adds items that stand before all that were added so far. */
  addBefore(items: readonly StoredItem[]): void {
    for (const stored of items.toReversed()) {
      const key = keyOf(stored.item)
      if (key === undefined) continue
      const same = this.#byKey.get(key)
      if (same) same.push(stored)
      else this.#byKey.set(key, [stored])
    }
  }

  /** What came of the calls and requests among these items: those of one call in their order, and the nearest of very many. */
  belongingTo(items: readonly StoredItem[]): StoredItem[] {
    const asked = items.filter(({ item }) => isCall(item) || item.type === 'mcp_approval_request')
    const keys = new Set(asked.flatMap(({ item }) => keyOf(item) ?? []))
    return [...keys].flatMap((key) => (this.#byKey.get(key) ?? []).slice(-maxOfOne).toReversed())
  }
}

function keyOf(item: Item): string | undefined {
  if ('call_id' in item) return `call ${item.call_id}`
  if (item.type === 'mcp_approval_request') return `approval ${item.id}`
  if ('approval_request_id' in item && item.approval_request_id !== null)
    return `approval ${item.approval_request_id}`
  return undefined
}
