import { z } from 'zod'
import { integer, list, optional, text, withDefault } from '../limits.ts'
import { object } from '../objects.ts'
import { input, strictInput } from './input-items.ts'
import type { Item } from './items.ts'
import { promptCacheOptions } from './not-served.ts'
import type { ResponseUsage } from './response.ts'
import { serviceTier } from './service-tier.ts'

/** The least that a context may be compacted at, in tokens. */
const minThreshold = 1_000

/**
 * When the context of a response is compacted. `compact_threshold` is in tokens; without it this server chooses. A second entry
 * would contradict the first, since there is only one kind.
 */
export const contextManagement = optional(
  list(object({ type: z.literal('compaction'), compact_threshold: optional(integer(minThreshold)) }), 1, 1),
)

/** The parameters of a request to compact that are its own. The others are those of a response. */
export const compactRequest = object({
  model: z.string(),
  input: withDefault(input, []),
  previous_response_id: optional(z.string()),
  instructions: optional(z.string()),
  prompt_cache_key: optional(text(1_024)),
  prompt_cache_retention: optional(z.enum(['in_memory', '24h'])),
  prompt_cache_options: promptCacheOptions,
  service_tier: optional(serviceTier),
})
/** The same, which refuses what the original refused of items and this server forgives. */
export const strictCompactRequest = compactRequest.extend({ input: withDefault(strictInput, []) })
export type CompactRequest = z.output<typeof compactRequest>

/** The answer is not stored: its output is the beginning of the next input. */
export interface ResponseCompaction {
  id: string
  object: 'response.compaction'
  created_at: number
  output: Item[]
  usage: ResponseUsage
}
