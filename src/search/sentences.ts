export interface Sentence {
  /** Where it is in the text, in UTF-16 units. */
  start: number
  end: number
  /** A title above other text: it announces what is said and does not say it. */
  isHeading: boolean
}

const segmenter = new Intl.Segmenter('en-u-ss-standard', { granularity: 'sentence' })

/**
 * The sentences of a text, in order, without the white space around them. A sentence may go over several lines, as in
 * text that was read from pages; one that is longer than `maxLength` is cut where a clause or a word ends.
 */
export function sentencesOf(text: string, maxLength = Infinity): Sentence[] {
  const found: Sentence[] = []
  // Of the same length, so that places are the same.
  for (const { segment, index } of segmenter.segment(joinLines(text))) {
    const start = index + (segment.length - segment.trimStart().length)
    const end = index + segment.trimEnd().length
    if (end <= start) continue
    const isHeading = isHeadingAt(text, start, end)
    for (const piece of piecesOf(text, start, end, maxLength)) found.push({ ...piece, isHeading })
  }
  return found
}

/** A line may end in the middle of a sentence; the segmenter takes every end of a line for the end of one. */
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

/** Lines of a paragraph are about as long as the page is wide; those of a list, a table or an address are shorter. */
function goesOn(line: string, next: string): boolean {
  if (/^#{1,6}\s/.test(line)) return false
  const end = line.trimEnd().slice(-2)
  if (unspacedEnd.test(end)) return line.length >= 20 && unspacedStart.test(next)
  if (line.length >= 25 && /[\p{L}\p{N},;–-]$/u.test(end) && /^\p{Ll}/u.test(next)) return true
  return line.length >= 60 && /[\p{Ll},;–-]$/u.test(end) && /^[\p{L}\p{N}("„“«]/u.test(next)
}

const longestHeading = 100

const underlined = /^\r?\n[ \t]*(?:={3,}|-{3,})[ \t]*(?:[\r\n]|$)/
/** The segmenter takes the number for the end of a sentence, so that it cuts such a line in two. */
const numbered =
  /^(?:chapter|section|part|article|appendix|annex|kapitel|abschnitt|teil|artikel|anhang|chapitre|partie|annexe|cap[ií]tulo|sección|глава|раздел) +(?:\d+(?:\.\d+)*|[ivxlc]+|[a-z])[.:)]\s+[^.!?]*$/iu
const numberedCapitals = /^(?:\d+\.)+\d*\s+[^\p{Ll}.!?]*\p{Lu}[^\p{Ll}.!?]*$/u

/** Marked or numbered as one; or short, without an end of a sentence, and above an empty line. */
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

/** In the order of how good a place to cut is. */
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

/** How much of a text that goes on stands by itself: to the end of a clause or a word, in its second half. */
export function cutAt(piece: string): number {
  for (const pattern of clauseEnds) {
    const last = [...piece.matchAll(pattern)].at(-1)
    if (last && last.index >= piece.length / 2) return last.index + (/\s/.test(last[0]) ? 0 : 1)
  }
  // Not between the halves of one character.
  return /[\ud800-\udbff]$/.test(piece) ? piece.length - 1 : piece.length
}
