import { distance } from '../common/word-distance.ts'

/** The known word that a misspelled one probably means. Undefined if none is similar. */
export function closest(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((name) => ({ name, distance: distance(word.toLowerCase(), name) }))
    .filter(
      ({ name, distance }) => distance <= Math.max(1, Math.floor(Math.max(word.length, name.length) / 3)),
    )
    .toSorted((a, b) => a.distance - b.distance)
  return best?.name
}
