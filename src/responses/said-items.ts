import type { NewItem, StoredItem } from '../contract/responses/items.ts'
import type { ModelTokens } from '../contract/response-chain.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import type { Reader } from '../store/database.ts'
import { itemsOfRun } from '../store/items.ts'
import { SaidBefore } from '../store/said-before.ts'
import { usedInThread } from '../store/usage/spending.ts'
import { isOpen } from './closing.ts'
import { notesUsed } from './end-response.ts'
import type { Output } from './output.ts'
import { ReadOnce } from './read-once.ts'
import { isSpokenTo, type ReadItem } from './since-compaction.ts'

interface Said {
  body: StoredItem
}

/** What stands in the JSON of a message of the developer. */
const developerRoles = ['"role":"developer"', '"role":"system"']

/**
 * What the model is told of: what was said before a response, its input, and its output until now. What was said before is read
 * from its end, only as far as it is needed.
 */
export class SaidItems {
  readonly #db: Reader
  readonly #output: Output
  /** What was said before does not change while the response is made. */
  readonly #before: SaidBefore
  /** Those that were read so far, oldest first. */
  #earlier: StoredItem[] = []
  #input: Promise<readonly Said[]> | undefined
  #used: Promise<ModelTokens[] | undefined> | undefined
  #unread: Promise<number> | undefined
  #ofDeveloper: ReadOnce<StoredItem[]> | undefined

  constructor(db: Reader, output: Output) {
    this.#db = db
    this.#output = output
    const { input, newest } = output.run
    this.#before = new SaidBefore(db, output.run, { newest })
    if (input) this.#input = Promise.resolve(input)
  }

  get #run(): ResponseRecord {
    return this.#output.run
  }

  /** The input of the response. A read that has failed is tried again. */
  input(): Promise<readonly Said[]> {
    this.#input ??= itemsOfRun(this.#db, this.#run.seq, ['input']).catch((error: unknown) => {
      this.#input = undefined
      throw error
    })
    return this.#input
  }

  /** The input as it was read. Undefined where that has failed, or was not begun. */
  async knownInput(): Promise<StoredItem[] | undefined> {
    const records = await this.#input?.catch(() => undefined)
    return records?.map(({ body }) => body)
  }

  /** What was used in the conversation before, where the end notes it, and the read does not fail. It is read once. */
  used(): Promise<ModelTokens[] | undefined> {
    const run = this.#run
    this.#used ??= notesUsed(run)
      ? usedInThread(this.#db, run.thread_id).catch(() => undefined)
      : Promise.resolve(undefined)
    return this.#used
  }

  /**
   * The newest items, oldest first: as many as are enough, or all that a model may be told. `open` is what is being said, which
   * is told of although it is not over.
   */
  async until(
    isEnough: (items: readonly ReadItem[]) => boolean,
    open?: NewItem,
  ): Promise<{ items: ReadItem[]; isAll: boolean }> {
    const own = this.#own(open)
    const isUntouched = this.#earlier.length === 0
    // The input is read beside the first portion, which has all of most conversations.
    const [input] = await Promise.all([this.input(), isUntouched && !hasFolded(own) && this.#read([])])
    const newer = [...input.map(({ body }) => body), ...own]
    for (let portions = 1; ; portions *= 2) {
      const items = [
        ...[...this.#earlier, ...newer.slice(0, input.length)].map((stored) => ({ stored, own: false })),
        ...own.map((stored) => ({ stored, own: true })),
      ]
      const isAll = this.#before.isAll || hasFolded([...this.#earlier, ...newer])
      if (isAll || isEnough(items)) return { items, isAll }
      for (let count = 0; count < portions; count++) await this.#read(newer)
    }
  }

  #own(open?: NewItem): StoredItem[] {
    return this.#output.items
      .filter(
        (one) =>
          (one.part === 'hidden' && one.body.told !== undefined) ||
          (one.part === 'output' && (one === open || !isOpen(one.body))),
      )
      .map(({ body }) => body)
  }

  async #read(newer: readonly StoredItem[]): Promise<void> {
    if (this.#before.isAll) return
    const isFolded = [...this.#earlier, ...newer].some(({ compacted }) => compacted)
    const portion = await this.#before.next()
    this.#unread = this.#ofDeveloper = undefined
    this.#earlier = [...(isFolded ? portion.filter(isSpokenTo) : portion), ...this.#earlier]
  }

  /** How many items were not read. */
  countUnread(): Promise<number> {
    this.#unread ??= this.#before.count()
    return this.#unread
  }

  /**
   * What the developer has said among the items that were not read, newest first. It takes a look at each of them, so that it
   * is kept for the next turns of the model.
   */
  unreadOfDeveloper(): AsyncIterable<StoredItem[]> {
    const portions = this.#before.from(developerRoles)
    this.#ofDeveloper ??= new ReadOnce(async () => (portions.isAll ? undefined : portions.next()))
    return this.#ofDeveloper
  }

  /** Those of all items before the output which have one of these texts, newest first. */
  async *with(...texts: string[]): AsyncGenerator<StoredItem, void, undefined> {
    yield* (await this.input()).map(({ body }) => body).reverse()
    for await (const portion of new SaidBefore(this.#db, this.#run, { containing: texts }))
      yield* portion.reverse()
  }
}

/** Whether a summary stands for everything before. */
const hasFolded = (items: readonly StoredItem[]): boolean =>
  items.findLast(({ compacted }) => compacted)?.compacted?.replaces === 'everything'
