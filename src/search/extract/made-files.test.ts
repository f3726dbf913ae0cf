import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strToU8, zipSync, type Zippable } from 'fflate'
import { ExtractionFailure, type Extraction } from './extracted.ts'
import { startExtractor, type ExtractorSettings } from './extractor.ts'

// Makes files for tests. They are written by hand, so that a test shows what is in them. It contains no tests.

export const never = new AbortController().signal

/** An extractor and a folder for one test file. */
export function reading(settings: ExtractorSettings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'made-files-'))
  const extractor = startExtractor({ workers: 1, ...settings })
  const put = (filename: string, content: string | Uint8Array) => {
    const path = join(folder, randomUUID())
    writeFileSync(path, content)
    return { path, filename, bytes: Buffer.byteLength(content) }
  }
  return {
    folder,
    extractor,
    put,
    read: (filename: string, content: string | Uint8Array): Promise<Extraction> =>
      extractor.extract(put(filename, content), never),
    async text(filename: string, content: string | Uint8Array): Promise<string> {
      const { parts } = await extractor.extract(put(filename, content), never)
      return parts.map((part) => part.text).join('')
    },
    /** The failure of a file as `code: message`. */
    async failure(filename: string, content: string | Uint8Array): Promise<string> {
      const error: unknown = await extractor.extract(put(filename, content), never).then(
        ({ parts }) => new Error(`read: ${JSON.stringify(parts).slice(0, 300)}`),
        (reason: unknown) => reason,
      )
      return error instanceof ExtractionFailure ? `${error.code}: ${error.message}` : String(error)
    },
    async [Symbol.asyncDispose]() {
      await extractor.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const zip = (files: Record<string, string | Uint8Array>) =>
  zipSync(
    Object.fromEntries(
      Object.entries(files).map(([name, content]) => [
        name,
        typeof content === 'string' ? strToU8(content) : content,
      ]),
    ) satisfies Zippable,
  )

const relation = (id: string, kind: string, target: string) =>
  `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${kind}" Target="${target}"/>`

export const relations = (...list: [id: string, kind: string, target: string][]) =>
  `<?xml version="1.0"?><Relationships>${list.map((one) => relation(...one)).join('')}</Relationships>`

export const docx = (body: string, more: Record<string, string> = {}) =>
  zip({
    '_rels/.rels': relations(['r1', 'officeDocument', 'word/document.xml']),
    'word/document.xml': `<?xml version="1.0"?><w:document xmlns:w="w"><w:body>${body}</w:body></w:document>`,
    ...more,
  })

export const paragraph = (text: string, settings = '') =>
  `<w:p>${settings && `<w:pPr>${settings}</w:pPr>`}<w:r><w:t>${text}</w:t></w:r></w:p>`

export const pptx = (slides: string[], more: Record<string, string> = {}) =>
  zip({
    'ppt/presentation.xml': `<p:presentation xmlns:p="p" xmlns:r="r"><p:sldIdLst>${slides
      .map((_, at) => `<p:sldId id="${256 + at}" r:id="s${at}"/>`)
      .join('')}</p:sldIdLst></p:presentation>`,
    'ppt/_rels/presentation.xml.rels': relations(
      ...slides.map((_, at): [string, string, string] => [`s${at}`, 'slide', `slides/slide${at + 1}.xml`]),
    ),
    ...Object.fromEntries(slides.map((slide, at) => [`ppt/slides/slide${at + 1}.xml`, slide])),
    ...more,
  })

export const slide = (title: string, ...lines: string[]) =>
  `<p:sld xmlns:p="p" xmlns:a="a"><p:sp><p:nvPr><p:ph type="title"/></p:nvPr><a:p><a:r><a:t>${title}</a:t></a:r></a:p></p:sp>` +
  `<p:sp><p:txBody>${lines.map((line) => `<a:p><a:r><a:t>${line}</a:t></a:r></a:p>`).join('')}</p:txBody></p:sp>` +
  `<p:sp><p:nvPr><p:ph type="sldNum"/></p:nvPr><a:p><a:fld><a:t>99</a:t></a:fld></a:p></p:sp></p:sld>`

export const xlsx = (sheets: Record<string, string>, more: Record<string, string> = {}) => {
  const names = Object.keys(sheets)
  return zip({
    'xl/workbook.xml': `<workbook xmlns:r="r"><sheets>${names
      .map((name, at) => `<sheet name="${name}" sheetId="${at + 1}" r:id="s${at}"/>`)
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': relations(
      ...names.map((_, at): [string, string, string] => [
        `s${at}`,
        'worksheet',
        `worksheets/sheet${at + 1}.xml`,
      ]),
      ['strings', 'sharedStrings', 'sharedStrings.xml'],
      ['styles', 'styles', 'styles.xml'],
    ),
    ...Object.fromEntries(
      names.map((name, at) => [
        `xl/worksheets/sheet${at + 1}.xml`,
        `<worksheet><sheetData>${sheets[name]}</sheetData></worksheet>`,
      ]),
    ),
    ...more,
  })
}

export const odf = (content: string, more: Record<string, string> = {}) =>
  zip({
    mimetype: 'application/vnd.oasis.opendocument.text',
    'content.xml': `<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="ta" xmlns:draw="d"><office:body>${content}</office:body></office:document-content>`,
    ...more,
  })

export const epub = (chapters: string[]) =>
  zip({
    mimetype: 'application/epub+zip',
    'META-INF/container.xml':
      '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
    'OEBPS/book.opf': `<package><manifest>${chapters
      .map(
        (_, at) => `<item id="c${at}" href="text/chapter%20${at}.xhtml" media-type="application/xhtml+xml"/>`,
      )
      .join(
        '',
      )}</manifest><spine>${chapters.map((_, at) => `<itemref idref="c${at}"/>`).join('')}</spine></package>`,
    ...Object.fromEntries(
      chapters.map((chapter, at) => [
        `OEBPS/text/chapter ${at}.xhtml`,
        `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>Book</title></head><body>${chapter}</body></html>`,
      ]),
    ),
  })

export interface PdfPage {
  /** Lines of text with their positions, measured from the lower left corner. */
  lines?: [x: number, y: number, text: string][]
  /**
   * The gap between letters in points. Between words it is twice as wide plus half a letter, and no space is painted.
   */
  letterGap?: number
  /** A grey picture on the whole page, as from a scanner. */
  scanned?: boolean
  /**
   * Dictionaries of annotations, without their brackets. Form fields become fields of the document's form. A dictionary
   * that ends with `/says (…)` gets an appearance that paints this text.
   */
  annotations?: string[]
}

const escaped = (text: string) => text.replace(/[\\()]/g, '\\$&')

/** Letters with a gap between them, in hundredths of the font size of ten points. */
const apart = (text: string, gap: number) =>
  `[${[...text].map((sign) => (sign === ' ' ? -100 * gap - 500 : `(${escaped(sign)}) ${-100 * gap}`)).join(' ')}] TJ`

/** A PDF in letter size with Helvetica 10. `\x01` in a text is the ligature fi. */
export function pdf(
  pages: PdfPage[],
  {
    encrypted = false,
    outline = [],
  }: { encrypted?: boolean; outline?: [title: string, page: number][] } = {},
): Buffer {
  const objects: string[] = []
  const add = (body: string) => objects.push(body)
  const stream = (dictionary: string, body: string) =>
    `<< ${dictionary} /Length ${body.length} >>\nstream\n${body}\nendstream`
  const firstPage = 5
  const firstOutline = firstPage + pages.length * 2
  const firstAnnotation = firstOutline + (outline.length > 0 ? outline.length + 1 : 0)
  const annotations = pages.flatMap((page) => page.annotations ?? [])
  const fields = annotations.flatMap((one, at) =>
    one.includes('/FT') ? [`${firstAnnotation + at} 0 R`] : [],
  )
  const root =
    (outline.length > 0 ? ` /Outlines ${firstOutline} 0 R` : '') +
    (fields.length > 0 ? ` /AcroForm << /Fields [${fields.join(' ')}] >>` : '')
  let annotated = firstAnnotation
  add(`<< /Type /Catalog /Pages 2 0 R${root} >>`)
  add(
    `<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, at) => `${firstPage + at * 2} 0 R`).join(' ')}] >>`,
  )
  add(
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding << /BaseEncoding /WinAnsiEncoding /Differences [1 /fi] >> >>',
  )
  add(
    stream(
      '/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8',
      '\x80',
    ),
  )
  for (const { lines = [], letterGap = 0, scanned, annotations: own = [] } of pages) {
    const annots = own.length > 0 ? ` /Annots [${own.map(() => `${annotated++} 0 R`).join(' ')}]` : ''
    add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${objects.length + 2} 0 R${annots} ` +
        '/Resources << /Font << /F 3 0 R >> /XObject << /I 4 0 R >> >> >>',
    )
    const texts = lines.map(
      ([x, y, text]) =>
        `BT /F 10 Tf ${x} ${y} Td ${letterGap > 0 ? apart(text, letterGap) : `(${escaped(text)}) Tj`} ET`,
    )
    add(stream('', [...texts, scanned ? 'q 612 0 0 792 0 0 cm /I Do Q' : ''].join('\n')))
  }
  if (outline.length > 0) {
    const last = firstOutline + outline.length
    add(`<< /Type /Outlines /First ${firstOutline + 1} 0 R /Last ${last} 0 R /Count ${outline.length} >>`)
    for (const [at, [title, page]] of outline.entries()) {
      const own = firstOutline + 1 + at
      const next = own < last ? ` /Next ${own + 1} 0 R` : ''
      const target = `${firstPage + (page - 1) * 2} 0 R`
      add(`<< /Title (${title}) /Parent ${firstOutline} 0 R${next} /Dest [${target} /Fit] >>`)
    }
  }
  const painted = annotations.map((one) => /^(.*)\/says \((.*)\)$/s.exec(one))
  let appearance = firstAnnotation + annotations.length
  for (const [at, one] of annotations.entries()) {
    const drawn = painted[at] && ` /AP << /N ${appearance++} 0 R >>`
    add(`<< /Type /Annot /Rect [72 600 200 620] ${painted[at]?.[1] ?? one}${drawn ?? ''} >>`)
  }
  for (const one of painted) {
    const form = '/Type /XObject /Subtype /Form /BBox [0 0 128 20] /Resources << /Font << /F 3 0 R >> >>'
    if (one) add(stream(form, `BT /F 10 Tf 2 5 Td (${one[2]}) Tj ET`))
  }
  const secret = 'ab'.repeat(32)
  const encrypt = objects.length + 1
  if (encrypted) add(`<< /Filter /Standard /V 1 /R 2 /P -4 /O <${secret}> /U <${secret}> >>`)

  const pieces = ['%PDF-1.4\n']
  let length = pieces[0]?.length ?? 0
  const offsets = objects.map((body, at) => {
    const offset = length
    const piece = `${at + 1} 0 obj\n${body}\nendobj\n`
    pieces.push(piece)
    length += piece.length
    return offset
  })
  pieces.push(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`)
  for (const offset of offsets) pieces.push(`${String(offset).padStart(10, '0')} 00000 n \n`)
  const id = encrypted ? ` /Encrypt ${encrypt} 0 R /ID [<00> <00>]` : ''
  pieces.push(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R${id} >>\nstartxref\n${length}\n%%EOF\n`)
  return Buffer.from(pieces.join(''), 'latin1')
}

/**
 * A PDF with one font, whose glyphs are numbered from 1. `maps` has the entry of each glyph in the font's map to
 * Unicode, in hexadecimal digits.
 */
export function pdfOfGlyphs(maps: string[], lines: number[][]): Buffer {
  const code = (glyph: number) => glyph.toString(16).padStart(4, '0')
  const map =
    `/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Own def /CMapType 2 def\n` +
    `1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n${maps.length} beginbfchar\n` +
    `${maps.map((hex, at) => `<${code(at + 1)}> <${hex}>`).join('\n')}\nendbfchar\nendcmap end end`
  const shown = lines.map(
    (glyphs, at) => `BT /G 10 Tf 72 ${720 - at * 20} Td <${glyphs.map(code).join('')}> Tj ET`,
  )
  const stream = (body: string) => `<< /Length ${body.length} >>\nstream\n${body}\nendstream`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /G 5 0 R >> >> >>',
    stream(shown.join('\n')),
    '<< /Type /Font /Subtype /Type0 /BaseFont /Own /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>',
    '<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Own /DW 600 /FontDescriptor 8 0 R ' +
      '/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>',
    stream(map),
    '<< /Type /FontDescriptor /FontName /Own /Flags 4 /FontBBox [0 -200 900 800] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>',
  ]
  // There is no table with the positions of the objects, because readers then search for the objects.
  const body = objects.map((one, at) => `${at + 1} 0 obj\n${one}\nendobj\n`).join('')
  return Buffer.from(`%PDF-1.4\n${body}trailer\n<< /Size 9 /Root 1 0 R >>\nstartxref\n9\n%%EOF\n`, 'latin1')
}
