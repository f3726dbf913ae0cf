import { fileTooLarge } from './failures.ts'

/** Joins pieces of text and limits their total length to that of a file's text. */
export interface TextBuilder {
  add(text: string): void
  /** The text that was added since the last call. */
  take(): string
}

export function textBuilder(maxText: number): TextBuilder {
  let pieces: string[] = []
  let length = 0
  return {
    add(text) {
      length += text.length
      if (length > maxText) throw fileTooLarge()
      pieces.push(text)
    },
    take() {
      const text = pieces.join('')
      pieces = []
      return text
    },
  }
}
