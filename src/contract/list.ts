import { z } from 'zod'
import { integer } from './limits.ts'

export interface List<T> {
  object: 'list'
  data: T[]
  /** Null on an empty page. */
  first_id: string | null
  last_id: string | null
  has_more: boolean
}

export const toList = <T extends { id: string }>(data: T[], hasMore: boolean): List<T> => ({
  object: 'list',
  data,
  first_id: data[0]?.id ?? null,
  last_id: data.at(-1)?.id ?? null,
  has_more: hasMore,
})

/** A whole number in a query string. Other text is passed on unchanged, so that the check refuses it. */
export const wholeNumber = (schema: z.ZodType<number>) =>
  z.preprocess(
    (given) => (typeof given === 'string' && /^-?\d{1,15}$/.test(given) ? Number(given) : given),
    schema,
  )

const order = z.enum(['asc', 'desc']).default('desc')
const cursor = z.string().optional()

/** A page does not contain the objects that its cursors name. */
export const pageQuery = z.object({
  limit: wholeNumber(integer(1, 100)).default(20),
  order,
  after: cursor,
  before: cursor,
})

export const messagesQuery = pageQuery.extend({ run_id: z.string().optional() })

/** For what has an order of its own, in which it is read. */
export const readingQuery = pageQuery.extend({ order: z.enum(['asc', 'desc']).default('asc') })

/** The list of files has other limits, and no `before`. */
export const filesQuery = z.object({
  limit: wholeNumber(integer(1, 10_000)).default(10_000),
  order,
  after: cursor,
  purpose: z.string().optional(),
})
