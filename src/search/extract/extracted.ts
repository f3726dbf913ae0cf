/** A piece of a file's text in reading order. `page` counts from 1: a page, a slide or a sheet. */
export interface ExtractedPart {
  text: string
  page?: number
  /** The headings above it, outermost first, joined by ` > `, where the format has them. */
  heading?: string
}

export interface Extraction {
  parts: ExtractedPart[]
  /** What could not be read though the rest could: for people, not for the wire. */
  warnings: string[]
}

/** Why a file has no text; the codes are those of a vector store file's `last_error`. */
export class ExtractionFailure extends Error {
  override name = 'ExtractionFailure'
  readonly code: 'unsupported_file' | 'invalid_file' | 'server_error'
  constructor(code: ExtractionFailure['code'], message: string) {
    super(message)
    this.code = code
  }
}
