import type { MessageBody } from '../contract/messages.ts'
import { toMessageItem } from '../contract/responses/message-items.ts'
import type { StoredItem } from '../contract/responses/items.ts'
import type { Reader } from './database.ts'
import { inList, inSlices } from './in-list.ts'
import { beingWritten } from './messages.ts'

/**
 * Items of the project by their ids: of responses that are stored, the newest of each id, and of conversations, with the
 * finished messages of threads.
 */
export async function itemsById(
  db: Reader,
  project: string,
  ids: readonly string[],
): Promise<Map<string, StoredItem>> {
  const rows = await inSlices(ids, (some) => {
    const wanted = inList(some)
    return db.all<{ id: string; body: string }>(
      `select items.id, items.body from items join runs on runs.seq = items.run and stored = 1
       where items.id in (${wanted.marks}) and items.project = ? and part in ('input', 'output') order by items.seq`,
      ...wanted.values,
      project,
    )
  })
  const found = new Map(rows.map(({ id, body }) => [id, JSON.parse(body) as StoredItem]))
  const others = ids.filter((id) => !found.has(id))
  const entries = await inSlices(others, (some) => entriesById(db, project, some))
  return new Map([...entries, ...found])
}

async function entriesById(
  db: Reader,
  project: string,
  ids: readonly string[],
): Promise<[string, StoredItem][]> {
  const { marks, values } = inList(ids)
  const isThere = (table: string) =>
    `exists (select 1 from threads where threads.id = ${table}.thread_id and removed = 0)`
  const rows = await db.all<{ id: string; body: string; is_message: number }>(
    `select id, body, 1 as is_message from messages where id in (${marks}) and project = ? and withdrawn = 0
       and (run_id is null or body not like '%${beingWritten}%') and ${isThere('messages')}
     union all
     select id, body, 0 as is_message from conversation_items where id in (${marks}) and project = ?
       and ${isThere('conversation_items')}`,
    ...values,
    project,
    ...values,
    project,
  )
  return rows.map(({ id, body, is_message }) => [
    id,
    is_message === 1
      ? { item: toMessageItem({ id, body: JSON.parse(body) as MessageBody }) }
      : (JSON.parse(body) as StoredItem),
  ])
}
