/**
 * The work of one connection. That of a lane is done in the order in which it came, and lanes go on side by side. What has no
 * place yet waits for one.
 */
export class Lanes {
  readonly #max: { named: number; atOnce: number }
  /** The end of the last work of each lane that has any. The lane without a name is ''. */
  readonly #ends = new Map<string, Promise<void>>()
  /** All names that were ever used, because the original counts them until the connection ends. */
  readonly #names = new Set<string>()
  #atOnce = 0
  readonly #waiting: (() => void)[] = []

  constructor(max: { named: number; atOnce: number }) {
    this.#max = max
  }

  /** Whether there may be a lane of this name. */
  admits(name: string | undefined): boolean {
    return name === undefined || this.#names.has(name) || this.#names.size < this.#max.named
  }

  /** Resolves when the work is done, which must not reject. */
  async run(name: string | undefined, work: () => Promise<void>): Promise<void> {
    if (name !== undefined) this.#names.add(name)
    const lane = name ?? ''
    const end = this.#next(this.#ends.get(lane), work)
    this.#ends.set(lane, end)
    await end
    if (this.#ends.get(lane) === end) this.#ends.delete(lane)
  }

  async #next(before: Promise<void> | undefined, work: () => Promise<void>): Promise<void> {
    await before
    if (this.#atOnce < this.#max.atOnce) this.#atOnce++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    await work()
    const next = this.#waiting.shift()
    if (next) next()
    else this.#atOnce--
  }
}
