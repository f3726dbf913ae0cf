import { z } from 'zod'
import { object, variants } from './objects.ts'
import { jsonSchema } from './json-schema.ts'
import { name, optional } from './limits.ts'

export type ResponseFormat =
  | 'auto'
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema'
      json_schema: {
        name: string
        description?: string
        schema?: Record<string, unknown>
        strict?: boolean | null
      }
    }

const namedSchema = object({
  name,
  description: optional(z.string()),
  schema: optional(jsonSchema),
  strict: optional(z.boolean()),
}).transform(({ name, description, schema, strict }) => ({
  name,
  ...(description !== undefined && { description }),
  ...(schema !== undefined && { schema }),
  ...(strict !== undefined && { strict }),
}))

/** Answers show it as it was given. */
export const responseFormat = z.union([
  z.literal('auto'),
  variants(
    object({ type: z.literal('text') }),
    object({ type: z.literal('json_object') }),
    object({ type: z.literal('json_schema'), json_schema: namedSchema }),
  ),
])

const reasoningEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
export type ReasoningEffort = (typeof reasoningEfforts)[number]
export const reasoningEffort = z.enum(reasoningEfforts)
