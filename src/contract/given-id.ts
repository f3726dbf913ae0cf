import { z } from 'zod'
import { cut } from '../errors/errors.ts'
import { idForms, type KindOfId } from '../common/ids.ts'
import { optional, refuseWhen } from './limits.ts'

/**
 * The id that a new object shall have. The original did not let callers choose it, but programs and databases hold ids
 * of objects that are imported from there. An id is refused when it does not look like one of the original.
 */
export const givenId = (kind: KindOfId) => {
  const { prefix, pattern } = idForms[kind]
  return optional(
    z.string().check(
      refuseWhen((value) => {
        if (pattern.test(value)) return undefined
        const message = value.startsWith(prefix)
          ? `Invalid '{param}': string does not match pattern. Expected a string that matches the pattern '${pattern.source}'.`
          : `Invalid '{param}': '${cut(value)}'. Expected an ID that begins with '${prefix}'.`
        return { code: 'invalid_value', message }
      }),
    ),
  )
}
