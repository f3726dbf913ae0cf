/** The minimum length of a part of a compound. Shorter ones occur in too many words by chance. */
const shortestPart = 4
/** The minimum length of the rest of a compound next to the part. */
export const shortestRest = 3

const compound = new RegExp(`^\\p{L}{${shortestPart + shortestRest},}$`, 'u')
const part = new RegExp(`^\\p{L}{${shortestPart},}$`, 'u')

/** A term in reverse order, so that terms with the same end are next to each other in the index. */
const fromItsEnd = (term: string) => `~${Array.from(term).toReversed().join('')}`

/** The additional terms in the index, in a language that writes several words as one: long words in reverse order. */
export const endingsOf = (terms: readonly string[]): string[] =>
  terms.filter((term) => compound.test(term)).map(fromItsEnd)

/** The prefixes in the index of words that begin or end with this term, such as "Mietvertrag" for "Vertrag". */
export const compoundsOf = (term: string): string[] => (part.test(term) ? [term, fromItsEnd(term)] : [])

/**
 * All ways to cut a word into two parts. Most of them are wrong, but then one of the two is not a word of the index.
 */
export function splitsOf(word: string): [head: string, tail: string][] {
  const characters = Array.from(word)
  if (!/^\p{L}+$/u.test(word) || characters.length < 2 * shortestPart) return []
  return Array.from({ length: characters.length - 2 * shortestPart + 1 }, (_, at) => [
    characters.slice(0, shortestPart + at).join(''),
    characters.slice(shortestPart + at).join(''),
  ])
}
