/**
 * How long an answer may become whose maximum nobody has set. Before it outgrows what there is room for, more is asked for, as
 * much as there was: so a long answer asks seldom.
 */
export class AnswerRoom {
  #room: number
  #said = 0
  #grow: (tokens: number) => Promise<void>

  /** `grow` resolves when the answer may have so many tokens more, and rejects when it has to end. */
  constructor(room: number, grow: (tokens: number) => Promise<void>) {
    this.#room = room
    this.#grow = grow
  }

  /** Counts what an answer has said, in tokens. Returns a promise when nothing more may be read before it resolves. */
  say(tokens: number): Promise<void> | undefined {
    this.#said += tokens
    if (this.#said < this.#room * nearlyFull) return undefined
    const more = this.#room
    this.#room += more
    return this.#grow(more)
  }
}

/** Before all of it is used, because several tokens arrive at once, and their number is an estimate. */
const nearlyFull = 0.9
