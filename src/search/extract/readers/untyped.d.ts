// The used parts of two libraries that have no types.

declare module 'turndown' {
  interface Element {
    nodeName: string
    previousElementSibling: Element | null
    textContent: string | null
    getAttribute(name: string): string | null
    hasAttribute(name: string): boolean
    getElementsByTagName(name: string): ArrayLike<Element>
  }
  interface Rule {
    filter: string | string[]
    replacement(text: string, node: Element): string
  }
  export default class TurndownService {
    constructor(options: { headingStyle: 'atx'; bulletListMarker: '-'; codeBlockStyle: 'fenced' })
    escape: (text: string) => string
    addRule(name: string, rule: Rule): this
    turndown(html: string): string
  }
}

declare module 'word-extractor/lib/word-ole-extractor.js' {
  import type BufferReader from 'word-extractor/lib/buffer-reader.js'
  /** A run of text that is contiguous in the file. */
  interface Piece {
    text: string
    /** The number of characters according to the document. */
    totLength: number
    startFilePos: number
    /** The number of bytes per character. */
    bpc: number
  }
  export default class WordOleExtractor<Texts> {
    _pieces: Piece[]
    /** The number of characters in each part of the document, by the names in [MS-DOC]. */
    _boundaries: Record<string, number>
    extract(reader: BufferReader): Promise<Texts>
    writeCharacterProperties(document: Buffer, table: Buffer): void
    buildDocument(): Texts
  }
}

declare module 'word-extractor/lib/buffer-reader.js' {
  export default class BufferReader {
    constructor(bytes: Buffer)
  }
}

declare module 'word-extractor/lib/filters.js' {
  export function clean(text: string): string
}
