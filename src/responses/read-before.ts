import type { StoredItem } from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import { allEntries } from '../store/conversation-items.ts'
import type { Reader } from '../store/database.ts'
import { itemsOfChain, itemsOfRun } from '../store/items.ts'

/** What was said before a response, and its own input. */
export interface Before {
  earlier: { body: StoredItem }[]
  input: { body: StoredItem }[]
}

export async function readBefore(db: Reader, run: ResponseRecord): Promise<Before> {
  const { project, previous, thread_id } = run
  const [conversation, chain, input] = await Promise.all([
    thread_id === null ? [] : allEntries(db, project, thread_id),
    previous === null ? [] : itemsOfChain(db, project, previous),
    itemsOfRun(db, run.seq, ['input']),
  ])
  return { earlier: [...conversation, ...chain], input }
}
