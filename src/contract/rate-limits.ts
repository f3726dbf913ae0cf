import { z } from 'zod'
import { wholeNumber } from './list.ts'
import { integer, optional } from './limits.ts'
import { object } from './objects.ts'
import { noLimit, type LimitRecord } from './project-limits.ts'

/** What a project may ask of one model in a minute. A limit that is not set is the highest there is, `noLimit`. */
export interface ProjectRateLimit {
  id: string
  object: 'project.rate_limit'
  model: string
  max_requests_per_1_minute: number
  max_tokens_per_1_minute: number
}

/** As in the original, an id is made of the name of the model. */
export const rateLimitId = (model: string): string => `rl-${model}`
export const modelOfRateLimit = (id: string): string | undefined =>
  id.startsWith('rl-') ? id.slice(3) : undefined

/** `rows` are those of the project and of what the model leads to. */
export const toRateLimit = (model: string, rows: readonly LimitRecord[]): ProjectRateLimit => {
  const valueOf = (name: LimitRecord['name']) => rows.find((row) => row.name === name)?.value ?? noLimit
  return {
    id: rateLimitId(model),
    object: 'project.rate_limit',
    model,
    max_requests_per_1_minute: valueOf('max_requests_per_1_minute'),
    max_tokens_per_1_minute: valueOf('max_tokens_per_1_minute'),
  }
}

/** Limits of a day, and of pictures, audio and batches, are refused: nothing here would keep them. */
export const updateRateLimitRequest = object({
  max_requests_per_1_minute: optional(integer(1, noLimit)),
  max_tokens_per_1_minute: optional(integer(1, noLimit)),
})
export type UpdateRateLimitRequest = z.output<typeof updateRateLimitRequest>

export const rateLimitsQuery = z.object({
  limit: wholeNumber(integer(1, 100)).default(100),
  after: z.string().optional(),
  before: z.string().optional(),
})
export type RateLimitsQuery = z.output<typeof rateLimitsQuery>
