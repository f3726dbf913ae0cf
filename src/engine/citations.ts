import type { FileSearchResult, RunStepRecord } from '../contract/run-steps.ts'
import type { Sources } from './annotate.ts'

/** The results of the run's searches, in order: what its markers name. */
export function searchesOf(steps: RunStepRecord[]): FileSearchResult[][] {
  return steps.flatMap(({ status, body }) =>
    status === 'completed' && body.step_details.type === 'tool_calls'
      ? body.step_details.tool_calls.flatMap((call) =>
          call.type === 'file_search' ? [call.file_search.results] : [],
        )
      : [],
  )
}

/** Finds what a marker cites, with the words of the passage that come nearest to what the model has just said. */
export const citations =
  (searches: FileSearchResult[][]): NonNullable<Sources['citation']> =>
  (search, result, before) => {
    const found = searches[search]?.[result]
    if (!found) return undefined
    const passage = found.content?.map(({ text }) => text).join('\n') ?? ''
    const words = quote(passage, before)
    return {
      file_id: found.file_id,
      filename: found.file_name,
      quote: words,
      ...pagesOf(found, passage.indexOf(words), words.length),
    }
  }

/** The pages that the quote stands on; those of the whole passage where its place is not known. */
function pagesOf({ page_start, page_end, page_breaks = [] }: FileSearchResult, at: number, length: number) {
  if (page_start === undefined || page_end === undefined) return {}
  if (at < 0 || page_breaks.length === 0) return { page_start, page_end }
  const pageAt = (place: number) => page_breaks.findLast((one) => one.at <= place)?.page ?? page_start
  return { page_start: pageAt(at), page_end: pageAt(at + Math.max(0, length - 1)) }
}

const longestQuote = 400

/** The sentence of the passage that shares most words with the last sentence of the text, word for word. */
export function quote(passage: string, said: string): string {
  const last = sentences(said).at(-1) ?? said
  const wanted = new Set(words(last))
  let best = { text: '', score: -1 }
  for (const text of sentences(passage)) {
    const own = new Set(words(text))
    const shared = [...own].filter((word) => wanted.has(word)).length
    const score = own.size === 0 ? 0 : shared / Math.sqrt(own.size)
    if (score > best.score) best = { text, score }
  }
  return best.text.length <= longestQuote ? best.text : best.text.slice(0, longestQuote).replace(/\s\S*$/, '')
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
const sentences = (text: string) =>
  [...segmenter.segment(text)].map(({ segment }) => segment.trim()).filter(Boolean)

const words = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]{2,}/gu) ?? []
