import type { LanguageModelV4FunctionTool } from '@ai-sdk/provider'
import { defaultChunking } from '../../contract/chunking-strategy.ts'
import { shownName } from '../../contract/name-in-text.ts'
import type { FileSearchResult } from '../../contract/run-steps.ts'
import type { RunRecord } from '../../contract/runs.ts'
import type { FileSearchTool } from '../../contract/tools.ts'
import type { SearchWarning } from '../../contract/vector-store-search.ts'
import { ToolFailure } from './tool-failure.ts'

/** What the model sees of the tool. */
export const fileSearchDefinition: LanguageModelV4FunctionTool = {
  type: 'function',
  name: 'file_search',
  description:
    'Searches the files of this conversation and returns passages. Write each query as a full question or phrase ' +
    'that makes sense without the conversation; use several for several questions. State what you take from a passage ' +
    'together with its marker, copied exactly, for example 【0:2†report.pdf】.',
  inputSchema: {
    type: 'object',
    properties: {
      queries: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 5 },
    },
    required: ['queries'],
    additionalProperties: false,
  },
}

/** A passage: a result of the search, and what the model is given of it (touching passages of a file are joined). */
export interface Passage {
  result: FileSearchResult
  /** Undefined where an earlier passage holds it already. */
  shown: string | undefined
}

/** What the room of search does for a run. */
export interface SearchForRun {
  (
    query: {
      project: string
      vectorStoreIds: string[]
      queries: string[]
      maxResults: number
      scoreThreshold: number
      weights: { embedding: number; text: number } | undefined
      ranker: string
      /** Of the passages that the model is given. */
      maxTokens: number
    },
    signal: AbortSignal,
  ): Promise<{ passages: Passage[]; warnings: SearchWarning[] }>
}

/** The part of the passages that supports what was said: its text, and the passage and place where it begins. */
export type QuoteFor = (
  passages: readonly string[],
  said: string,
) => { text: string; passage: number; start: number }

export interface FileSearch {
  quote: QuoteFor
  /**
   * `place` is the number of this search in the run, the first part of its markers; `room`, in tokens, is what the model
   * has for passages. It is told of one at least. Throws ToolFailure.
   */
  run(
    run: RunRecord,
    call: { queries: string[]; vectorStoreIds: string[]; place: number; room: number },
    signal: AbortSignal,
  ): Promise<{ results: FileSearchResult[]; told: string }>
}

const mostQueries = 5

export function createFileSearch(search: SearchForRun, quote: QuoteFor): FileSearch {
  return {
    quote,
    async run(run, { queries, vectorStoreIds, place, room }, signal) {
      const asked = queries
        .map((query) => query.trim())
        .filter(Boolean)
        .slice(0, mostQueries)
      if (asked.length === 0)
        return { results: [], told: 'Error: file_search needs "queries", a list of texts.' }
      if (vectorStoreIds.length === 0) return { results: [], told: 'There are no files to search.' }
      const { max_num_results, ranking_options } = optionsOf(run)
      // What the original gave each model (as recorded).
      const [usualResults, usualTokens] = /gpt-3\.5/.test(run.request.model) ? [5, 4_000] : [20, 16_000]
      const most =
        room < usualTokens ? Math.max(Math.floor(room / defaultChunking.max_chunk_size_tokens), 1) : Infinity
      const { passages, warnings } = await search(
        {
          project: run.project,
          vectorStoreIds,
          queries: asked,
          // Chunks that touch are one passage, of any length: their number has to fit as well.
          maxResults: Math.min(max_num_results ?? usualResults, most),
          maxTokens: Math.min(usualTokens, room),
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
      return { results: passages.map(({ result }) => result), told: tell(passages, place, warnings) }
    },
  }
}

export const optionsOf = (run: RunRecord): NonNullable<FileSearchTool['file_search']> =>
  run.request.tools.find((tool) => tool.type === 'file_search')?.file_search ?? {}

function tell(passages: Passage[], place: number, warnings: SearchWarning[]): string {
  const shown = passages.flatMap(({ result, shown }, at) =>
    shown === undefined
      ? []
      : [`【${place}:${at}†${shownName(result.file_name)}】${pages(result)}\n${shown}`],
  )
  const found = shown.length === 0 ? 'Nothing was found in the files.' : shown.join('\n\n')
  return [...warnings.map(({ code }) => adviceOn[code]), found].join('\n\n')
}

/** What the model can do about it. */
const adviceOn: Record<SearchWarning['code'], string> = {
  embedding_unavailable:
    '(Note: this search went by words alone, so it finds only passages with words of the query. Try other words before you say that something is not in the files.)',
  embeddings_incomplete:
    '(Note: some files can be found by their words alone for now. Try other words before you say that something is not in the files.)',
  reranker_unavailable: '(Note: the best passage may not come first.)',
}

const pages = ({ page_start, page_end }: FileSearchResult) =>
  page_start === undefined ? '' : ` page ${page_start}${page_end === page_start ? '' : `-${page_end}`}`
