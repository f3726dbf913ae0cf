/**
 * The framing that both ends use on the stdio of a kernel.
 *
 * A control line is one JSON object and a newline, at most `maxLine` bytes. A binary frame is the line `#<id> <length>`
 * followed by exactly that many bytes. The time of the parser is linear in its input: a chunk is searched once and
 * joined at most once. Searching a growing string again for every chunk took 11 to 29 s for 20 MB.
 *
 * This file also runs inside the sandbox, so it imports nothing.
 */

export const maxLine = 1 << 20
export const maxFrame = 1 << 18

/** The other side sent something that is not this protocol, so the connection cannot be used any more. */
export class FrameError extends Error {
  override name = 'FrameError'
}

export type Frame = { line: string } | { id: number; bytes: Uint8Array }

const newline = 10
const header = /^#(\d{1,9}) (\d{1,7})$/

export class FrameParser {
  #parts: Uint8Array[] = []
  #length = 0
  /** The number of bytes that the current binary frame still needs. It is -1 while a line is read. */
  #missing = -1
  #id = 0

  #keep(part: Uint8Array): void {
    this.#parts.push(part)
    this.#length += part.length
    // When the sender writes single bytes, this would otherwise keep one object for each byte.
    if (this.#parts.length >= 1024) this.#parts = [this.#join()]
  }

  /** Yields the complete frames in `chunk` and in what was kept of earlier chunks. Throws FrameError. */
  *push(chunk: Uint8Array): Generator<Frame, void> {
    let at = 0
    while (at < chunk.length) {
      if (this.#missing > 0) {
        const end = Math.min(chunk.length, at + this.#missing)
        this.#keep(chunk.subarray(at, end))
        this.#missing -= end - at
        at = end
        if (this.#missing === 0) yield this.#frame()
        continue
      }
      const found = chunk.indexOf(newline, at)
      const end = found === -1 ? chunk.length : found
      if (this.#length + end - at > maxLine) throw new FrameError('a line is too long')
      this.#keep(chunk.subarray(at, end))
      if (found === -1) return
      at = found + 1
      const line = new TextDecoder().decode(this.#take())
      if (!line.startsWith('#')) {
        yield { line }
        continue
      }
      const [, id, size] = header.exec(line) ?? []
      if (id === undefined || size === undefined || Number(size) > maxFrame)
        throw new FrameError('a bad header')
      this.#id = Number(id)
      this.#missing = Number(size)
      if (this.#missing === 0) yield this.#frame()
    }
  }

  #join(): Uint8Array {
    const [only] = this.#parts
    if (only !== undefined && this.#parts.length === 1) return only
    const whole = new Uint8Array(this.#length)
    let at = 0
    for (const part of this.#parts) {
      whole.set(part, at)
      at += part.length
    }
    return whole
  }

  #take(): Uint8Array {
    const whole = this.#join()
    this.#parts = []
    this.#length = 0
    return whole
  }

  #frame(): Frame {
    this.#missing = -1
    return { id: this.#id, bytes: this.#take() }
  }
}

export function lineFrame(message: object): Uint8Array {
  const line = new TextEncoder().encode(`${JSON.stringify(message)}\n`)
  if (line.length > maxLine + 1) throw new FrameError('a line is too long')
  return line
}

/** Yields the pieces to write, in order, for the bytes of one message. Nothing is copied. */
export function* binaryFrames(id: number, bytes: Uint8Array): Generator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += maxFrame) {
    const part = bytes.subarray(at, at + maxFrame)
    yield new TextEncoder().encode(`#${id} ${part.length}\n`)
    yield part
  }
}

/** An empty frame, which means that no more bytes will come for this id. */
export function endFrame(id: number): Uint8Array {
  return new TextEncoder().encode(`#${id} 0\n`)
}
