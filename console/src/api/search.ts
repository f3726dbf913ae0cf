import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { SearchResult, SearchResultsPage } from '../../../src/contract/vector-store-search.ts'

/** Where a result is in its file, and what its score is made of: what `explain` adds to a result. */
export interface Explanation {
  /** The place of the passage among those of its file, from 0. */
  chunk: number
  /** Its first and last character, in UTF-16 units of the file's text. */
  start?: number | null
  end?: number | null
  /** What the words of the passage, and those of the file's name and title, give. */
  text: number
  name: number
  /** What the vector gives. Null without vectors. */
  dense: number | null
  /** The factor for passages that share text with a better one. */
  penalty: number
  rerank: number | null
}

export type ExplainedResult = SearchResult & { explain: Explanation }

export const searchQuery = (client: OpenAI, storeId: string, body: { query: string }) =>
  queryOptions({
    queryKey: ['/vector_stores', 'search', storeId, body],
    queryFn: async ({ signal }) => {
      const began = performance.now()
      const path = `/vector_stores/${encodeURIComponent(storeId)}/search`
      const page = await client.post<SearchResultsPage>(path, { body, signal })
      return {
        results: page.data as ExplainedResult[],
        warnings: page.warnings ?? [],
        seconds: (performance.now() - began) / 1_000,
      }
    },
    enabled: body.query.trim() !== '',
    staleTime: Infinity,
    gcTime: 0,
  })
