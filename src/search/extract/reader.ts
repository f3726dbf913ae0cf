import type { ExtractedPart } from './extracted.ts'
import type { ExtractLimits } from './limits.ts'

/** A file on this machine. `filename` is the name that its owner gave it, whose extension says the format. */
export interface SourceFile {
  path: string
  filename: string
  bytes: number
}

export interface Reading {
  limits: ExtractLimits
  /** Reports the number of pages as soon as it is known, because a long document gets more time. */
  pages: (count: number) => void
  warn: (text: string) => void
  /** Prevents the thread from reading another file after this one. */
  wearOut: () => void
}

/**
 * Gives the text of a file in reading order. Parts are joined unchanged, with a newline after parts that do not end
 * with one.
 */
export type FormatReader = (file: SourceFile, reading: Reading) => AsyncIterable<ExtractedPart>
