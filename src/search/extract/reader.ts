import type { ExtractedPart } from './extracted.ts'
import type { ExtractLimits } from './limits.ts'

/** A file of this machine; `filename` is the name that its owner gave it and says the format. */
export interface SourceFile {
  path: string
  filename: string
  bytes: number
}

export interface Reading {
  limits: ExtractLimits
  /** Tells how many pages there are, as soon as that is known: a long document gets more time. */
  pages: (count: number) => void
  warn: (text: string) => void
  /** The thread is not to read another file after this one. */
  wearOut: () => void
}

/** Gives a file's text in reading order. Parts are joined as they are, with a newline where one does not end in one. */
export type FormatReader = (file: SourceFile, reading: Reading) => AsyncIterable<ExtractedPart>
