import { z } from 'zod'
import { cut } from '../errors.ts'
import { idForms, type KindOfId } from '../ids.ts'
import { optional, refuseWhen } from './limits.ts'

/**
 * The id that a new object is to have, which the original did not let callers choose: programs and databases hold ids
 * of objects that are to live again. Refused where it does not look like one that the original gave out.
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
