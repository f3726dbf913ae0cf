import type { WrappedPdfiumModule } from '@embedpdf/pdfium'

/** Annotations are drawn too, and the bytes of a pixel are in the order that a canvas has. */
const flags = 0x01 | 0x10
const white = 0xffffffff
const bytesOfPixel = 4
/** A page that is very high would take all memory. */
const mostPixels = 16_000_000

/** A page as pixels, `width` of them in a row. */
export function drawPage(pdfium: WrappedPdfiumModule, page: number, width: number): ImageData {
  const shape = pdfium.FPDF_GetPageHeightF(page) / pdfium.FPDF_GetPageWidthF(page) || 1
  const columns = Math.max(1, Math.round(Math.min(width, Math.sqrt(mostPixels / shape))))
  const rows = Math.max(1, Math.round(columns * shape))
  const bitmap = pdfium.FPDFBitmap_Create(columns, rows, 0)
  if (bitmap === 0) throw new Error('This page takes too much memory.')
  try {
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, columns, rows, white)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, columns, rows, 0, flags)
    const start = pdfium.FPDFBitmap_GetBuffer(bitmap)
    const pixels = new Uint8ClampedArray(columns * rows * bytesOfPixel)
    pixels.set(pdfium.pdfium.HEAPU8.subarray(start, start + pixels.length))
    return new ImageData(pixels, columns, rows)
  } finally {
    pdfium.FPDFBitmap_Destroy(bitmap)
  }
}
