import type { StoredItem } from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import { allEntries } from '../store/conversation-items.ts'
import type { Reader } from '../store/database.ts'
import { itemsOfChain, itemsOfRun } from '../store/items.ts'

/** Everything that was said before, with the input of the response itself. */
export async function readBefore(db: Reader, run: ResponseRecord): Promise<{ body: StoredItem }[]> {
  const { project, previous, thread_id } = run
  const conversation = thread_id === null ? [] : await allEntries(db, project, thread_id)
  const earlier = previous === null ? [] : await itemsOfChain(db, project, previous)
  return [...conversation, ...earlier, ...(await itemsOfRun(db, run.seq, ['input']))]
}
