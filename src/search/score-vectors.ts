import { top } from './top.ts'
import type { VectorPage } from './vector-pages.ts'

/** The product of a vector with every vector of a page. It is the cosine when all have length 1. */
export function products(page: VectorPage, vector: Float32Array): Float32Array {
  const { values } = page
  const length = vector.length
  const rows = page.ids.length
  const found = new Float32Array(rows)
  if (values.length !== rows * length) return found
  const whole = length - (length % 4)
  for (let row = 0, at = 0; row < rows; row++, at += length) {
    // Four independent sums, which the processor can compute in parallel.
    let [a, b, c, d] = [0, 0, 0, 0]
    for (let i = 0; i < whole; i += 4) {
      a += values[at + i]! * vector[i]!
      b += values[at + i + 1]! * vector[i + 1]!
      c += values[at + i + 2]! * vector[i + 2]!
      d += values[at + i + 3]! * vector[i + 3]!
    }
    for (let i = whole; i < length; i++) a += values[at + i]! * vector[i]!
    found[row] = a + b + c + d
  }
  return found
}

/** The positions of the highest values of a page, best first. */
export const bestOf = (cosines: Float32Array, isAllowed: (place: number) => boolean, limit: number) =>
  top(cosines.length, (place) => (isAllowed(place) ? (cosines[place] ?? 0) + 2 : 0), limit)

const pairs = 64

/**
 * The mean cosine of texts that are unrelated, estimated from random pairs of a store, because models differ widely in
 * it.
 */
export function baselineOf(page: VectorPage, dimensions: number): number {
  const rows = page.ids.length
  if (rows < 8) return 0
  let sum = 0
  for (let pair = 0; pair < pairs; pair++) {
    const one = (pair * 7_919) % rows
    const other = (one + 1 + ((pair * 104_729) % (rows - 1))) % rows
    for (let i = 0; i < dimensions; i++) {
      sum += page.values[one * dimensions + i]! * page.values[other * dimensions + i]!
    }
  }
  return Math.min(Math.max(sum / pairs, 0), 0.95)
}
