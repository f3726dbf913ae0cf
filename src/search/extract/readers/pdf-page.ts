import { readAnnotations } from './pdf-annotations.ts'
import { appearanceLines } from './pdf-appearance.ts'
import { withLigaturesInOrder } from './pdf-ligatures.ts'
import { withWordGaps } from './pdf-letter-gaps.ts'
import type { Pdfium } from './pdfium.ts'

const kindOfImage = 3
const kindOfForm = 5
/** The maximum number of objects to check. A page with more objects is not a scan. */
const objectsLookedAt = 500

export interface PdfPage {
  text: string
  /**
   * Whether the page has an image. It is checked only when there is almost no text, because then the page may be a
   * scan.
   */
  image: boolean
}

/**
 * The text of a page, whose index counts from 0. Undefined when it cannot be read. Everything that is opened is closed
 * again.
 */
export function readPdfPage(
  pdfium: Pdfium,
  { document, form }: { document: number; form: number },
  index: number,
  maxText: number,
): PdfPage | undefined {
  const { api } = pdfium
  const page = api.FPDF_LoadPage(document, index)
  if (page === 0) return undefined
  try {
    const printed = printedText(pdfium, page, maxText)
    if (printed === undefined) return undefined
    const { lines, count, drawn } = readAnnotations(pdfium, form, page)
    const image = printed.trim().length < 20 && lines.join('').length < 20 && hasImage(pdfium, page)
    const open = { document, index, page, printed }
    const textOf = (painted: number) => printedText(pdfium, painted, maxText) ?? ''
    const pictured = drawn.size > 0 ? appearanceLines(pdfium, open, { wanted: drawn, count, textOf }) : []
    const added = pictured.filter((line) => !lines.includes(line))
    return { text: [printed, ...lines, ...added].filter(Boolean).join('\n'), image }
  } finally {
    api.FPDF_ClosePage(page)
  }
}

function printedText(pdfium: Pdfium, page: number, maxText: number): string | undefined {
  const textPage = pdfium.api.FPDFText_LoadPage(page)
  if (textPage === 0) return undefined
  try {
    const text = withLigaturesInOrder(pdfium, textPage, textOf(pdfium, textPage, maxText))
    return withWordGaps(pdfium, textPage, text)
  } finally {
    pdfium.api.FPDFText_ClosePage(textPage)
  }
}

function textOf(pdfium: Pdfium, textPage: number, maxText: number): string {
  const count = Math.min(pdfium.api.FPDFText_CountChars(textPage), maxText)
  if (count <= 0) return ''
  // Characters outside the basic plane need two units, and there is a zero at the end.
  const units = count * 2 + 1
  const address = pdfium.alloc(units * 2)
  try {
    const written = pdfium.api.FPDFText_GetText(textPage, 0, count, address)
    return pdfium.text(address, Math.max(Math.min(written, units) - 1, 0))
  } finally {
    pdfium.free(address)
  }
}

function hasImage({ api }: Pdfium, page: number): boolean {
  const objects = Math.min(api.FPDFPage_CountObjects(page), objectsLookedAt)
  for (let at = 0; at < objects; at++) {
    const object = api.FPDFPage_GetObject(page, at)
    const kind = object === 0 ? 0 : api.FPDFPageObj_GetType(object)
    if (kind === kindOfImage) return true
    if (kind !== kindOfForm) continue
    const inner = Math.min(api.FPDFFormObj_CountObjects(object), objectsLookedAt)
    for (let below = 0; below < inner; below++) {
      const child = api.FPDFFormObj_GetObject(object, below)
      if (child !== 0 && api.FPDFPageObj_GetType(child) === kindOfImage) return true
    }
  }
  return false
}
