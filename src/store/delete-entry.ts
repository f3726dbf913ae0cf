import type { Reader, Transaction } from './database.ts'
import { deleteMessage } from './messages.ts'
import { addTombstone, messagesOf, placeOfDeleted } from './tombstones.ts'

/** Deletes a message or an item of a conversation. Returns false when there is no such one. */
export async function deleteEntry(
  tx: Transaction,
  { id: threadId, project }: { id: string; project: string },
  id: string,
): Promise<boolean> {
  if (await deleteMessage(tx, project, threadId, id)) return true
  const item = await tx.get<{ place: number; seq: number }>(
    'delete from conversation_items where id = ? and thread_id = ? and project = ? returning place, seq',
    id,
    threadId,
    project,
  )
  if (!item) return false
  await addTombstone(tx, { project, list: itemsOf(threadId) }, { id, seq: item.seq })
  const place = { id: inThread(threadId, id), seq: item.place }
  await addTombstone(tx, { project, list: placesOf(threadId) }, place)
  return true
}

/** Where an entry stood that was deleted since. Undefined when it was never one of this conversation. */
export async function placeOfDeletedEntry(
  db: Reader,
  project: string,
  threadId: string,
  id: string,
): Promise<{ place: number; sub: number } | undefined> {
  const message = await placeOfDeleted(db, { project, list: messagesOf(threadId) }, id)
  if (message !== undefined) return { place: message, sub: 0 }
  const [sub, place] = await Promise.all([
    placeOfDeleted(db, { project, list: itemsOf(threadId) }, id),
    placeOfDeleted(db, { project, list: placesOf(threadId) }, inThread(threadId, id)),
  ])
  return sub === undefined || place === undefined ? undefined : { place, sub }
}

/** Where an item stood takes two numbers: that of the message before it, and its own. */
const itemsOf = (threadId: string) => `items of ${threadId}`
const placesOf = (threadId: string) => `places of items of ${threadId}`
const inThread = (threadId: string, id: string) => `${threadId}/${id}`
