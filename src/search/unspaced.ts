import { plainText } from './fold.ts'

/** Matches text in scripts that are written without spaces. */
export const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu
export const hasUnspaced = new RegExp(unspaced.source, 'u')

/** Matches characters of those scripts in which a single character is often a word. */
const wordCharacter = /[\p{Script=Han}\p{Script=Hangul}]/gu
const wordOfOne = /^\p{Script=Han}$/u

/** Overlapping pairs of characters. A run of one character gives that character. */
export function pairsOf(run: string): string[] {
  const characters = Array.from(run)
  return characters.length === 1
    ? characters
    : characters.slice(1).map((character, at) => `${characters[at]}${character}`)
}

/**
 * The characters that may be words by themselves, except for runs of one character, which the pairs already contain.
 */
export function charactersOf(text: string): string[] {
  return runsOf(text).flatMap((run) => run.match(wordCharacter) ?? [])
}

const segmenter = new Intl.Segmenter('ja', { granularity: 'word' })

/**
 * The words that have a single character, which pairs cannot represent. The segmenter has a dictionary, which works for
 * Chinese as well. It is used for queries only, because the index would change with every version of the dictionary.
 */
export function singleWordsOf(text: string): string[] {
  return runsOf(text).flatMap((run) =>
    Array.from(segmenter.segment(run), ({ segment }) => segment).filter((word) => wordOfOne.test(word)),
  )
}

const runsOf = (text: string) => (plainText(text).match(unspaced) ?? []).filter((run) => run.length > 1)
