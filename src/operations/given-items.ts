import type { GivenItem, InputItem } from '../contract/responses/input-items.ts'
import { type CompactionItem, type Item, type StoredItem } from '../contract/responses/items.ts'
import { invalidEncryptedContent, itemNotFound } from '../errors/response-errors.ts'
import { unsealCompaction } from '../responses/compaction.ts'
import { unsealReasoning } from '../responses/sealed-reasoning.ts'
import type { Database, Reader } from '../store/database.ts'
import { itemsById } from '../store/items-by-id.ts'
import { sealingKey } from '../store/sealing-keys.ts'
import { refuseForeignReasoning } from './strict-response.ts'

/** The key with which the items can be read. Undefined where none of them is sealed. */
export const keyFor = async (db: Database, given: readonly InputItem[]): Promise<Buffer | undefined> =>
  given.some(isSealed) ? sealingKey(db) : undefined

const isSealed = (one: InputItem) =>
  'given' in one &&
  (one.given.type === 'compaction' ||
    (one.given.type === 'reasoning' && one.given.encrypted_content !== undefined))

/**
 * The items of a request as they are stored. Those without an id are given the one that `newId` makes. `isStrict` refuses reasoning
 * that is of somebody else.
 */
export async function givenItems(
  db: Reader,
  project: string,
  given: readonly InputItem[],
  { key, newId = () => '', isStrict = false }: HowGiven,
): Promise<StoredItem[]> {
  const wanted = given.flatMap((one) => {
    if ('reference' in one) return [one.reference]
    return isOutputless(one.given) && one.given.id !== undefined ? [one.given.id] : []
  })
  const stored = await itemsById(db, project, wanted)
  const items = given.map((one) => {
    const found = stored.get('given' in one ? (one.given.id ?? '') : one.reference)
    if ('given' in one) {
      if (found && isSameProgram(found, one.given)) return found
      const item = { id: one.given.id ?? newId(one.given.type), ...one.given } as Item
      return opened({ item }, project, key)
    }
    if (!found) throw itemNotFound(one.reference)
    return found
  })
  if (isStrict)
    await refuseForeignReasoning(
      db,
      project,
      items.filter((_, at) => 'given' in (given[at] ?? {})),
    )
  return items
}

/** Answers show what a program has given only where that is asked for: what they leave out is missing when they are sent back. */
const isOutputless = (item: GivenItem) => item.type === 'code_interpreter_call' && !item.outputs

/** Whoever changes a program has its output no more. */
const isSameProgram = ({ item }: StoredItem, given: GivenItem) =>
  isOutputless(given) && item.type === 'code_interpreter_call' && 'code' in given && item.code === given.code

interface HowGiven {
  key: Buffer | undefined
  newId?: (type: Item['type']) => string
  isStrict?: boolean
}

/** With what is sealed in it. */
function opened(stored: StoredItem, project: string, key: Buffer | undefined): StoredItem {
  if (!key) return stored
  const { item } = stored
  if (item.type !== 'compaction') return unsealReasoning(key, project, stored)
  const compacted = unsealCompaction(key, project, item)
  if (!compacted) throw invalidEncryptedContent((item satisfies CompactionItem).encrypted_content)
  return { ...stored, compacted }
}
