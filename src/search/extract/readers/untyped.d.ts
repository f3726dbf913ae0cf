// What is used of two libraries that come without types.

declare module 'turndown' {
  interface Element {
    nodeName: string
    previousElementSibling: Element | null
    getAttribute(name: string): string | null
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

declare module 'word-extractor' {
  interface TextOptions {
    filterUnicode: boolean
  }
  interface WordDocument {
    getBody(options: TextOptions): string
    getFootnotes(options: TextOptions): string
    getEndnotes(options: TextOptions): string
    getTextboxes(options: TextOptions & { includeHeadersAndFooters: boolean }): string
  }
  export default class WordExtractor {
    extract(source: Uint8Array): Promise<WordDocument>
  }
}
