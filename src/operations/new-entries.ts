import type { InputItem } from '../contract/responses/input-items.ts'
import type { Item, StoredItem } from '../contract/responses/items.ts'
import { itemNotFound } from '../response-errors.ts'
import { withFreeIds } from '../responses/free-ids.ts'
import type { Transaction } from '../store/database.ts'
import { itemsById } from '../store/items.ts'

/** The items of a request as they are stored: each with an id that no other entry has. */
export async function newEntries(
  tx: Transaction,
  thread: { id: string; project: string },
  given: InputItem[],
): Promise<StoredItem[]> {
  const references = given.flatMap((one) => ('reference' in one ? [one.reference] : []))
  const stored = await itemsById(tx, thread.project, references)
  const missing = references.find((id) => !stored.has(id))
  if (missing !== undefined) throw itemNotFound(missing)
  return withFreeIds(
    tx,
    given.map((one) =>
      'given' in one
        ? { item: { id: '', ...one.given } as Item }
        : (stored.get(one.reference)?.body as StoredItem),
    ),
    thread.id.replace('thread_', 'conv_'),
  )
}
