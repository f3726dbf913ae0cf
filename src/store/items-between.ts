import type { StoredItem } from '../contract/responses/items.ts'
import type { Reader } from './database.ts'
import { mayHaveMore, portionBytes, portionRows } from './portions.ts'

/** An item of a conversation. `place` is the number of the message after which it stands, 0 before the first. */
interface PlacedItem {
  seq: number
  place: number
  body: string
}

/**
 * Reads the items of a thread that stand after the message with the number `from`, from those before the message with the number
 * `to` on back, in portions.
 */
export class ItemsBetween {
  readonly #db: Reader
  readonly #of: { project: string; thread_id: string }
  readonly #from: number
  /** What was read and not given yet, newest first. */
  #read: PlacedItem[] = []
  /** Where reading goes on. Undefined at the end. */
  #before: { place: number; seq: number } | undefined

  constructor(
    db: Reader,
    of: { project: string; thread_id: string },
    { from, to }: { from: number; to: number },
  ) {
    this.#db = db
    this.#of = of
    this.#from = from
    this.#before = { place: to, seq: 0 }
  }

  /** Reads the first portion already, beside something else. */
  async begin(): Promise<void> {
    if (this.#read.length === 0) await this.#next()
  }

  /** Those that were not given yet and stand after the message with this number: portions, each with its oldest item first. */
  async *after(message: number): AsyncGenerator<StoredItem[], void, undefined> {
    for (;;) {
      if (this.#read.length === 0) await this.#next()
      const end = this.#read.findIndex(({ place }) => place < message)
      const given = this.#read.splice(0, end < 0 ? this.#read.length : end)
      if (given.length > 0) yield given.map(({ body }) => JSON.parse(body) as StoredItem).reverse()
      if (this.#read.length > 0 || !this.#before) return
    }
  }

  async #next(): Promise<void> {
    if (!this.#before) return
    const rows = await this.#db.all<PlacedItem>(
      `select sized.seq, sized.place, conversation_items.body from (
         select newest.*, sum(size) over (order by place desc, seq desc) as bytes from (
           select seq, place, octet_length(body) as size from conversation_items
           where thread_id = ? and project = ? and place >= ? and (place, seq) < (?, ?)
           order by place desc, seq desc limit ? + 0
         ) as newest
       ) as sized cross join conversation_items
       where conversation_items.seq = sized.seq and bytes - size < ${portionBytes}
       order by sized.place desc, sized.seq desc`,
      this.#of.thread_id,
      this.#of.project,
      this.#from,
      this.#before.place,
      this.#before.seq,
      portionRows,
    )
    this.#read = rows
    this.#before = mayHaveMore(rows) ? rows.at(-1) : undefined
  }
}
