import { z } from 'zod'
import { object, variants } from './objects.ts'
import type { Attributes } from './attributes.ts'
import { decimal, integer, list, nonEmptyText, optional, refuseWhen, withDefault } from './limits.ts'

export interface ComparisonFilter {
  type: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte' | 'in' | 'nin'
  key: string
  value: string | number | boolean | (string | number | boolean)[]
}

export interface CompoundFilter {
  type: 'and' | 'or'
  filters: Filter[]
}

/** A condition on the attributes of files. */
export type Filter = ComparisonFilter | CompoundFilter

export interface SearchResult {
  file_id: string
  filename: string
  /** From 0 to 1. */
  score: number
  attributes: Attributes
  content: { type: 'text'; text: string }[]
  /** An addition to the original: the pages of the passage, counted from 1, in files that have pages. */
  page_start?: number
  page_end?: number
  /** An addition to the original: how the score was computed, for a caller that asked with `explain`. */
  explain?: unknown
}

export interface SearchResultsPage {
  object: 'vector_store.search_results.page'
  search_query: string[]
  data: SearchResult[]
  has_more: false
  next_page: null
  /** An addition to the original: what this search could not use. Left out when it is empty. */
  warnings?: SearchWarning[]
}

export interface SearchWarning {
  code: 'embedding_unavailable' | 'embeddings_incomplete' | 'reranker_unavailable'
  message: string
}

/** The warnings by their code. */
export const searchWarnings = {
  embedding_unavailable: {
    code: 'embedding_unavailable',
    message: 'The embedding model could not be used, so this search went by words alone.',
  },
  embeddings_incomplete: {
    code: 'embeddings_incomplete',
    message:
      'Not all vectors of the embedding model are made yet; until then words alone decide in their place.',
  },
  reranker_unavailable: {
    code: 'reranker_unavailable',
    message: 'The reranker could not be used, so the results are in the order in which they were found.',
  },
} satisfies Record<SearchWarning['code'], SearchWarning>

export const toSearchResultsPage = (
  queries: string[],
  data: SearchResult[],
  warnings: SearchWarning[],
): SearchResultsPage => ({
  object: 'vector_store.search_results.page',
  search_query: queries,
  data,
  has_more: false,
  next_page: null,
  ...(warnings.length > 0 && { warnings }),
})

/** Limits for nested filters, which are checked before any recursive code reads them. */
const deepest = 10
const most = 200

const scalar = z.union([z.string(), z.number(), z.boolean()])

const comparison = (type: 'eq' | 'ne') =>
  object({ type: z.literal(type), key: nonEmptyText(64), value: scalar })
const order = (type: 'gt' | 'gte' | 'lt' | 'lte') =>
  object({ type: z.literal(type), key: nonEmptyText(64), value: z.union([z.number(), z.string()]) })
const oneOf = (type: 'in' | 'nin') =>
  object({ type: z.literal(type), key: nonEmptyText(64), value: list(scalar, most) })
const compound = (type: 'and' | 'or') =>
  object({
    type: z.literal(type),
    get filters(): z.ZodType<Filter[]> {
      return list(filter, most, 1)
    },
  })

const filter: z.ZodType<Filter> = z.lazy(() =>
  variants(
    comparison('eq'),
    comparison('ne'),
    order('gt'),
    order('gte'),
    order('lt'),
    order('lte'),
    oneOf('in'),
    oneOf('nin'),
    compound('and'),
    compound('or'),
  ),
)

const depthOf = (given: unknown): number => {
  let level = [given]
  for (let depth = 0; ; depth++) {
    if (level.length === 0 || depth > deepest) return depth
    level = level.flatMap((one) => {
      const inner = typeof one === 'object' && one !== null && 'filters' in one ? one.filters : []
      return Array.isArray(inner) ? (inner as unknown[]) : []
    })
  }
}

const filters = z
  .unknown()
  .check(
    refuseWhen((given) =>
      depthOf(given) > deepest
        ? {
            code: 'invalid_value',
            message: `Invalid '{param}': filters within filters. Expected at most ${deepest} levels.`,
          }
        : undefined,
    ),
  )
  .pipe(filter)

/** An empty object or list means that there is no filter. The example of the PHP client sends `[]`. */
const isEmpty = (given: unknown) =>
  typeof given === 'object' && given !== null && Object.keys(given).length === 0

/** The filters of a search. */
export const searchFilters = z.preprocess((given) => (isEmpty(given) ? undefined : given), optional(filters))

const query = nonEmptyText(32_768)

/** The names of both APIs: with hyphens here, with underscores in the tool of an assistant. */
const ranker = z.enum([
  'none',
  'auto',
  'default-2024-11-15',
  'default_2024_11_15',
  'default-2024-08-21',
  'default_2024_08_21',
])

export const searchVectorStoreRequest = object({
  query: z.union([query, list(query, 16, 1)]).transform((given) => (Array.isArray(given) ? given : [given])),
  rewrite_query: withDefault(z.boolean(), false),
  max_num_results: withDefault(integer(1, 50), 10),
  filters: searchFilters,
  ranking_options: optional(
    object({
      ranker: optional(ranker),
      score_threshold: withDefault(decimal(0, 1), 0),
      hybrid_search: optional(
        object({ embedding_weight: z.number().min(0), text_weight: z.number().min(0) }),
      ),
    }),
  ),
  /** An addition to the original. */
  explain: withDefault(z.boolean(), false),
})
export type SearchVectorStoreRequest = z.output<typeof searchVectorStoreRequest>
