import type { UrlCitation } from '../models/citations.ts'
import { lengthOf } from '../models/url-annotation.ts'
import type { TextWriter } from './transcript.ts'

/** Text that is not shown before its end, with what it is taken from. */
export class HeldAnswer implements Pick<TextWriter, 'append' | 'cite'> {
  #text = ''
  #citations: UrlCitation[] = []

  get text(): string {
    return this.#text
  }

  append(text: string): void {
    this.#text += text
  }

  cite(citation: UrlCitation): void {
    this.#citations.push(citation)
  }

  /** Gives `text`, all of it or a part, to a writer that has no other text, with the citations whose places are in there. */
  release(writer: TextWriter, text = this.#text): void {
    writer.append(text)
    const before = lengthOf(this.#text.slice(0, Math.max(0, this.#text.indexOf(text))))
    const length = this.#text.includes(text) ? lengthOf(text) : -1
    for (const { start, end, ...source } of this.#citations) {
      const place = { start: Math.max(0, start - before), end: Math.min(length, end - before) }
      if (place.start <= place.end) writer.cite?.({ ...source, ...place })
    }
    this.#text = ''
    this.#citations = []
  }
}
