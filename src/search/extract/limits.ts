/** The limits for one file. */
export interface ExtractLimits {
  /** The maximum length of the text in UTF-16 units, which is about 5 million tokens of English. */
  maxText: number
  maxTokens: number
  /**
   * The maximum time for a file in milliseconds, and the additional time for each page when the number of pages is
   * known.
   */
  fileMs: number
  pageMs: number
  /** The JavaScript heap of one worker. Buffers and WebAssembly are not part of it and have their own limits. */
  heapMb: number
  /** The maximum memory of PDFium. A thread in which it has grown to more than half of that reads no other file. */
  pdfiumMb: number
  zip: ZipLimits
  /** The maximum size of files that are read as a whole: html, rtf, doc. */
  maxWholeBytes: number
}

export interface ZipLimits {
  maxEntries: number
  /** The maximum size of all unpacked parts of one file together. */
  maxBytes: number
  /**
   * The maximum ratio of unpacked to packed size for entries of more than 10 MB. XML of real sheets has less than 100.
   */
  maxRatio: number
}

export const defaultExtractLimits: ExtractLimits = {
  maxText: 20_000_000,
  maxTokens: 5_000_000,
  fileMs: 60_000,
  pageMs: 20,
  heapMb: 512,
  pdfiumMb: 512,
  zip: { maxEntries: 20_000, maxBytes: 512 * 2 ** 20, maxRatio: 250 },
  maxWholeBytes: 64 * 2 ** 20,
}
