import type { EntriesBefore, EntryPlace } from '../contract/responses/entries.ts'
import type { StoredItem } from '../contract/responses/items.ts'
import { entries, entryOf, isFinished, type EntryRow } from './conversation-items.ts'
import { own } from './conversation-state.ts'
import type { Reader } from './database.ts'
import { hasText, mayHaveMore, portionBytes, portionRows, shortBytes, shortRows } from './portions.ts'

/**
 * The items of a conversation before a place, oldest first: as many as make a portion. With `containing` only those whose
 * JSON has one of these texts, whatever their case.
 */
export async function entriesBefore(
  db: Reader,
  { id, project }: { id: string; project: string },
  before: EntryPlace,
  containing: readonly string[],
): Promise<EntriesBefore> {
  const has = hasText('body', containing)
  const { place, sub } = before === 'newest' ? { place: Number.MAX_SAFE_INTEGER, sub: 0 } : before
  const rows = await db.all<EntryRow>(
    `with sized as (
       select entries.*, sum(size) over (order by place desc, sub desc) as bytes from (
         select * from (
           select * from (select id, seq as place, 0 as sub, octet_length(body) as size from messages
             where ${isFinished} and seq < ? and ${has.sql} order by seq desc limit ? + 0) as newest_messages
           union all
           select * from (select id, place, seq as sub, octet_length(body) as size from conversation_items
             where thread_id = ${own} and (place, seq) < (?, ?) and ${has.sql}
             order by place desc, seq desc limit ? + 0) as newest_items
         ) as newest order by place desc, sub desc limit ? + 0
       ) as entries
     )
     select sized.id, place, sub, messages.body from sized cross join messages
     where sub = 0 and messages.seq = place and bytes - size < ${portionBytes}
     union all
     select sized.id, sized.place, sub, conversation_items.body from sized cross join conversation_items
     where sub > 0 and conversation_items.seq = sub and bytes - size < ${portionBytes}
     order by place desc, sub desc`,
    id,
    project,
    // A message stands before the items that have its number.
    sub > 0 ? place + 1 : place,
    ...has.values,
    portionRows,
    id,
    project,
    place,
    sub,
    ...has.values,
    portionRows,
    portionRows,
  )
  const last = rows.at(-1)
  return {
    items: rows.map((row) => entryOf(row).body).reverse(),
    place: last && mayHaveMore(rows) ? { place: last.place, sub: last.sub } : undefined,
  }
}

/**
 * All items of a conversation, oldest first, where they are so few and so short that they can be read in a transaction that others
 * share. Undefined otherwise.
 */
export async function entriesIfShort(
  db: Reader,
  { id, project }: { id: string; project: string },
): Promise<EntriesBefore | undefined> {
  const rows = await db.all<Omit<EntryRow, 'body'> & { body: string | null }>(
    `with sized as (
       select * from (
         select * from (select id, seq as place, 0 as sub, octet_length(body) as size from messages
           where ${isFinished} order by seq desc limit ? + 0) as newest_messages
         union all
         select * from (select id, place, seq as sub, octet_length(body) as size from conversation_items
           where thread_id = ${own} order by place desc, seq desc limit ? + 0) as newest_items
       ) as newest order by place desc, sub desc limit ? + 0
     )
     select sized.id, place, sub, case when ${isShort} then messages.body end as body from sized cross join messages
     where sub = 0 and messages.seq = place
     union all
     select sized.id, sized.place, sub, case when ${isShort} then conversation_items.body end as body
     from sized cross join conversation_items where sub > 0 and conversation_items.seq = sub
     order by place desc, sub desc`,
    id,
    project,
    shortRows,
    id,
    project,
    shortRows,
    shortRows,
  )
  if (rows.length === shortRows) return undefined
  const items: StoredItem[] = []
  for (const { body, ...row } of rows) {
    if (body === null) return undefined
    items.unshift(entryOf({ ...row, body }).body)
  }
  return { items, place: undefined }
}

const isShort = `(select sum(size) from sized) < ${shortBytes}`

/** How many items a conversation has before a place. */
export async function countEntriesBefore(
  db: Reader,
  { id, project }: { id: string; project: string },
  before: EntryPlace,
): Promise<number> {
  const { place, sub } = before === 'newest' ? { place: Number.MAX_SAFE_INTEGER, sub: 0 } : before
  const row = await db.get<{ n: number }>(
    `select (select count(*) from messages where thread_id = ? and project = ? and withdrawn = 0 and seq < ?) +
       (select count(*) from conversation_items where thread_id = ? and project = ? and (place, seq) < (?, ?)) as n`,
    id,
    project,
    sub > 0 ? place + 1 : place,
    id,
    project,
    place,
    sub,
  )
  return row?.n ?? 0
}

/** Where an item stands in a conversation. Undefined where it is none of it. */
export const entryPlace = (
  db: Reader,
  { id, project }: { id: string; project: string },
  itemId: string,
): Promise<Pick<EntryRow, 'place' | 'sub'> | undefined> =>
  db.get<Pick<EntryRow, 'place' | 'sub'>>(
    `select place, sub from ${entries} where id = ?`,
    id,
    project,
    id,
    project,
    itemId,
  )
