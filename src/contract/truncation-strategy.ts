import { z } from 'zod'
import { integer, optional, refuseWhen } from './limits.ts'
import { object } from './objects.ts'

export interface TruncationStrategy {
  type: 'auto' | 'last_messages'
  last_messages: number | null
}

export const truncationStrategy = object({
  type: z.enum(['auto', 'last_messages']),
  last_messages: optional(integer(1)),
})
  .check(
    refuseWhen((value) =>
      value.type === 'last_messages' && value.last_messages === undefined
        ? {
            code: 'missing_required_parameter',
            message: "Missing required parameter: '{param}'.",
            path: ['last_messages'],
          }
        : undefined,
    ),
  )
  .transform((value): TruncationStrategy => ({
    type: value.type,
    last_messages: value.last_messages ?? null,
  }))
