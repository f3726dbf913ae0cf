import type { WrappedPdfiumModule } from '@embedpdf/pdfium'
import { findLoosely } from './find-loosely.ts'
import type { Box } from './pdf-requests.ts'

/** Positions are computed on a page that is this many units wide and high. */
const units = 100_000
const mostCharacters = 200_000

/** Where a text stands on a page: a box for each of its lines. Empty when the page does not have it. */
export function findOnPage(pdfium: WrappedPdfiumModule, page: number, text: string): Box[] {
  const textPage = pdfium.FPDFText_LoadPage(page)
  if (textPage === 0) return []
  const place = pdfium.pdfium.wasmExports.malloc(32)
  try {
    const count = Math.min(pdfium.FPDFText_CountChars(textPage), mostCharacters)
    const characters = Array.from({ length: count }, (_, index) =>
      String.fromCodePoint(pdfium.FPDFText_GetUnicode(textPage, index) || 0x20),
    )
    const found = findLoosely(characters, text)
    if (!found) return []
    const boxes = pdfium.FPDFText_CountRects(textPage, found.start, found.end - found.start)
    return Array.from({ length: boxes }, (_, index) => {
      pdfium.FPDFText_GetRect(textPage, index, place, place + 8, place + 16, place + 24)
      const corners = new DataView(pdfium.pdfium.HEAPU8.buffer, place, 32)
      const at = (offset: number) => corners.getFloat64(offset, true)
      const [left, top, right, bottom] = [at(0), at(8), at(16), at(24)]
      return boxBetween(
        toDevice(pdfium, page, place, left, top),
        toDevice(pdfium, page, place, right, bottom),
      )
    })
  } finally {
    pdfium.pdfium.wasmExports.free(place)
    pdfium.FPDFText_ClosePage(textPage)
  }
}

/** PDFium knows how the page is turned and cut. */
function toDevice(
  pdfium: WrappedPdfiumModule,
  page: number,
  place: number,
  x: number,
  y: number,
): [number, number] {
  pdfium.FPDF_PageToDevice(page, 0, 0, units, units, 0, x, y, place, place + 4)
  const point = new DataView(pdfium.pdfium.HEAPU8.buffer, place, 8)
  return [point.getInt32(0, true) / units, point.getInt32(4, true) / units]
}

const boxBetween = ([x1, y1]: [number, number], [x2, y2]: [number, number]): Box => ({
  left: Math.min(x1, x2),
  top: Math.min(y1, y2),
  width: Math.abs(x2 - x1),
  height: Math.abs(y2 - y1),
})
