import type { InputItem } from '../contract/responses/input-items.ts'
import type { StoredItem } from '../contract/responses/items.ts'
import { withFreeIds } from '../responses/free-ids.ts'
import { takenEntryIds } from '../store/conversation-items.ts'
import type { Transaction } from '../store/database.ts'
import { givenItems } from './given-items.ts'

/** The items of a request as they are stored: each with an id that no other entry has. `key` is what some are sealed with. */
export async function newEntries(
  tx: Transaction,
  thread: { id: string; project: string },
  { given, key }: { given: InputItem[]; key: Buffer | undefined },
): Promise<StoredItem[]> {
  const items = await givenItems(tx, thread.project, given, { key })
  const ids = items.map(({ item }) => item.id).filter((id) => id !== '')
  return withFreeIds(items, {
    taken: await takenEntryIds(tx, ids),
    of: thread.id.replace('thread_', 'conv_'),
  })
}
