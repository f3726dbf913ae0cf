import { z } from 'zod'
import { cut } from '../../errors/errors.ts'
import type { RunStatus } from '../run-status.ts'
import { createdAtShape, words } from '../list-filters.ts'
import { refuseWhen } from '../limits.ts'
import { pageQuery } from '../list.ts'
import type { Response, ResponseStatus } from './response.ts'

/** The statuses that a run may have when it is shown with this one. */
const runStatusesOf: Record<ResponseStatus, readonly RunStatus[]> = {
  queued: ['queued'],
  in_progress: ['in_progress', 'requires_action'],
  completed: ['completed'],
  failed: ['failed', 'expired'],
  cancelled: ['cancelled', 'cancelling'],
  incomplete: ['incomplete'],
}

const isStatus = (name: string): name is ResponseStatus => Object.hasOwn(runStatusesOf, name)
const quoted = Object.keys(runStatusesOf).map((name) => `'${name}'`)

/** One status, or several with commas. */
const statuses = z
  .string()
  .transform((given) => given.split(','))
  .check(
    refuseWhen((names) => {
      const unknown = names.find((name) => !isStatus(name))
      return unknown === undefined
        ? undefined
        : {
            code: 'invalid_value',
            message: `Invalid value: '${cut(unknown)}'. Supported values are: ${quoted.slice(0, -1).join(', ')}, and ${quoted.at(-1)}.`,
          }
    }),
  )
  .transform((names) => names.filter(isStatus).flatMap((name) => runStatusesOf[name]))
  .optional()

/** The query of the list of responses, which the original does not have. */
export const responsesQuery = pageQuery.extend({
  ...createdAtShape,
  query: words,
  status: statuses,
  model: z.string().optional(),
  conversation: z.string().optional(),
  previous_response_id: z.string().optional(),
  /** False for those that begin a chain. */
  has_previous: z.enum(['true', 'false']).optional(),
  include: z.array(z.enum(['summary'])).default([]),
})

/** What a list shows of a response in addition, when it is asked to. */
export interface ResponseSummary {
  /** The beginning of the newest message of the user in its input, at most 120 characters. Null where there is none. */
  title: string | null
  /** How many responses go on with it. */
  followers: number
}

export interface SummarizedResponse extends Response {
  summary?: ResponseSummary & {
    /**
     * Only in a list that was asked for words: the item in which they were found, and the text around the first of them. Null
     * when they were found in the metadata, or when the response was found by its id.
     */
    matched?: { item_id: string; text: string } | null
  }
}

/** A response in the tree of those that go on with each other. */
export interface ChainedResponse extends ResponseSummary {
  id: string
  object: 'response.link'
  created_at: number
  status: ResponseStatus
  model: string
  /** The response that it goes on with now: when that was deleted, the one before it. */
  previous_response_id: string | null
  /** Null while it is not over. */
  total_tokens: number | null
}
