import { z } from 'zod'
import { decimal, integer, list, optional, withDefault } from '../limits.ts'
import { object } from '../objects.ts'
import { searchFilters, type Filter } from '../vector-store-search.ts'
import { readAs, Refused, type Fields } from './refused.ts'

/** The search of vector stores, as answers show it. */
export interface FileSearchTool {
  type: 'file_search'
  filters: Filter | null
  max_num_results: number
  ranking_options: {
    ranker: string
    score_threshold: number
    hybrid_search?: { embedding_weight: number; text_weight: number }
  }
  vector_store_ids: string[]
}

const weight = decimal(0, Number.MAX_VALUE)
const fileSearchTool = object({
  type: z.literal('file_search'),
  vector_store_ids: list(z.string(), Infinity, 1),
  max_num_results: withDefault(integer(1, 50), 20),
  ranking_options: optional(
    object({
      ranker: withDefault(
        z.enum(['none', 'auto', 'default-2024-11-15', 'default_2024_11_15', 'default_2024_08_21']),
        'auto',
      ),
      score_threshold: withDefault(decimal(0, 1), 0),
      hybrid_search: optional(object({ embedding_weight: weight, text_weight: weight })),
    }),
  ),
  filters: searchFilters,
})

/** As the original allows. */
const maxStores = 2

export function readFileSearch(value: Fields, path: (string | number)[]): FileSearchTool {
  const { vector_store_ids, max_num_results, ranking_options, filters } = readAs(fileSearchTool, value, path)
  if (vector_store_ids.length > maxStores)
    throw new Refused({
      code: 'integer_above_max_value',
      message: `Invalid input: maximum of ${maxStores} vector stores allowed.`,
    })
  const { ranker = 'auto', score_threshold = 0, hybrid_search } = ranking_options ?? {}
  return {
    type: 'file_search',
    filters: filters ?? null,
    max_num_results,
    ranking_options: { ranker, score_threshold, ...(hybrid_search && { hybrid_search }) },
    vector_store_ids,
  }
}
