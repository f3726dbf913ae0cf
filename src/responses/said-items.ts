import type { NewItem } from '../contract/responses/items.ts'
import type { ResponseRecord } from '../contract/responses/response.ts'
import type { Reader } from '../store/database.ts'
import { isOpen } from './closing.ts'
import type { Output } from './output.ts'
import { readBefore, type Before } from './read-before.ts'
import type { ReadItem } from './since-compaction.ts'

/** What the model is told of: what was said before a response, its input, and its output until now. */
export class SaidItems {
  readonly #db: Reader
  readonly #output: Output
  /** It does not change while the response is made. */
  #before: Promise<Before> | undefined

  constructor(db: Reader, output: Output) {
    this.#db = db
    this.#output = output
  }

  /** A read that has failed is tried again. */
  before(): Promise<Before> {
    this.#before ??= readBefore(this.#db, this.#run).catch((error: unknown) => {
      this.#before = undefined
      throw error
    })
    return this.#before
  }

  get #run(): ResponseRecord {
    return this.#output.run
  }

  /** `open` is what is being said, which is told of although it is not over. */
  async all(open?: NewItem): Promise<ReadItem[]> {
    const { earlier, input } = await this.before()
    const own = this.#output.items.filter(
      (one) =>
        (one.part === 'hidden' && one.body.told !== undefined) ||
        (one.part === 'output' && (one === open || !isOpen(one.body))),
    )
    return [
      ...[...earlier, ...input].map(({ body }) => ({ stored: body, own: false })),
      ...own.map(({ body }) => ({ stored: body, own: true })),
    ]
  }
}
