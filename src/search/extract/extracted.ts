/** A part of a file's text, in reading order. `page` is the number of the page, slide or sheet, counted from 1. */
export interface ExtractedPart {
  text: string
  page?: number
  /** The headings above the text, joined by ` > ` with the outermost first, if the format has headings. */
  heading?: string
}

export interface Extraction {
  parts: ExtractedPart[]
  /** What could not be read although the rest could. The warnings are for operators and not part of the API. */
  warnings: string[]
}

/** Why no text could be read from a file. The codes are those of `last_error` of a vector store file. */
export class ExtractionFailure extends Error {
  override name = 'ExtractionFailure'
  readonly code: 'unsupported_file' | 'invalid_file' | 'server_error'
  constructor(code: ExtractionFailure['code'], message: string) {
    super(message)
    this.code = code
  }
}
