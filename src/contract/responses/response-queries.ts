import { z } from 'zod'
import { integer } from '../limits.ts'
import { pageQuery, wholeNumber } from '../list.ts'
import { includable } from './shown-item.ts'

const include = z.array(z.enum(includable)).default([])
const flag = z.enum(['true', 'false']).default('false')

export const responseQuery = z.object({
  include,
  stream: flag,
  starting_after: wholeNumber(integer(0)).optional(),
  include_obfuscation: flag,
})

export const inputItemsQuery = pageQuery.extend({ include })

/** A body that is no JSON. */
export const malformedBody = {
  code: 'invalid_json',
  message:
    'Invalid body: failed to parse JSON value. Please check the value to ensure it is valid JSON. (Common errors include trailing commas, missing closing brackets, missing quotation marks, etc.)',
}
