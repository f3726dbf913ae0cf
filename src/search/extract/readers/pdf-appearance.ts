import type { Pdfium } from './pdfium.ts'

const hidden = 2

/** An open page and its text. */
export interface OpenPage {
  document: number
  /** The index of the page, counted from 0. */
  index: number
  page: number
  printed: string
}

/**
 * The text in the appearance of these annotations, such as stamps, line by line. PDFium only reads text of pages, so
 * the appearances are painted into the page in memory, and the text that was there before is removed from the result.
 * After that, all other annotations of the page are hidden.
 */
export function appearanceLines(
  pdfium: Pdfium,
  { document, index, page, printed }: OpenPage,
  { wanted, count, textOf }: { wanted: Set<number>; count: number; textOf: (page: number) => string },
): string[] {
  const { api } = pdfium
  for (let at = 0; at < count; at++) {
    if (wanted.has(at)) continue
    const annotation = api.FPDFPage_GetAnnot(page, at)
    if (annotation === 0) continue
    api.FPDFAnnot_SetFlags(annotation, api.FPDFAnnot_GetFlags(annotation) | hidden)
    api.FPDFPage_CloseAnnot(annotation)
  }
  const flattened = 1
  if (api.FPDFPage_Flatten(page, 0) !== flattened) return []
  const painted = api.FPDF_LoadPage(document, index)
  if (painted === 0) return []
  try {
    const text = textOf(painted)
    const lines = (all: string) => all.split(/\r?\n/).map((line) => line.trim())
    const before = new Set(lines(printed))
    const added = text.startsWith(printed)
      ? lines(text.slice(printed.length))
      : lines(text).filter((line) => !before.has(line))
    return added.filter(Boolean)
  } finally {
    api.FPDF_ClosePage(painted)
  }
}
