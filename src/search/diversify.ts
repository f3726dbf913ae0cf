import type { StoreView } from './store-views.ts'

/** A chunk that may become a result. */
export interface RankedChunk {
  view: StoreView
  position: number
}

export interface Chosen<T> {
  item: T
  /** Below 1 when chunks that were chosen before it share text with it. */
  penalty: number
}

/**
 * Chooses the best chunks, so that a chunk loses value for every neighbour that is already chosen and shares text with
 * it. Half of such a chunk is already told, so another part of the store adds more. `ranked` is best first.
 */
export function diversify<T extends RankedChunk>(
  ranked: readonly { item: T; value: number }[],
  limit: number,
  penaltyEach: number,
): Chosen<T>[] {
  const open = ranked.map(({ item, value }) => ({ item, value, penalty: 1 }))
  const places = new Map<StoreView, Map<number, (typeof open)[number]>>()
  for (const entry of open) {
    let own = places.get(entry.item.view)
    if (!own) places.set(entry.item.view, (own = new Map()))
    own.set(entry.item.position, entry)
  }
  const chosen: Chosen<T>[] = []
  const left = new Set(open)
  while (chosen.length < limit && left.size > 0) {
    let best: (typeof open)[number] | undefined
    for (const entry of left) {
      // No later entry can be better, because penalties only reduce values.
      if (best && entry.value <= best.value * best.penalty) break
      if (!best || entry.value * entry.penalty > best.value * best.penalty) best = entry
    }
    if (!best) break
    left.delete(best)
    chosen.push({ item: best.item, penalty: best.penalty })
    const { view, position } = best.item
    for (const neighbour of sharingText(view, position)) {
      const entry = places.get(view)?.get(neighbour)
      if (entry) entry.penalty *= penaltyEach
    }
  }
  return chosen
}

/**
 * The positions of the neighbours that share text with a chunk. The chunks of a file are next to each other, in their
 * order.
 */
function sharingText(view: StoreView, position: number): number[] {
  const { fileOf, ords, overlaps, count } = view
  const follows = (at: number) =>
    at > 0 &&
    at < count &&
    overlaps[at] === 1 &&
    fileOf[at - 1] === fileOf[at] &&
    (ords[at - 1] ?? 0) + 1 === ords[at]
  return [...(follows(position) ? [position - 1] : []), ...(follows(position + 1) ? [position + 1] : [])]
}
