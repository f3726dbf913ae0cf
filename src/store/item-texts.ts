import type { Item, StoredItem } from '../contract/responses/items.ts'
import type { Reader } from './database.ts'
import { isWhole, textColumns, type StoredText } from './message-texts.ts'

/** The input and the output of a run, newest first, from the item with number `from` on. */
export const itemTextsFrom = (db: Reader, run: number, from: number, limit: number) =>
  db.all<StoredText>(
    `select ${textColumns} from items where run = ? and part not in ('withdrawn', 'hidden') and seq <= ?
     order by seq desc limit ? + 0`,
    run,
    from,
    limit,
  )

/** The item of the project with this id, as it is in the oldest response that is kept and has it: later ones are told of it again. */
export const itemNamed = (db: Reader, project: string, id: string) =>
  db.get<StoredText & { run: number }>(
    `select run, ${textColumns} from items
     where id = ? and project = ? and part not in ('withdrawn', 'hidden')
       and exists (select 1 from runs where runs.seq = items.run and stored = 1)
     order by seq limit 1`,
    id,
    project,
  )

/** Undefined when the item was deleted meanwhile. */
export async function itemOf(db: Reader, stored: StoredText): Promise<Item | undefined> {
  const whole = isWhole(stored)
    ? stored
    : await db.get<{ body: string }>('select body from items where seq = ?', stored.seq)
  return whole && (JSON.parse(whole.body) as StoredItem).item
}
