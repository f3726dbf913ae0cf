import type { LanguageModelV4StreamPart } from '@ai-sdk/provider'
import { citationsIn } from '../models/citations.ts'
import type { TextWriter } from './transcript.ts'

/**
 * Says what the text of a turn is taken from. Providers count from the beginning of each of their blocks of text, and writers
 * from the first text that they were given.
 */
export class Citing {
  #writer: TextWriter | undefined
  /** In code points, of what the writer was given, and of that before the block that is open. */
  #length = 0
  #before = 0

  /** A block of text begins, for the writer that is open, if there is one. */
  begin(writer: TextWriter | undefined): void {
    this.#to(writer)
    this.#before = this.#length
  }

  append(writer: TextWriter, text: string): void {
    this.#to(writer)
    for (const _ of text) this.#length++
    writer.append(text)
  }

  cite(part: LanguageModelV4StreamPart, writer: TextWriter | undefined): void {
    if (!writer?.cite || writer !== this.#writer) return
    for (const { start, end, ...source } of citationsIn(part))
      writer.cite({ ...source, start: this.#before + start, end: this.#before + end })
  }

  #to(writer: TextWriter | undefined): void {
    if (writer === this.#writer) return
    this.#writer = writer
    this.#length = this.#before = 0
  }
}
