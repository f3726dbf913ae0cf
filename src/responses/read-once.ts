/** Portions that are read as far as they are asked for, and kept for who asks again. */
export class ReadOnce<T> {
  readonly #next: () => Promise<T | undefined>
  readonly #read: T[] = []

  /** `next` gives undefined at the end. It is asked again where it has failed. */
  constructor(next: () => Promise<T | undefined>) {
    this.#next = next
  }

  /** From the first portion on. One reader at a time. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let at = 0; ; at++) {
      const portion = this.#read[at] ?? (await this.#next())
      if (portion === undefined) return
      this.#read[at] = portion
      yield portion
    }
  }
}
