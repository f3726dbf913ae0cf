/** Of a part of a compound: shorter ones stand in too many words by chance. */
const shortestPart = 4
/** What is left of a word beside the part. */
export const shortestRest = 3

const compound = new RegExp(`^\\p{L}{${shortestPart + shortestRest},}$`, 'u')
const part = new RegExp(`^\\p{L}{${shortestPart},}$`, 'u')

/** A term read from its end: those that end alike lie beside each other in the index. */
const fromItsEnd = (term: string) => `~${Array.from(term).toReversed().join('')}`

/** What the index holds beside the terms of a text, in a language that makes one word of several. */
export const endingsOf = (terms: readonly string[]): string[] =>
  terms.filter((term) => compound.test(term)).map(fromItsEnd)

/** What the words that a term begins or ends, as in "Mietvertrag" for "Vertrag", begin with in the index. */
export const compoundsOf = (term: string): string[] => (part.test(term) ? [term, fromItsEnd(term)] : [])

/** Where a word may be cut into two. Most places are wrong, and then one of both is no word of the index. */
export function splitsOf(word: string): [head: string, tail: string][] {
  const characters = Array.from(word)
  if (!/^\p{L}+$/u.test(word) || characters.length < 2 * shortestPart) return []
  return Array.from({ length: characters.length - 2 * shortestPart + 1 }, (_, at) => [
    characters.slice(0, shortestPart + at).join(''),
    characters.slice(shortestPart + at).join(''),
  ])
}
