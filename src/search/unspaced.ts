import { plainText } from './fold.ts'

/** Text in scripts that are written without spaces. */
export const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}ー]+/gu
export const hasUnspaced = new RegExp(unspaced.source, 'u')

/** Of those scripts, the ones in which a single character is often a word. */
const wordCharacter = /[\p{Script=Han}\p{Script=Hangul}]/gu
const wordOfOne = /^\p{Script=Han}$/u

/** Two characters each, overlapping; a run of one is that one. */
export function pairsOf(run: string): string[] {
  const characters = Array.from(run)
  return characters.length === 1
    ? characters
    : characters.slice(1).map((character, at) => `${characters[at]}${character}`)
}

/** The characters that may be words by themselves, where the pairs do not hold them already. */
export function charactersOf(text: string): string[] {
  return runsOf(text).flatMap((run) => run.match(wordCharacter) ?? [])
}

const segmenter = new Intl.Segmenter('ja', { granularity: 'word' })

/**
 * The words of one character, of which pairs say nothing: the dictionary knows where words end, in Chinese as well. Only
 * for queries: an index that depended on it would change with every version of it.
 */
export function singleWordsOf(text: string): string[] {
  return runsOf(text).flatMap((run) =>
    Array.from(segmenter.segment(run), ({ segment }) => segment).filter((word) => wordOfOne.test(word)),
  )
}

const runsOf = (text: string) => (plainText(text).match(unspaced) ?? []).filter((run) => run.length > 1)
