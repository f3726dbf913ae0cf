export interface Sentence {
  /** The position in the text, in UTF-16 units. */
  start: number
  end: number
  /** A title above other text. It announces a statement but does not make it. */
  isHeading: boolean
}

const segmenter = new Intl.Segmenter('en-u-ss-standard', { granularity: 'sentence' })

/**
 * The sentences of a text, in order, without the white space around them. A sentence may cover several lines, as in
 * text from pages. A sentence that is longer than `maxLength` is cut at the end of a clause or a word.
 */
export function sentencesOf(text: string, maxLength = Infinity): Sentence[] {
  const found: Sentence[] = []
  // The joined text has the same length, so that positions do not change.
  for (const { segment, index } of segmenter.segment(joinLines(text))) {
    const start = index + (segment.length - segment.trimStart().length)
    const end = index + segment.trimEnd().length
    if (end <= start) continue
    const isHeading = isHeadingAt(text, start, end)
    for (const piece of piecesOf(text, start, end, maxLength)) found.push({ ...piece, isHeading })
  }
  return found
}

/**
 * Replaces line breaks inside a sentence by spaces, because the segmenter treats every line break as the end of a
 * sentence.
 */
function joinLines(text: string): string {
  let lineStart = 0
  return text.replaceAll(/\r\n|\r|\n/g, (newline, at: number) => {
    const line = text.slice(lineStart, at)
    lineStart = at + newline.length
    return goesOn(line, text.slice(lineStart, lineStart + 3)) ? ' '.repeat(newline.length) : newline
  })
}

const unspacedEnd = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー、，]$/u
const unspacedStart = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー「『（]/u

/**
 * Whether a sentence continues in the next line. Lines of a paragraph are about as long as the page is wide. Lines of a
 * list, a table or an address are shorter.
 */
function goesOn(line: string, next: string): boolean {
  if (/^#{1,6}\s/.test(line)) return false
  const end = line.trimEnd().slice(-2)
  if (unspacedEnd.test(end)) return line.length >= 20 && unspacedStart.test(next)
  if (line.length >= 25 && /[\p{L}\p{N},;–-]$/u.test(end) && /^\p{Ll}/u.test(next)) return true
  return line.length >= 60 && /[\p{Ll},;–-]$/u.test(end) && /^[\p{L}\p{N}("„“«]/u.test(next)
}

const longestHeading = 100

const underlined = /^\r?\n[ \t]*(?:={3,}|-{3,})[ \t]*(?:[\r\n]|$)/
/** The segmenter treats the number as the end of a sentence and cuts such a heading in two. */
const numbered =
  /^(?:chapter|section|part|article|appendix|annex|kapitel|abschnitt|teil|artikel|anhang|chapitre|partie|annexe|cap[ií]tulo|sección|глава|раздел) +(?:\d+(?:\.\d+)*|[ivxlc]+|[a-z])[.:)]\s+[^.!?]*$/iu
const numberedCapitals = /^(?:\d+\.)+\d*\s+[^\p{Ll}.!?]*\p{Lu}[^\p{Ll}.!?]*$/u

/**
 * Whether this is a heading: marked or numbered as one, or short, without the end of a sentence and above an empty
 * line.
 */
function isHeadingAt(text: string, start: number, end: number): boolean {
  const line = text.slice(start, end)
  if (/^#{1,6}\s/.test(line)) return true
  const before =
    text
      .slice(Math.max(start - longestHeading, 0), start)
      .split(/[\r\n]/)
      .at(-1) ?? ''
  const rest = text.slice(end, end + 200)
  const after = rest.split(/[\r\n]/, 1)[0] ?? ''
  const whole = `${before}${line}${after}`.trim()
  if (whole.length > longestHeading) return false
  if (/^(?:={3,}|-{3,})$/.test(whole) || underlined.test(rest.slice(after.length))) return true
  if (/[.!?…。！？:：;,|]["'”’」』)]*$/.test(whole)) return false
  if (numbered.test(whole) || numberedCapitals.test(whole)) return true
  return before.trim() === '' && /^[ \t]*(?:\r?\n)[ \t]*\r?\n[^]*\S/.test(rest)
}

/** The positions at which a sentence may be cut, with the best first. */
const clauseEnds = [/[;；。:：](?=\s|[^\s\p{ASCII}])/gu, /[,、，](?=\s|[^\s\p{ASCII}])/gu, /\s/g]

function* piecesOf(
  text: string,
  start: number,
  end: number,
  maxLength: number,
): Generator<Pick<Sentence, 'start' | 'end'>> {
  let from = start
  while (end - from > maxLength) {
    const to = from + cutAt(text.slice(from, from + maxLength))
    yield { start: from, end: from + text.slice(from, to).trimEnd().length }
    from = to + (text.slice(to, end).length - text.slice(to, end).trimStart().length)
  }
  if (end > from) yield { start: from, end }
}

/** The length of the part of a text that can stand alone: up to the end of a clause or a word in its second half. */
export function cutAt(piece: string): number {
  for (const pattern of clauseEnds) {
    const last = [...piece.matchAll(pattern)].at(-1)
    if (last && last.index >= piece.length / 2) return last.index + (/\s/.test(last[0]) ? 0 : 1)
  }
  // A surrogate pair is not cut in two.
  return /[\ud800-\udbff]$/.test(piece) ? piece.length - 1 : piece.length
}
