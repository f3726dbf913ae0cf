import { z } from 'zod'
import { text, withDefault } from './limits.ts'
import { pairs } from './objects.ts'

/**
 * Values by which a search can be filtered: at most 16 pairs, keys of at most 64 characters, strings of at most 512.
 */
export type Attributes = Record<string, string | number | boolean>

export const attributes: z.ZodType<Attributes> = pairs(z.union([text(512), z.number(), z.boolean()]))

export const attributesOrEmpty = withDefault(attributes, {})
