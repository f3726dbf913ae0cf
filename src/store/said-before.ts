import type { EntriesBefore, EntryPlace } from '../contract/responses/entries.ts'
import type { StoredItem } from '../contract/responses/items.ts'
import { countEntriesBefore, entriesBefore } from './entries-before.ts'
import type { Reader } from './database.ts'
import { takeTurns } from '../common/take-turns.ts'
import { chainBefore, countChainBefore, type ChainPlace } from './chain-before.ts'

/** What a response goes on with. At most one of the two is set. */
export interface Origin {
  project: string
  thread_id: string | null
  /** The id of the response before it. */
  previous: string | null
}

/**
 * Reads what was said in a conversation or in a chain from its newest item on, in portions: memory does not grow with its
 * length. With `containing` only the items whose JSON has one of these texts, whatever their case.
 */
export class SaidBefore {
  readonly #db: Reader
  readonly #origin: Origin
  readonly #containing: readonly string[]
  readonly #newest: (() => EntriesBefore | undefined) | undefined
  #entry: EntryPlace | undefined
  #chain: ChainPlace | undefined
  /** SQLite answers at once, so that reading a long conversation would hold up everybody else. */
  readonly #turn = takeTurns()

  /**
   * `from` is a place in the conversation before which it reads. `newest` gives the first portion of all items, where somebody has
   * read it.
   */
  constructor(
    db: Reader,
    origin: Origin,
    {
      containing = [],
      from = 'newest',
      newest,
    }: {
      containing?: readonly string[]
      from?: EntryPlace
      newest?: (() => EntriesBefore | undefined) | undefined
    } = {},
  ) {
    this.#db = db
    this.#origin = origin
    this.#containing = containing
    this.#newest = newest
    this.#entry = origin.thread_id === null ? undefined : from
    this.#chain = origin.previous === null ? undefined : { id: origin.previous }
  }

  /** Another reader, which begins where this one would go on. */
  from(containing: readonly string[]): SaidBefore {
    const other = new SaidBefore(this.#db, this.#origin, { containing })
    other.#entry = this.#entry
    other.#chain = this.#chain
    return other
  }

  get isAll(): boolean {
    return this.#entry === undefined && this.#chain === undefined
  }

  /** The next portion, its oldest item first. One that could not be read is read again. */
  async next(): Promise<StoredItem[]> {
    const { project, thread_id } = this.#origin
    await this.#turn()
    if (this.#chain) {
      const read = await chainBefore(this.#db, project, this.#chain, this.#containing)
      this.#chain = read.place
      return read.items
    }
    if (this.#entry === undefined || thread_id === null) return []
    const ahead = this.#entry === 'newest' ? this.#newest?.() : undefined
    const read =
      ahead ?? (await entriesBefore(this.#db, { id: thread_id, project }, this.#entry, this.#containing))
    this.#entry = read.place
    return read.items
  }

  /** How many items were not read. */
  async count(): Promise<number> {
    const { project, thread_id } = this.#origin
    if (this.#chain) return countChainBefore(this.#db, project, this.#chain)
    if (this.#entry === undefined || thread_id === null) return 0
    return countEntriesBefore(this.#db, { id: thread_id, project }, this.#entry)
  }

  /** Portion by portion, newest first. */
  async *[Symbol.asyncIterator](): AsyncGenerator<StoredItem[], void, undefined> {
    while (!this.isAll) yield await this.next()
  }
}
