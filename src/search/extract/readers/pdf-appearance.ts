import type { Pdfium } from './pdfium.ts'

const hidden = 2

/** A page that is open, and the text of it. */
export interface OpenPage {
  document: number
  /** Counted from 0. */
  index: number
  page: number
  printed: string
}

/**
 * What the pictures of these annotations say, as of stamps, line by line as they stand. PDFium reads text from pages
 * alone, so they are painted into the page, in memory, and what is printed there before is taken off. Afterwards the page
 * has no other annotations that can be seen.
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
