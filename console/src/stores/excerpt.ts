export interface Excerpt {
  text: string
  /** The words in it that were asked for, as they stand there. */
  marks: string[]
  /** Whether it is the whole passage. */
  isWhole: boolean
}

/** In characters: about what one reads at a glance, and what is shown before the first word that was asked for. */
const longest = 420
const before = 90
/** Endings differ between a question and its answer, so only the beginning of a longer word is compared. */
const shortestStem = 4
const ending = 2

/** Scripts without blanks between words. Of these, each pair of characters is a word. */
const withoutBlanks = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

/** What to look for in passages that were found for a query. */
export function stemsOf(query: string): string[] {
  const words = fold(query).match(/[\p{L}\p{N}]+/gu) ?? []
  const stems = words.flatMap((word) => {
    if (withoutBlanks.test(word))
      return word.length < 2
        ? [word]
        : Array.from({ length: word.length - 1 }, (_, at) => word.slice(at, at + 2))
    return [word.slice(0, Math.max(shortestStem, word.length - ending))]
  })
  const telling = stems.filter((stem) => stem.length > 2 || withoutBlanks.test(stem) || /\d/.test(stem))
  return [...new Set(telling.length > 0 ? telling : stems)]
}

/** The part of a passage that has most of what was asked for. A word that the passage repeats counts less. */
export function excerptOf(passage: string, stems: readonly string[]): Excerpt {
  const hits = hitsOf(passage, stems)
  const marks = [...new Set(hits.map(({ start, end }) => passage.slice(start, end)))]
  if (passage.length <= longest) return { text: passage, marks, isWhole: true }
  let best = { first: 0, weight: 0 }
  for (const [index, { start }] of hits.entries()) {
    const near = new Map<string, number>()
    for (const hit of hits.slice(index, index + 40))
      if (hit.end <= start + longest - before) near.set(hit.stem, hit.weight)
    const weight = near.values().reduce((sum, one) => sum + one, 0)
    if (weight > best.weight) best = { first: start, weight }
  }
  const from = atBlank(passage, Math.max(0, Math.min(best.first - before, passage.length - longest)))
  const to = from + longest >= passage.length ? passage.length : atBlank(passage, from + longest)
  const text = `${from > 0 ? '…' : ''}${passage.slice(from, to).trim()}${to < passage.length ? '…' : ''}`
  return { text, marks, isWhole: false }
}

interface Hit {
  stem: string
  start: number
  end: number
  weight: number
}

function hitsOf(passage: string, stems: readonly string[]): Hit[] {
  const folded = fold(passage)
  return stems
    .flatMap((stem) => {
      const places = placesOf(folded, stem)
      return places.map((start) => ({
        stem,
        start,
        end: endOfWord(folded, start, stem),
        weight: 1 / places.length,
      }))
    })
    .toSorted((one, other) => one.start - other.start)
}

/** Where words begin with the stem. */
function placesOf(folded: string, stem: string): number[] {
  const places = []
  for (let at = folded.indexOf(stem); at !== -1; at = folded.indexOf(stem, at + stem.length))
    if (withoutBlanks.test(stem) || !/[\p{L}\p{N}]/u.test(folded[at - 1] ?? ' ')) places.push(at)
  return places
}

function endOfWord(folded: string, start: number, stem: string): number {
  let end = start + stem.length
  if (withoutBlanks.test(stem)) return end
  while (/[\p{L}\p{N}]/u.test(folded[end] ?? ' ')) end++
  return end
}

/** The end of the next word, unless that is far away. */
function atBlank(text: string, at: number): number {
  if (at === 0) return 0
  const blank = text.slice(at, at + 40).search(/\s/)
  return blank === -1 ? at : at + blank
}

/** Without accents and capitals, at the same places. */
const fold = (text: string) => text.replaceAll(/[\p{Lu}\u00c0-\u024f\u1e00-\u1eff]/gu, plain)

function plain(character: string): string {
  const [base = character] = character.normalize('NFD').toLowerCase()
  return base.length === character.length ? base : character
}
