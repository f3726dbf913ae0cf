import { z } from 'zod'
import { wholeNumber } from './list.ts'
import { integer, nonEmptyText, optional } from './limits.ts'

/** A name of a project, of a service account or of a key. No database stores half of a surrogate pair. */
export const accessName = nonEmptyText(256).transform((name) => name.toWellFormed())

/** Twenty years. */
export const longestKeySeconds = 20 * 365 * 86_400
/** In how many seconds a key expires. Left out for a key that does not. */
export const expiresIn = optional(integer(1, longestKeySeconds))

/** Of the lists of the administration API only that of admin keys has an `order`. */
export const organizationQuery = z.object({
  limit: wholeNumber(integer(1, 100)).default(20),
  after: z.string().optional(),
})
export type OrganizationQuery = z.output<typeof organizationQuery>
