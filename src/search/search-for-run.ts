import type { FileSearchResult, PageBreak } from '../contract/run-steps.ts'
import type { Filter, SearchWarning } from '../contract/vector-store-search.ts'
import { existingVectorStores } from '../store/vector-stores.ts'
import { mergeResults } from './merge-results.ts'
import { pageBreaks } from './page-breaks.ts'
import type { ChunkResult } from './chunk-result.ts'
import { searchChunks, type SearchDeps } from './search-chunks.ts'

export interface RunQuery {
  project: string
  vectorStoreIds: string[]
  queries: string[]
  maxResults: number
  filter?: Filter | undefined
  scoreThreshold: number
  weights: { embedding: number; text: number } | undefined
  ranker: string
  /** The limit for all passages together. */
  maxTokens: number
}

export interface FoundForRun {
  passages: { result: FileSearchResult; shown: string | undefined }[]
  warnings: SearchWarning[]
}

/**
 * Searches for a run. The first result of each passage has the text that the model gets. Chunks that touch are one
 * passage. Results that repeat others or do not fit are left out. A vector store that was deleted since the run was
 * created gives no results.
 */
export const searchForRun =
  (deps: SearchDeps) =>
  async (query: RunQuery, signal: AbortSignal): Promise<FoundForRun> => {
    const ids = await existingVectorStores(deps.db, query.project, query.vectorStoreIds)
    const { results: found, warnings } = await searchChunks(
      deps,
      {
        project: query.project,
        stores: ids.map((id) => ({ id })),
        queries: query.queries,
        limit: query.maxResults,
        filter: query.filter,
        scoreThreshold: query.scoreThreshold,
        weights: query.weights,
        ranker: query.ranker,
      },
      signal,
    )
    const shown = mergeResults(found, query.maxTokens)
    const breaks = await pageBreaks(deps.db, query.project, found)
    const given = found.map((_, at) => shown.some(({ results }) => results.includes(at)))
    const placeOf = (at: number) => given.slice(0, at).filter(Boolean).length
    const passages = found.flatMap((one, at) => {
      if (!given[at]) return []
      const passage = shown.find(({ results }) => Math.min(...results) === at)
      const joined = passage?.results.filter((other) => other !== at).map(placeOf) ?? []
      const result = { ...toResult(one, breaks[at] ?? []), ...(joined.length > 0 && { joined }) }
      return [{ result, shown: passage?.text }]
    })
    return { passages, warnings }
  }

const toResult = (found: ChunkResult, page_breaks: PageBreak[]): FileSearchResult => ({
  file_id: found.file_id,
  file_name: found.filename,
  score: found.score,
  attributes: found.attributes,
  ...(found.page_start !== null && { page_start: found.page_start }),
  ...(found.page_end !== null && { page_end: found.page_end }),
  ...(page_breaks.length > 0 && { page_breaks }),
  content: [{ type: 'text', text: found.text }],
})
