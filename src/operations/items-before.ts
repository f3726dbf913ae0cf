import type { StoredItem } from '../contract/responses/items.ts'
import { mutuallyExclusive, previousNotFound } from '../response-errors.ts'
import { allEntries } from '../store/conversation-items.ts'
import { itemsOfChain } from '../store/items.ts'
import { responseById } from '../store/responses.ts'
import type { Context } from './context.ts'
import { findConversation } from './conversations.ts'

/** Everything that was said before, in the conversation or the chain that a request names. */
export async function itemsBefore(
  { db, project }: Context,
  {
    conversation,
    previous_response_id: previous,
  }: { conversation?: string | undefined; previous_response_id?: string | undefined },
): Promise<StoredItem[]> {
  if (conversation !== undefined && previous !== undefined) throw mutuallyExclusive()
  if (conversation !== undefined) {
    const thread = await findConversation(db, project, conversation)
    return (await allEntries(db, project, thread.id)).map(({ body }) => body)
  }
  if (previous === undefined) return []
  if ((await responseById(db, project, previous))?.stored !== 1) throw previousNotFound(previous)
  return (await itemsOfChain(db, project, previous)).map(({ body }) => body)
}
