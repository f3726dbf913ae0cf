import { z } from 'zod'
import { integer } from './limits.ts'

/** A page of buckets of time, as the original's administration API has it. */
export interface BucketPage<Result> {
  object: 'page'
  data: Bucket<Result>[]
  has_more: boolean
  next_page: string | null
}

/** Times are Unix seconds. `end_time` is exclusive. */
export interface Bucket<Result> {
  object: 'bucket'
  start_time: number
  end_time: number
  results: Result[]
}

/** The fields from `project_id` on are null unless the result is grouped by them. */
export interface CompletionsUsage {
  object: 'organization.usage.completions.result'
  input_tokens: number
  /** How many of the input tokens the provider had in its cache. */
  input_cached_tokens: number
  output_tokens: number
  /** How many of the output tokens were reasoning. An addition to the original. */
  output_reasoning_tokens: number
  /** Always 0: nothing here hears or speaks. */
  input_audio_tokens: number
  output_audio_tokens: number
  num_model_requests: number
  project_id: string | null
  user_id: string | null
  api_key_id: string | null
  model: string | null
  batch: boolean | null
  /** There is one tier. */
  service_tier: 'default' | null
  /** No request comes from the original's Agents API. */
  api_source: 'unlabeled' | null
  /** An addition to the original. */
  assistant_id: string | null
}

/** How large the vector stores were at the end of the bucket, or are now where it is not over. */
export interface VectorStoresUsage {
  object: 'organization.usage.vector_stores.result'
  usage_bytes: number
  project_id: string | null
}

export interface SessionsUsage {
  object: 'organization.usage.code_interpreter_sessions.result'
  num_sessions: number
  project_id: string | null
}

export interface FileSearchesUsage {
  object: 'organization.usage.file_searches.result'
  num_requests: number
  project_id: string | null
  user_id: string | null
  api_key_id: string | null
  /** Always null: a call searches all stores of its run. */
  vector_store_id: null
}

export interface EmbeddingsUsage {
  object: 'organization.usage.embeddings.result'
  input_tokens: number
  num_model_requests: number
  project_id: string | null
  user_id: string | null
  /** Null as well for what file search embeds: files are embedded later than the request that added them. */
  api_key_id: string | null
  model: string | null
}

export interface Cost {
  object: 'organization.costs.result'
  amount: { value: number; currency: string }
  /** The model and the kind of tokens: `gpt-4o, output_tokens`. Null unless the result is grouped by it. */
  line_item: string | null
  project_id: string | null
  api_key_id: string | null
  /** Of `line_item`. Null as well unless the result is grouped by it. */
  quantity: number | null
  quantity_unit: 'tokens' | null
}

/** The width of each bucket in seconds, and how many a page has: at first, and at most. */
export const bucketWidths = {
  '1m': { seconds: 60, limit: 60, most: 1_440 },
  '1h': { seconds: 3_600, limit: 24, most: 168 },
  '1d': { seconds: 86_400, limit: 7, most: 31 },
} as const

/** Everything in a query string is text. What is no whole number is passed on, so that the check refuses it. */
const whole = (schema: z.ZodType<number>) =>
  z.preprocess(
    (given) => (typeof given === 'string' && /^-?\d{1,15}$/.test(given) ? Number(given) : given),
    schema,
  )
const time = whole(integer(0, 100_000_000_000))
const names = z.array(z.string()).default([])

const ofProjects = {
  start_time: time,
  end_time: time.optional(),
  page: z.string().optional(),
  project_ids: names,
}
const shared = { ...ofProjects, api_key_ids: names }
/** Buckets of every width have their own limits, which the operation knows. */
const anyWidth = {
  bucket_width: z.enum(['1m', '1h', '1d']).default('1d'),
  limit: whole(integer(1, 1_440)).optional(),
}

/** Of what is counted for projects alone. */
export const projectUsageQuery = z.object({
  ...ofProjects,
  ...anyWidth,
  group_by: z.array(z.enum(['project_id'])).default([]),
})
export type ProjectUsageQuery = z.output<typeof projectUsageQuery>

/** There is no `vector_store_id` among them, because a call searches all stores of its run. */
export const fileSearchesQuery = z.object({
  ...shared,
  ...anyWidth,
  group_by: z.array(z.enum(['project_id', 'user_id', 'api_key_id'])).default([]),
})
export type FileSearchesQuery = z.output<typeof fileSearchesQuery>

export const embeddingsQuery = z.object({
  ...shared,
  ...anyWidth,
  models: names,
  group_by: z.array(z.enum(['project_id', 'user_id', 'api_key_id', 'model'])).default([]),
})
export type EmbeddingsQuery = z.output<typeof embeddingsQuery>

export const completionsQuery = z.object({
  ...shared,
  ...anyWidth,
  models: names,
  batch: z.enum(['true', 'false']).optional(),
  group_by: z
    .array(
      z.enum([
        'project_id',
        'user_id',
        'api_key_id',
        'model',
        'batch',
        'service_tier',
        'api_source',
        'assistant_id',
      ]),
    )
    .default([]),
})
export type CompletionsQuery = z.output<typeof completionsQuery>

export const costsQuery = z.object({
  ...shared,
  bucket_width: z.enum(['1d']).default('1d'),
  limit: whole(integer(1, 180)).default(7),
  line_items: names,
  group_by: z.array(z.enum(['project_id', 'api_key_id', 'line_item'])).default([]),
})
export type CostsQuery = z.output<typeof costsQuery>
