/**
 * Splits a stream of text into lines. A line that arrives in many packets is joined once, at its end, because joining
 * it with every packet would take quadratic time.
 */
export class LineReader {
  #fragments: string[] = []
  #length = 0

  /** The length of the unfinished line, in characters. */
  get pendingLength(): number {
    return this.#length
  }

  /** Yields the lines that this packet completes, without their line breaks. */
  *push(packet: string): Generator<string> {
    let from = 0
    for (let at = packet.indexOf('\n'); at >= 0; at = packet.indexOf('\n', from)) {
      const line = this.#take(packet.slice(from, at))
      from = at + 1
      yield line.endsWith('\r') ? line.slice(0, -1) : line
    }
    if (from === packet.length) return
    this.#fragments.push(packet.slice(from))
    this.#length += packet.length - from
  }

  /** The text after the last line break. */
  rest(): string {
    return this.#take('')
  }

  #take(end: string): string {
    if (this.#length === 0) return end
    const line = this.#fragments.join('') + end
    this.#fragments = []
    this.#length = 0
    return line
  }
}
