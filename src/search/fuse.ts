/** A ranking, best first, and its weight. */
export interface Ranking<T> {
  ranked: readonly T[]
  weight: number
}

const k = 60

/**
 * Combines rankings by reciprocal rank fusion: an item is high when several rankings have it near the top. The values
 * are from 0 to 1, and 1 means first in all rankings. The result is best first.
 */
export function fuse<T>(rankings: readonly Ranking<T>[]): { item: T; value: number }[] {
  const values = new Map<T, number>()
  const total = rankings.reduce((sum, { weight }) => sum + weight, 0) / (k + 1)
  for (const { ranked, weight } of rankings) {
    if (weight <= 0) continue
    for (const [rank, item] of ranked.entries()) {
      values.set(item, (values.get(item) ?? 0) + weight / (k + 1 + rank) / total)
    }
  }
  return [...values].map(([item, value]) => ({ item, value })).toSorted((a, b) => b.value - a.value)
}
