import { z } from 'zod'
import { integer } from './limits.ts'
import { object } from './objects.ts'

/** The highest limit there is. In a rate limit of the wire, whose limits are always numbers, it says that there is none. */
export const noLimit = 2_147_483_647

/**
 * What the limits of a project, and those of a key, are about. What a key has stored outlives it, and belongs to its project then.
 * `0` would open nothing: that is what revoking a key is for.
 */
const limitNames = [
  'max_requests_per_1_minute',
  'max_tokens_per_1_minute',
  'max_concurrent_runs',
  'max_file_bytes',
  'max_vector_store_bytes',
  'max_code_interpreter_sessions',
] as const
export type LimitName = (typeof limitNames)[number]

/** A row: what a project or a key may do at most. `model` is '' where it is about all models together. */
export interface LimitRecord {
  owner: string
  model: string
  name: LimitName
  value: number
}

/** Null: there is no limit. */
type Values = Record<LimitName, number | null>
export type ProjectLimits = { object: 'organization.project.limits'; project_id: string } & Values
export type KeyLimits = {
  object: 'organization.project.api_key.limits'
  project_id: string
  api_key_id: string
} & Values

const valuesOf = (rows: readonly LimitRecord[]) =>
  Object.fromEntries(
    limitNames.map((name) => [
      name,
      rows.find((row) => row.name === name && row.model === '')?.value ?? null,
    ]),
  ) as Values

export const toProjectLimits = (project_id: string, rows: readonly LimitRecord[]): ProjectLimits => ({
  object: 'organization.project.limits',
  project_id,
  ...valuesOf(rows),
})

export const toKeyLimits = (
  project_id: string,
  api_key_id: string,
  rows: readonly LimitRecord[],
): KeyLimits => ({
  object: 'organization.project.api_key.limits',
  project_id,
  api_key_id,
  ...valuesOf(rows),
})

const aMinute = integer(1, noLimit - 1)
  .nullable()
  .optional()
const many = integer(1).nullable().optional()

/** A limit that is left out stays, and null takes it away. */
export const modifyLimitsRequest = object({
  max_requests_per_1_minute: aMinute,
  max_tokens_per_1_minute: aMinute,
  max_concurrent_runs: many,
  max_file_bytes: many,
  max_vector_store_bytes: many,
  max_code_interpreter_sessions: many,
})
export type ModifyLimitsRequest = z.output<typeof modifyLimitsRequest>
