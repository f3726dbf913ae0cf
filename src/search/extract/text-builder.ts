import { fileTooLarge } from './failures.ts'

/** Text that is put together from pieces and may not become longer than a file's text may be. */
export interface TextBuilder {
  add(text: string): void
  /** Everything since the last call. */
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
