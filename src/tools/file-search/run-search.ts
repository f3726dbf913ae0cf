import { defaultChunking } from '../../contract/chunking-strategy.ts'
import type { FileSearchResult } from '../../contract/run-steps.ts'
import type { FileSearchTool } from '../../contract/tools.ts'
import type { Filter, SearchWarning } from '../../contract/vector-store-search.ts'
import { ToolFailure } from '../tool-failure.ts'
import { passagesInWords, type NumberedPassage } from './passages.ts'

/** What the `search/` part does for a run. */
export interface SearchForRun {
  (
    query: {
      project: string
      vectorStoreIds: string[]
      queries: string[]
      maxResults: number
      filter: Filter | undefined
      scoreThreshold: number
      weights: { embedding: number; text: number } | undefined
      ranker: string
      /** The maximum size of the passages that the model is given. */
      maxTokens: number
    },
    signal: AbortSignal,
  ): Promise<{ passages: NumberedPassage[]; warnings: SearchWarning[] }>
}

/** Where a run searches, and with which settings. */
export interface FileSearchSettings {
  project: string
  model: string
  vectorStoreIds: string[]
  options: FileSearchOptions
}

/** What an entry of the tool asks for. Only one of the APIs has filters. */
export type FileSearchOptions = NonNullable<FileSearchTool['file_search']> & { filters?: Filter | null }

/**
 * One search of a run. `place` is its index in the run, and the first number in its markers. `room` is the number of
 * tokens for passages; the model always gets at least one passage.
 */
export interface FileSearchQuery {
  queries: string[]
  place: number
  room: number
}

const maxQueries = 5

/** Searches once. Throws ToolFailure, or the reason of the signal. */
export async function runSearch(
  search: SearchForRun,
  { queries, place, room, ...settings }: FileSearchSettings & FileSearchQuery,
  signal: AbortSignal,
): Promise<{ results: FileSearchResult[]; toolResult: string }> {
  const { project, model, vectorStoreIds } = settings
  if (vectorStoreIds.length === 0) return { results: [], toolResult: 'There are no files to search.' }
  const { max_num_results, ranking_options } = settings.options
  // The defaults of the original for each model (as recorded).
  const [defaultResults, defaultTokens] = /gpt-3\.5/.test(model) ? [5, 4_000] : [20, 16_000]
  const most =
    room < defaultTokens ? Math.max(Math.floor(room / defaultChunking.max_chunk_size_tokens), 1) : Infinity
  const { passages, warnings } = await search(
    {
      project,
      vectorStoreIds,
      queries: queries.map((query) => query.trim()).slice(0, maxQueries),
      // Neighbouring chunks become one passage of any length, so the number of chunks is limited by the room as well.
      maxResults: Math.min(max_num_results ?? defaultResults, most),
      filter: settings.options.filters ?? undefined,
      maxTokens: Math.min(defaultTokens, room),
      scoreThreshold: ranking_options?.score_threshold ?? 0,
      ranker: ranking_options?.ranker ?? 'auto',
      weights: ranking_options?.hybrid_search
        ? {
            embedding: ranking_options.hybrid_search.embedding_weight,
            text: ranking_options.hybrid_search.text_weight,
          }
        : undefined,
    },
    signal,
  ).catch((error: unknown) => {
    if (signal.aborted) throw signal.reason
    throw new ToolFailure('The file search failed.', { cause: error })
  })
  return {
    results: passages.map(({ result }) => result),
    toolResult: passagesInWords(passages, place, warnings),
  }
}
