import { nowSeconds } from '../common/clock.ts'
import {
  toSearchResultsPage,
  type SearchResult,
  type SearchResultsPage,
  type SearchVectorStoreRequest,
} from '../contract/vector-store-search.ts'
import { chunkId } from '../contract/vector-store-chunks.ts'
import type { ChunkResult as Found } from '../search/chunk-result.ts'
import { searchChunks } from '../search/search-chunks.ts'
import { touchVectorStores } from '../store/vector-stores.ts'
import type { Context } from './context.ts'
import { findLiveVectorStore } from './vector-stores.ts'

/** In seconds. A store that is searched often is not written at every search. */
const touchAfterSeconds = 60

/**
 * `rewrite_query` has no effect, because no model is asked here. `search_query` returns the queries as they were sent,
 * which is what was searched.
 */
export async function searchVectorStore(
  ctx: Context,
  storeId: string,
  input: SearchVectorStoreRequest,
  signal: AbortSignal,
): Promise<SearchResultsPage> {
  const store = await findLiveVectorStore(ctx.db, ctx.project, storeId)
  const { ranker, score_threshold, hybrid_search } = input.ranking_options ?? {}
  const { results, warnings } = await searchChunks(
    ctx.search,
    {
      project: ctx.project,
      stores: [{ id: storeId }],
      queries: input.query,
      filter: input.filters,
      limit: input.max_num_results,
      scoreThreshold: score_threshold ?? 0,
      weights: hybrid_search && {
        text: hybrid_search.text_weight,
        embedding: hybrid_search.embedding_weight,
      },
      ranker: ranker ?? 'auto',
    },
    signal,
  )
  const now = nowSeconds()
  if (now - store.body.last_active_at > touchAfterSeconds) {
    await ctx.db.write((tx) => touchVectorStores(tx, ctx.project, [storeId], now))
  }
  return toSearchResultsPage(
    input.query,
    results.map((one) => show(one, input.explain)),
    warnings,
  )
}

/** Which chunk it is, and where it is in the text of the file. Null when it was cut by an older version. */
function placeOf({ chunk_id, text, text_start = null }: Found) {
  const end = text_start === null ? null : text_start + text.length
  return { chunk_id: chunkId(chunk_id), start: text_start, end }
}

const show = (found: Found, explain: boolean): SearchResult => ({
  file_id: found.file_id,
  filename: found.filename,
  score: found.score,
  attributes: found.attributes,
  content: [{ type: 'text', text: found.text }],
  ...(found.page_start !== null && { page_start: found.page_start }),
  ...(found.page_end !== null && { page_end: found.page_end }),
  ...(explain && { explain: { chunk: found.ord, ...placeOf(found), ...found.explain } }),
})
