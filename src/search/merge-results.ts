import type { ChunkResult } from './chunk-result.ts'

/** A passage of a file that the model reads. It joins one or more results. */
export interface Passage {
  /** The positions of its results in the list of the search, counted from 0. Citations use these numbers. */
  results: number[]
  file_id: string
  filename: string
  vector_store_id: string
  score: number
  text: string
  tokens: number
  page_start: number | null
  page_end: number | null
  heading: string | null
}

/** The maximum number of tokens that one search adds to a prompt, as in the original. */
const promptTokens = 16_000

/**
 * Joins chunks of a file that touch or overlap, so that no text occurs twice in the prompt, and drops results that
 * repeat a better one in nearly the same words. The passages are in the order of their best results. There are as many
 * as fit into `maxTokens`, and at least one.
 */
export function mergeResults(results: readonly ChunkResult[], maxTokens = promptTokens): Passage[] {
  const fresh = withoutRepeats(results)
  const passages = joinNeighbours(fresh).toSorted((a, b) => first(a) - first(b))
  const fitting: Passage[] = []
  let used = 0
  for (const passage of passages) {
    if (fitting.length > 0 && used + passage.tokens > maxTokens) continue
    used += passage.tokens
    fitting.push(passage)
  }
  return fitting
}

interface Numbered {
  number: number
  result: ChunkResult
}

const first = (passage: Passage) => Math.min(...passage.results)

function joinNeighbours(numbered: readonly Numbered[]): Passage[] {
  const byFile = Map.groupBy(numbered, ({ result }) => `${result.vector_store_id} ${result.file_id}`)
  return [...byFile.values()].flatMap((own) => {
    const passages: Passage[] = []
    let lastOrd = NaN
    for (const { number, result } of own.toSorted((a, b) => a.result.ord - b.result.ord)) {
      const last = passages.at(-1)
      if (last && result.ord === lastOrd + 1) append(last, number, result)
      else passages.push(passageOf(number, result))
      lastOrd = result.ord
    }
    return passages
  })
}

const passageOf = (number: number, result: ChunkResult): Passage => ({
  results: [number],
  file_id: result.file_id,
  filename: result.filename,
  vector_store_id: result.vector_store_id,
  score: result.score,
  text: result.text,
  tokens: result.tokens,
  page_start: result.page_start,
  page_end: result.page_end,
  heading: result.heading,
})

function append(passage: Passage, number: number, result: ChunkResult): void {
  const rest = result.text.slice(result.overlap)
  passage.results.push(number)
  passage.score = Math.max(passage.score, result.score)
  passage.text += result.overlap > 0 ? rest : `\n${rest}`
  passage.tokens += Math.ceil((result.tokens * rest.length) / Math.max(result.text.length, 1))
  passage.page_start ??= result.page_start
  passage.page_end = result.page_end ?? passage.page_end
  passage.heading ??= result.heading
}

/** The share of the sequences of four words in a text that another text must also have to count as a repetition. */
const repeated = 0.9

function withoutRepeats(results: readonly ChunkResult[]): Numbered[] {
  const kept: (Numbered & { runs: Set<string> })[] = []
  for (const [number, result] of results.entries()) {
    const runs = runsOf(result.text)
    const isNeighbour = ({ result: other }: Numbered) =>
      other.file_id === result.file_id &&
      other.vector_store_id === result.vector_store_id &&
      Math.abs(other.ord - result.ord) === 1
    // Neighbours overlap by design, and they are joined later.
    const repeats = kept.some((one) => !isNeighbour(one) && share(runs, one.runs) >= repeated)
    if (!repeats) kept.push({ number, result, runs })
  }
  return kept
}

function runsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length < 4) return new Set([words.join(' ')])
  return new Set(words.slice(3).map((word, at) => `${words.slice(at, at + 3).join(' ')} ${word}`))
}

function share(runs: Set<string>, of: Set<string>): number {
  let both = 0
  for (const run of runs) if (of.has(run)) both++
  return both / Math.max(runs.size, 1)
}
