import { isPictureless, isScreenshot, partsOf, type InputItem } from '../contract/responses/input-items.ts'
import type { InputImage, InputPart, OutputPart } from '../contract/responses/items.ts'
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
        throw missingParameter(`${field}[${at}].${fieldOf(one, place)}.image_url`)
      return { ...known, ...('detail' in part && { detail: part.detail }) }
    })
  })
}

function fieldOf(one: InputItem, place: number): string {
  if (!('given' in one)) return ''
  const [field] = partsOf(one.given)
  return isScreenshot(one.given) ? field : `${field}[${place}]`
}

/** The item with other parts in the place of its own. */
export function withParts(one: InputItem, changed: (part: Part, place: number) => Part): InputItem {
  if ('reference' in one) return one
  const { given } = one
  const [field, parts] = partsOf(given)
  if (parts.length === 0) return one
  if (given.type !== 'computer_call_output')
    return { given: { ...given, [field]: parts.map(changed) } as typeof given }
  const [picture] = parts.map(changed)
  const { file_id, image_url } = picture as InputImage
  const output = {
    ...given.output,
    ...(file_id !== undefined && { file_id }),
    ...(image_url !== undefined && { image_url }),
  }
  return { given: { ...given, output } }
}
