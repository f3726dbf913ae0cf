import BufferReader from 'word-extractor/lib/buffer-reader.js'
import { clean } from 'word-extractor/lib/filters.js'
import WordOleExtractor from 'word-extractor/lib/word-ole-extractor.js'

// Offsets in the head of a document and codes of properties, from [MS-DOC].
const characterRuns = { at: 0x00fa, size: 0x00fe }
/** The property of text that was deleted while changes were tracked. */
const markedDeleted = 0x0800
const page = 512
/**
 * The size of a property's value in bytes, by the three highest bits of its code. For the seventh, the value contains
 * its size.
 */
const valueSizes = [1, 1, 2, 4, 2, 2, undefined, 3]

export interface DocTexts {
  body: string
  footnotes: string
  endnotes: string
  textboxes: string
}

/**
 * The texts of a document. The library treats some other properties as the mark of deleted text, and loses the whole
 * body when the document claims more characters than it has. Both cases are handled here.
 */
export function docTexts(bytes: Buffer): Promise<DocTexts> {
  return new DocReader().extract(new BufferReader(bytes))
}

class DocReader extends WordOleExtractor<DocTexts> {
  override writeCharacterProperties(document: Buffer, table: Buffer): void {
    const at = document.readUInt32LE(characterRuns.at)
    const plc = table.subarray(at, at + document.readUInt32LE(characterRuns.size))
    const pages = Math.max(0, Math.floor((plc.length - 4) / 8))
    for (let index = 0; index < pages; index++) {
      const start = plc.readUInt32LE((pages + 1 + index) * 4) * page
      const runs = document.subarray(start, start + page)
      if (runs.length < page) continue
      const count = runs.readUInt8(page - 1)
      for (let run = 0; run < count && (count + 1) * 4 + run < page; run++) {
        const settings = runs.readUInt8((count + 1) * 4 + run) * 2
        if (settings === 0) continue
        const size = runs.readUInt8(settings)
        if (isDeleted(runs.subarray(settings + 1, settings + 1 + size)))
          this.#blank(runs.readUInt32LE(run * 4), runs.readUInt32LE((run + 1) * 4))
      }
    }
  }

  override buildDocument(): DocTexts {
    // Positions in the text count all characters that a piece should have, even when the file ends before them.
    const text = this._pieces.map((piece) => piece.text.padEnd(piece.totLength, '\0')).join('')
    const { ccpText = 0, ccpFtn = 0, ccpHdd = 0, ccpAtn = 0, ccpEdn = 0, ccpTxbx = 0 } = this._boundaries
    let end = 0
    const next = (length: number) => clean(text.slice(end, (end += length)))
    const [body = '', footnotes = '', , , endnotes = '', textboxes = ''] = [
      ccpText,
      ccpFtn,
      ccpHdd,
      ccpAtn,
      ccpEdn,
      ccpTxbx,
    ].map(next)
    return { body, footnotes, endnotes, textboxes }
  }

  /** Replaces the text in these bytes of the file by zeros, which are dropped later. */
  #blank(from: number, to: number): void {
    for (const piece of this._pieces) {
      const first = Math.max(0, Math.ceil((from - piece.startFilePos) / piece.bpc))
      const last = Math.min(piece.text.length, Math.ceil((to - piece.startFilePos) / piece.bpc))
      if (last <= first) continue
      piece.text = piece.text.slice(0, first) + '\0'.repeat(last - first) + piece.text.slice(last)
    }
  }
}

function isDeleted(settings: Buffer): boolean {
  for (let at = 0; at + 2 < settings.length;) {
    const property = settings.readUInt16LE(at)
    if (property === markedDeleted) return (settings.readUInt8(at + 2) & 1) === 1
    at += 2 + (valueSizes[property >> 13] ?? settings.readUInt8(at + 2) + 1)
  }
  return false
}
