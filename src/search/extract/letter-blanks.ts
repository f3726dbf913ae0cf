/** Scripts that set no blanks between the characters of a word. */
const dense =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々〆、。，．：；！？「」『』（）《》〈〉【】]/u
const minPairs = 3
const share = 0.6

const minLetters = 5
const singleShare = 0.8
/** In letters: a longer line has more than one word, and nobody knows any more where they end. */
const oneWord = 20

/**
 * Takes out the blank that stands after every character of a line where a page was set with wide gaps: no word of it would
 * be found. A line in which blanks are the exception has them for a reason.
 */
export const withoutLetterBlanks = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line.includes(' ') ? spacedLetters(spacedCharacters(line)) : line))
    .join('\n')

function spacedCharacters(line: string): string {
  const signs = Array.from(line)
  const isDense = signs.map((sign) => dense.test(sign))
  let spaced = 0
  let together = 0
  for (let at = 0; at < signs.length; at++) {
    if (!isDense[at]) continue
    if (isDense[at + 1]) together += 1
    else if (signs[at + 1] === ' ' && isDense[at + 2]) spaced += 1
  }
  if (spaced < minPairs || spaced < (spaced + together) * share) return line
  return signs.filter((sign, at) => !(sign === ' ' && isDense[at - 1] && isDense[at + 1])).join('')
}

function spacedLetters(line: string): string {
  const tokens = line.trim().split(/\s+/)
  const letters = tokens.filter((token) => /^\p{L}[.,:;!?]?$/u.test(token)).length
  if (letters < minLetters || letters < tokens.length * singleShare) return line
  return letters > oneWord ? line : line.replaceAll(/(?<=\S) +(?=\S)/g, '')
}
