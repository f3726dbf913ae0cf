import type { FileSearchCall, FileSearchResult } from '../../contract/run-steps.ts'
import { estimateTokens } from '../../models/tokens.ts'
import type { Call } from '../tool.ts'
import { readQueries } from './queries.ts'
import type { FileSearchOptions, FileSearchQuery } from './run-search.ts'

export type FileSearchDetails = FileSearchCall['file_search']

/** What the searches of one run share. */
interface Parts {
  /** The results of each finished search, in order. Markers refer to them, and each search adds its own. */
  results: FileSearchResult[][]
  options: FileSearchOptions
  contextWindow: number
  search: (
    query: FileSearchQuery,
    signal: AbortSignal,
  ) => Promise<{ results: FileSearchResult[]; toolResult: string }>
}

const noQueries =
  'Error: the parameter \'queries\' is missing. Call file_search with {"queries": ["...", "..."]}. Nothing was searched.'

/** Begins the calls of one run. */
export function fileSearchCalls({ results, options, contextWindow, search }: Parts) {
  const { ranker = 'default_2024_08_21', score_threshold = 0 } = options.ranking_options ?? {}
  let room = 0

  return (): Call<FileSearchDetails> => {
    // All calls of a turn begin before the first of them runs, so this is what all earlier turns have left. The other
    // half of the window is for the conversation.
    room = contextWindow / 2 - tokensOf(results)
    const details: FileSearchDetails = { ranking_options: { ranker, score_threshold }, results: [] }
    let toolArguments = ''
    return {
      details,
      get toolArguments() {
        return toolArguments
      },
      argue: () => undefined,
      settle(text) {
        toolArguments = text
        return undefined
      },
      async run(_show, signal) {
        const place = results.push([]) - 1
        const queries = readQueries(toolArguments)
        if (queries.length === 0) return { toolResult: noQueries }
        const found = await search({ queries, place, room }, signal)
        signal.throwIfAborted()
        details.results = found.results
        results[place] = found.results
        room -= estimateTokens(found.toolResult)
        return { toolResult: found.toolResult }
      },
    }
  }
}

const tokensOf = (results: FileSearchResult[][]) =>
  results
    .flat()
    .flatMap(({ content = [] }) => content)
    .reduce((sum, { text }) => sum + estimateTokens(text), 0)
