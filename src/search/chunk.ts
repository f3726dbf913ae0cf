import type { PageBreak } from '../contract/run-steps.ts'
import type { ExtractedPart } from './extract/extracted.ts'
import { tokenStarts, type Tokenizer } from './extract/token-starts.ts'

export interface Chunk {
  text: string
  /** The number of tokens of o200k_base. They are counted in the whole text of the file. */
  tokens: number
  /** The first and the last page, slide or sheet of the text, counted from 1. Null when the format has no pages. */
  page_start: number | null
  page_end: number | null
  /** The positions in the text, in UTF-16 units, at which a new page begins. Left out when the text is on one page. */
  page_breaks?: PageBreak[]
  /** Where the text begins in the text of the file, in UTF-16 units. */
  text_start: number
  /** The headings above the largest part of the text. */
  heading: string | null
}

export interface ChunkSize {
  maxTokens: number
  /** The number of tokens that a chunk shares with the previous one. */
  overlapTokens: number
}

/** The share of a chunk, at its end, in which a good position for a cut is searched. */
const lookBack = 0.15

/**
 * Cuts a text into chunks of at most `maxTokens`. Each chunk begins `overlapTokens` before the end of the previous one.
 * A cut is made at the end of a paragraph, a sentence, a line or a word, if there is one in the last 15% of a chunk.
 * Throws `ExtractionFailure` when the text has more than `maxTotal` tokens.
 */
export function chunkParts(
  parts: readonly ExtractedPart[],
  { maxTokens, overlapTokens }: ChunkSize,
  tokenizer: Tokenizer,
  maxTotal = Infinity,
): Chunk[] {
  const { text, offsets } = joinParts(parts)
  const starts = tokenStarts(text, tokenizer, maxTotal)
  const total = starts.length
  const at = (token: number) => (token < total ? (starts[token] ?? 0) : text.length)
  const chunks: Chunk[] = []
  for (let from = 0; from < total;) {
    const to = from + maxTokens >= total ? total : cut(text, starts, from, from + maxTokens)
    const chunk = chunkOf(text, at(from), at(to), to - from, parts, offsets)
    if (chunk) chunks.push(chunk)
    if (to === total) break
    from = Math.max(to - overlapTokens, from + 1)
  }
  return chunks
}

/** The text of all parts joined, and the position at which each part begins in it. */
export function joinParts(parts: readonly ExtractedPart[]): { text: string; offsets: Uint32Array } {
  const pieces: string[] = []
  const offsets = new Uint32Array(parts.length)
  let length = 0
  for (const [index, part] of parts.entries()) {
    offsets[index] = length
    const text = part.text.toWellFormed()
    const piece = index === parts.length - 1 || text.endsWith('\n') ? text : `${text}\n`
    pieces.push(piece)
    length += piece.length
  }
  return { text: pieces.join(''), offsets }
}

/**
 * The ends at which a text may be cut, with the best first. The space after a sentence is not part of its end, because
 * it belongs to the next token.
 */
const ends = [/\n[ \t]*\n+/g, /[.!?…]["'”’)\]]*(?=\s)|[。！？]["'”’」』）]*/g, /\n/g, /\S(?=\s)/g]

/** The index of the token before which the text is cut. It is at most `to`. */
function cut(text: string, starts: Uint32Array, from: number, to: number): number {
  const lowest = Math.max(to - Math.floor((to - from) * lookBack), from + 1)
  const begin = starts[lowest] ?? 0
  const window = text.slice(begin, starts[to] ?? text.length)
  for (const pattern of ends) {
    let end = -1
    for (const match of window.matchAll(pattern)) end = match.index + match[0].length
    if (end >= 0) return indexFrom(starts, begin + end, lowest, to)
  }
  return to
}

/** The first index from `lowest` to `highest` whose token begins at this position in the text or after it. */
function indexFrom(starts: Uint32Array, place: number, lowest: number, highest: number): number {
  let [low, high] = [lowest, highest]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((starts[middle] ?? Infinity) < place) low = middle + 1
    else high = middle
  }
  return low
}

/** The index of the part that contains this position of the text. */
function partAt(offsets: Uint32Array, place: number): number {
  return indexFrom(offsets, place + 1, 0, offsets.length) - 1
}

function chunkOf(
  text: string,
  from: number,
  to: number,
  tokens: number,
  parts: readonly ExtractedPart[],
  offsets: Uint32Array,
): Chunk | undefined {
  const slice = text.slice(from, to)
  const trimmed = slice.trimEnd()
  if (trimmed.length === 0) return undefined
  const begin = from + (slice.length - slice.trimStart().length)
  const end = from + trimmed.length
  const first = partAt(offsets, begin)
  const last = partAt(offsets, end - 1)
  let heading: string | null = null
  let longest = 0
  let pages: [number, number] | undefined
  // White space at the edges of a chunk is dropped, except at the edges of the file, whose text is not changed.
  const start = from === 0 ? 0 : begin
  const breaks: PageBreak[] = []
  for (let index = first; index <= last; index++) {
    const part = parts[index]
    if (!part) continue
    const covered = Math.min(end, offsets[index + 1] ?? text.length) - Math.max(begin, offsets[index] ?? 0)
    if (covered > longest) [heading, longest] = [part.heading ?? null, covered]
    if (part.page !== undefined) {
      const before = breaks.at(-1)?.page ?? pages?.[0]
      if (before !== undefined && part.page !== before)
        breaks.push({ page: part.page, at: (offsets[index] ?? 0) - start })
      pages = [Math.min(pages?.[0] ?? part.page, part.page), Math.max(pages?.[1] ?? part.page, part.page)]
    }
  }
  return {
    text: text.slice(start, to === text.length ? to : end),
    tokens,
    text_start: start,
    page_start: pages?.[0] ?? null,
    page_end: pages?.[1] ?? null,
    ...(breaks.length > 0 && { page_breaks: breaks }),
    heading,
  }
}
