/** What one file may take. */
export interface ExtractLimits {
  /** UTF-16 units of text; about 5M tokens of English. */
  maxText: number
  maxTokens: number
  /** A file's time, counted by the clock on the wall, and what each page, once pages are known, adds to it. */
  fileMs: number
  pageMs: number
  /** JavaScript's heap in one worker. Buffers and WebAssembly are outside it and have limits of their own. */
  heapMb: number
  /** PDFium's memory; it grows no further, and a thread in which it is past half of it reads no other file. */
  pdfiumMb: number
  zip: ZipLimits
  /** Files of formats that are read whole: html, rtf, doc. */
  maxWholeBytes: number
}

export interface ZipLimits {
  maxEntries: number
  /** Of everything that is unpacked of one file. */
  maxBytes: number
  /** Unpacked to packed, of an entry past 10 MB: XML of real sheets stays under 100. */
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
