import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { citationsIn } from '../models/citations.ts'
import { lengthOf } from '../models/url-annotation.ts'
import type { TextWriter } from './transcript.ts'

type Cited = Pick<TextWriter, 'append' | 'cite'>

/**
 * Says what the text of a turn is taken from. Providers count from the beginning of each of their blocks of text, and writers
 * from the first text that they were given. A call between may part a block among two writers. What lies outside of the text is left
 * out, because clients cut it there.
 */
export class Citing {
  #writer: Cited | undefined
  /** In code points, of what the writer was given, and of that before the block that is open. */
  #length = 0
  #before = 0
  /** In code points, of what the block that is open has given to any writer. */
  #block = 0

  /** A block of text begins, for the writer that is open, if there is one. */
  begin(writer: Cited | undefined): void {
    this.#to(writer)
    this.#before = this.#length
    this.#block = 0
  }

  append(writer: Cited, text: string): void {
    this.#to(writer)
    const length = lengthOf(text)
    this.#length += length
    this.#block += length
    writer.append(text)
  }

  cite(part: LanguageModelV4StreamPart, writer: Cited | undefined): void {
    if (!writer?.cite || writer !== this.#writer) return
    for (const { start, end, ...source } of citationsIn(part)) {
      const place = {
        start: Math.max(0, this.#before + start),
        end: Math.min(this.#length, this.#before + end),
      }
      if (place.start <= place.end) writer.cite({ ...source, ...place })
    }
  }

  /** Another writer has been given all that this one was. */
  move(from: Cited, to: Cited): void {
    if (this.#writer === from) this.#writer = to
  }

  #to(writer: Cited | undefined): void {
    if (writer === this.#writer) return
    this.#writer = writer
    this.#length = 0
    this.#before = -this.#block
  }
}
