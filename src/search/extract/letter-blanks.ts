/** Matches characters of scripts that have no spaces between the characters of a word. */
const dense =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々〆、。，．：；！？「」『』（）《》〈〉【】]/u
const minPairs = 3
const share = 0.6

/** How many single letters on how many lines a page must have to be treated as spaced. */
const minOfPage = 10
const minLines = 2
const minLetters = 5
const singleShare = 0.8
/** The maximum number of letters. A longer run contains several words, and their borders are not known. */
const oneWord = 20

const single = /^(?:[^]|\p{Ps}?[\p{L}\p{N}]\p{M}*\p{P}{0,2}|\p{P}{1,2})$/u

/**
 * Removes the spaces after every character in pages or lines that are set with wide gaps. Otherwise none of their words
 * would be found. Two or more spaces are the gap between words there. A page or line with only a few such spaces is not
 * changed, because they have another reason.
 */
export function withoutLetterBlanks(page: string): string {
  const lines = page.split('\n')
  const spaced = isSpaced(lines)
  const joined = (line: string) => {
    if (isRow(line.trim().split(/\s+/))) return line
    return spaced ? joinedWords(line) : spacedLetters(spacedCharacters(line))
  }
  return lines.map((line) => (line.includes(' ') ? joined(line) : line)).join('\n')
}

/** Whether single characters between spaces are so frequent that the whole page is set with wide gaps. */
function isSpaced(lines: string[]): boolean {
  const rows = lines.map((line) => line.split(/\s+/).filter(Boolean)).filter((tokens) => tokens.length > 0)
  const tokens = rows.flat()
  const singles = tokens.filter((token) => single.test(token))
  if (singles.length < tokens.length * singleShare) return false
  if (
    singles.length === tokens.length &&
    singles.length >= minLetters &&
    singles.some((token) => dense.test(token))
  )
    return true
  const words = rows.filter(
    (row) => row.length > 1 && row.some((token) => /^\p{L}/u.test(token)) && !isRow(row),
  )
  const letters = words.flat().filter((token) => single.test(token) && /\p{L}/u.test(token))
  return words.length >= minLines && letters.length >= minOfPage
}

/** Whether a line is a row of a table or list, such as the alphabet, consecutive numbers, or marks from A to F. */
function isRow(tokens: string[]): boolean {
  if (tokens.length < 3 || !tokens.every((token) => /^[\p{L}\p{N}]$/u.test(token) && !dense.test(token)))
    return false
  const codes = tokens.map((token) => token.codePointAt(0) ?? 0)
  const inOrder = codes.every((code, at) => at === 0 || code === (codes[at - 1] ?? 0) + 1)
  return inOrder || (tokens.length >= minLetters && tokens.every((token) => /[A-F]/.test(token)))
}

/** The words of a spaced line, with one space between words in place of several. */
const joinedWords = (line: string): string =>
  line
    .trim()
    .split(/\s{2,}/)
    .map(joinedWord)
    .join(' ')

function joinedWord(written: string): string {
  const tokens = written.split(' ')
  const letters = tokens.filter((token) => single.test(token) && /\p{L}/u.test(token))
  if (letters.length > oneWord && !dense.test(written)) return written
  return tokens
    .map((token, at) => {
      const last = tokens[at - 1]
      if (last === undefined) return token
      const together = single.test(last) && single.test(token)
      return together || dense.test(last.slice(-1)) || dense.test(token.charAt(0)) ? token : ` ${token}`
    })
    .join('')
}

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
  const letters = tokens.filter((token) => /^\p{L}[.,:;!?]?$/u.test(token))
  if (letters.length < minLetters || letters.length < tokens.length * singleShare) return line
  // Letters without a vowel are initials of days or months, and not a word.
  if (/^[\P{L}\p{Script=Latin}]+$/u.test(line) && !/[aeiouy]/i.test(line.normalize('NFD'))) return line
  return joinedWords(line)
}
