import type { NewChunk, NewChunks } from '../store/chunks.ts'
import { encodePostings, type Posting } from '../store/text-index/postings.ts'
import { analyze, analyzerOf } from './analyze.ts'
import { detectLanguage } from './languages.ts'

export type ChunkText = Omit<NewChunk, 'terms' | 'overlap'>

/**
 * Computes everything about a file's chunks that does not need the transaction that inserts them. The result can be
 * posted from a worker thread. The headings above a chunk count as its words. The name of the file and its title, which
 * is the first outermost heading, are a separate field.
 */
export function prepareChunks(filename: string, chunks: readonly ChunkText[]): NewChunks {
  const analyzer = analyzerOf(detectLanguage(sample(chunks)))
  const found = new Map<string, Posting[]>()
  const prepared = chunks.map((chunk, ord): NewChunk => {
    const text = chunk.heading ? `${chunk.heading}\n${chunk.text}` : chunk.text
    const { terms, besides } = analyze(text, analyzer)
    for (const token of [...terms, ...besides]) {
      let postings = found.get(token)
      if (!postings) found.set(token, (postings = []))
      const last = postings.at(-1)
      if (last?.ord === ord) last.count++
      else postings.push({ ord, count: 1 })
    }
    const before = chunks[ord - 1]
    return { ...chunk, terms: terms.length, overlap: before ? sharedLength(before.text, chunk.text) : 0 }
  })
  const terms = [...found.keys()].toSorted()
  return {
    chunks: prepared,
    analyzer,
    nameTerms: nameTerms(filename, chunks[0]?.heading ?? null, analyzer),
    // Sorted like the index, because inserting in its order is much faster.
    postings: new Map(terms.map((term) => [term, encodePostings(found.get(term) ?? [])])),
  }
}

/** Text from the beginning, the middle and the end, because a title page says little about the language of a book. */
function sample(chunks: readonly ChunkText[]): string {
  const picked = [0, Math.floor(chunks.length / 2), chunks.length - 1]
  return [...new Set(picked)].map((at) => chunks[at]?.text.slice(0, 5_000) ?? '').join('\n')
}

/**
 * The terms of a name and title. Short numbers are left out, because they usually number files: "12.txt" is not an
 * answer to "12".
 */
function nameTerms(filename: string, heading: string | null, analyzer: string): string[] {
  const title = heading?.split(' > ')[0] ?? ''
  const name = filename.replace(/\.[a-z0-9]{1,5}$/i, '')
  const { terms, besides } = analyze(`${name}\n${title}`, analyzer)
  return [
    ...terms.filter((term) => !/^(?:\d{1,3}|\p{ASCII})$/u.test(term)),
    ...besides.filter((one) => !one.startsWith('~')),
  ]
}

/** How many characters at the start of a text are also the end of the previous text. */
function sharedLength(before: string, text: string): number {
  const begin = text.slice(0, 32)
  if (begin.trim() === '') return 0
  for (let at = before.indexOf(begin); at >= 0; at = before.indexOf(begin, at + 1)) {
    if (text.startsWith(before.slice(at))) return before.length - at
  }
  return 0
}
