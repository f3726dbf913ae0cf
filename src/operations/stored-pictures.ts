import { isPictureless, partsOf, type InputItem } from '../contract/responses/input-items.ts'
import type { InputPart, OutputPart } from '../contract/responses/items.ts'
import { missingParameter } from '../errors/errors.ts'
import { itemsById } from '../store/items-by-id.ts'
import type { Context } from './context.ts'

type Part = InputPart | OutputPart

/**
 * The items of a request with the addresses of pictures that answers do not show unless they are asked for them, and that are
 * missing in what is sent back. Throws the wire's error for a picture that nothing stored has.
 */
export async function withStoredPictures(
  { db, project }: Pick<Context, 'db' | 'project'>,
  given: readonly InputItem[],
  field: 'input' | 'items',
): Promise<InputItem[]> {
  const lacking = given.flatMap((one) =>
    'given' in one && one.given.id !== undefined && partsOf(one.given)[1].some(isPictureless)
      ? [one.given.id]
      : [],
  )
  if (lacking.length === 0) return [...given]
  const stored = await itemsById(db, project, lacking)
  return given.map((one, at) => {
    const item = 'given' in one ? stored.get(one.given.id ?? '')?.item : undefined
    const had = item ? partsOf(item)[1] : []
    return withParts(one, (part, place) => {
      if (!isPictureless(part)) return part
      const known = had[place]
      if (known?.type !== 'input_image' || isPictureless(known))
        throw missingParameter(`${field}[${at}].${fieldOf(one)}[${place}].image_url`)
      return { ...known, ...('detail' in part && { detail: part.detail }) }
    })
  })
}

const fieldOf = (one: InputItem) => ('given' in one ? partsOf(one.given)[0] : '')

/** The item with other parts in the place of its own. */
export function withParts(one: InputItem, changed: (part: Part, place: number) => Part): InputItem {
  if ('reference' in one) return one
  const { given } = one
  const [field, parts] = partsOf(given)
  return parts.length === 0 ? one : { given: { ...given, [field]: parts.map(changed) } as typeof given }
}
