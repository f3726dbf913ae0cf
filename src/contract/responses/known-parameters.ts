import { distance } from '../../common/word-distance.ts'
import type { Refusal } from '../limits.ts'
import type { Fields } from './refused.ts'

/** How many letters a name may differ from one that is known, to be taken for it. */
const near = 2

/** Why the first parameter that is not known is refused, with the names that may be meant. Undefined when all are known. */
export function describeUnknown(
  given: Fields,
  known: readonly string[],
): (Refusal & { of?: 'nothing' }) | undefined {
  const name = Object.keys(given).find((key) => !known.includes(key))
  if (name === undefined) return undefined
  if (name === 'messages')
    return {
      code: 'unsupported_parameter',
      of: 'nothing',
      message:
        "Unsupported parameter: 'messages'. In the Responses API, this parameter has moved to 'input'. Try again with the new parameter. See the API documentation for more information: https://platform.openai.com/docs/api-reference/responses/create.",
    }
  const shown = name.slice(0, 200)
  const meant = known
    .filter((one) => !(one in given))
    .map((one) => ({ one, far: distance(shown, one) }))
    .filter(({ far }) => far <= near)
    .toSorted((a, b) => a.far - b.far || (a.one < b.one ? -1 : 1))
    .map(({ one }) => `'${one}'`)
  const hint = meant.length > 0 ? ` Did you mean ${meant.join(' or ')}?` : ''
  return {
    code: 'unknown_parameter',
    path: [shown],
    message: `Unknown parameter: '{param}'.${hint}`,
  }
}
