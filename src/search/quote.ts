import { analyze, analyzerOf } from './analyze.ts'
import { idf, saturation } from './bm25.ts'
import { detectLanguage } from './languages.ts'
import { cutAt, sentencesOf, type Sentence } from './sentences.ts'

export interface Quote {
  /** The exact text of the passage. */
  text: string
  /** The index of the passage, and the position in it at which the quote begins, in UTF-16 units. */
  passage: number
  start: number
}

const longestQuote = 400
/** The weight of the text before the last sentence. It only decides between sentences that are equally good. */
const earlierWeight = 0.2

interface Candidate extends Sentence {
  passage: number
  terms: string[]
}

/**
 * The sentence of the passages that supports the end of a text. It has most of its words, and rare words count more. A
 * heading supports nothing, so the sentence below it is used instead. When no words are shared, as between two
 * languages, the quote is the beginning of the first passage without its headings.
 */
export function quoteFor(passages: readonly string[], said: string): Quote {
  const analyzer = analyzerOf(detectLanguage(passages.join('\n')))
  const candidates = passages.flatMap((text, passage) =>
    sentencesOf(text, longestQuote).map((sentence): Candidate => {
      const { terms } = analyze(text.slice(sentence.start, sentence.end), analyzer)
      return { ...sentence, passage, terms }
    }),
  )
  const wanted = wantedTerms(said, analyzer)
  const plain = candidates.filter(({ isHeading }) => !isHeading)
  const best = bestOf(plain, wanted)
  if (best) return quoteOf(passages, best)
  const heading = bestOf(candidates, wanted)
  const after = heading ? plain.find((one) => isAfter(one, heading)) : undefined
  return beginningAt(passages, after ?? plain[0] ?? heading ?? candidates[0])
}

const isAfter = (one: Candidate, other: Candidate) =>
  one.passage > other.passage || (one.passage === other.passage && one.start >= other.end)

/** The terms of the last sentence, and with a lower weight the terms before it. */
function wantedTerms(said: string, analyzer: string): Map<string, number> {
  const sentences = sentencesOf(said)
  const last = sentences.at(-1)
  const wanted = new Map<string, number>()
  if (!last) return wanted
  for (const term of analyze(said.slice(0, last.start), analyzer).terms) wanted.set(term, earlierWeight)
  for (const term of analyze(said.slice(last.start), analyzer).terms) wanted.set(term, 1)
  return wanted
}

/** The candidate with the highest BM25 score, as in the search. Undefined when none shares a word. */
function bestOf(
  candidates: readonly Candidate[],
  wanted: ReadonlyMap<string, number>,
): Candidate | undefined {
  const holding = new Map<string, number>()
  let words = 0
  for (const { terms } of candidates) {
    words += terms.length
    for (const term of new Set(terms)) holding.set(term, (holding.get(term) ?? 0) + 1)
  }
  const averageLength = words / candidates.length || 1
  let best: Candidate | undefined
  let highest = 0
  for (const candidate of candidates) {
    const counts = new Map<string, number>()
    for (const term of candidate.terms) counts.set(term, (counts.get(term) ?? 0) + 1)
    let score = 0
    for (const [term, count] of counts) {
      const weight = wanted.get(term)
      if (weight === undefined) continue
      const value = idf(holding.get(term) ?? 0, candidates.length)
      score += weight * value * saturation(count, candidate.terms.length, averageLength)
    }
    if (score > highest) [best, highest] = [candidate, score]
  }
  return best
}

const quoteOf = (passages: readonly string[], { passage, start, end }: Candidate): Quote => ({
  text: passages[passage]?.slice(start, end) ?? '',
  passage,
  start,
})

/** A quote of the maximum length that begins with this sentence. */
function beginningAt(passages: readonly string[], from: Candidate | undefined): Quote {
  if (!from) return { text: '', passage: 0, start: 0 }
  const rest = (passages[from.passage] ?? '').slice(from.start)
  const text = rest.length <= longestQuote ? rest : rest.slice(0, cutAt(rest.slice(0, longestQuote)))
  return { text: text.trimEnd(), passage: from.passage, start: from.start }
}
