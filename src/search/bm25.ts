/** The usual constants. Other values were not better on any collection (docs/decisions/0004-search.md). */
const k1 = 1.2
const b = 0.75

/** The weight of a term that occurs in `holding` of `total` texts. Always above 0. */
export const idf = (holding: number, total: number) => Math.log1p((total - holding + 0.5) / (holding + 0.5))

/**
 * Always below 1. So a sum of `idf * saturation` over the terms of a query stays below the sum of their idf, and the
 * quotient of both is a score that can be compared between queries.
 */
export const saturation = (count: number, length: number, averageLength: number) =>
  count / (count + k1 * (1 - b + (b * length) / averageLength))
