import { newItemId } from '../common/ids.ts'
import type { InputItem } from '../contract/responses/input-items.ts'
import { prefixOf, type Item, type NewItem, type StoredItem } from '../contract/responses/items.ts'
import type { Reader } from '../store/database.ts'
import type { Context } from './context.ts'
import { givenItems } from './given-items.ts'

/** The items of the input of a response, which are not of a run yet. */
export async function inputOf(
  db: Reader,
  { project, responses }: Pick<Context, 'project' | 'responses'>,
  { read, key, id }: { read: readonly InputItem[]; key?: Buffer | undefined; id: string },
): Promise<NewItem[]> {
  const newId = (type: Item['type']) => newItemId(prefixOf(type), id)
  const given = await givenItems(db, project, read, { key, newId, isStrict: responses.isStrict })
  return given.map((body) => inputItem(body, project))
}

const inputItem = (body: StoredItem, project: string): NewItem => ({
  id: body.item.id,
  project,
  run: 0,
  part: 'input',
  output_index: null,
  body,
})

/** Whether none of them has an id, so that all get new ones. */
export const haveNewIds = (read: readonly InputItem[]): boolean =>
  read.every((one) => 'given' in one && one.given.id === undefined)
