import type { ExtractedPart } from '../extracted.ts'
import { ExtractionFailure } from '../extracted.ts'
import { fileTooLarge, unreadable } from '../failures.ts'
import { withoutLetterBlanks } from '../letter-blanks.ts'
import { withoutMistakenHangul } from '../mistaken-scripts.ts'
import { normaliseText } from '../normalise.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { withoutRunningLines } from '../running-lines.ts'
import { openForm, type PdfForm } from './pdf-annotations.ts'
import { outlineOf } from './pdf-outline.ts'
import { readPdfPage } from './pdf-page.ts'
import { openDocument, startPdfium, type Pdfium } from './pdfium.ts'

// Error codes of PDFium: 4 means a password, and 5 a security scheme that PDFium does not know.
const errorPassword = 4
const errorSecurity = 5
const scannedText = 20
const maxFailedPages = 20
const maxFiles = 200

let kept: { pdfium: Pdfium; files: number } | undefined

/**
 * Reads a PDF page by page. A thread has one instance of PDFium. The thread is replaced when the instance has crashed,
 * has become large, or has read 200 files.
 */
export async function* readPdf(file: SourceFile, reading: Reading): AsyncGenerator<ExtractedPart> {
  kept ??= { pdfium: await startPdfium(reading.limits.pdfiumMb), files: 0 }
  const { pdfium } = kept
  let read
  try {
    read = readPages(pdfium, file, reading)
  } catch (error) {
    if (error instanceof ExtractionFailure) throw error
    reading.wearOut()
    throw pdfium.starved() ? fileTooLarge('It takes too much memory.') : unreadable('The PDF is damaged.')
  } finally {
    // The memory of PDFium is freed only when the thread ends.
    const large = pdfium.memory() > (reading.limits.pdfiumMb / 2) * 2 ** 20
    if (large || ++kept.files >= maxFiles) reading.wearOut()
  }

  const texts = withoutRunningLines(withoutMistakenHangul(read.pages))
  for (const [index, text] of texts.entries()) {
    const heading = read.outline[index]
    if (text.trim()) yield { text, page: index + 1, ...(heading === undefined ? {} : { heading }) }
  }
}

function readPages(pdfium: Pdfium, file: SourceFile, reading: Reading) {
  const opened = openDocument(pdfium, file.path, file.bytes)
  let form: PdfForm | undefined
  let trapped = false
  try {
    if (opened.document === 0) throw refusal(pdfium.api.FPDF_GetLastError())
    const count = pdfium.api.FPDF_GetPageCount(opened.document)
    if (count <= 0) throw unreadable('The PDF has no pages.')
    reading.pages(count)
    form = openForm(pdfium, opened.document)
    const source = { document: opened.document, form: form.handle }

    const pages: string[] = []
    let length = 0
    let images = 0
    const failed: number[] = []
    for (let index = 0; index < count; index++) {
      const page = readPdfPage(pdfium, source, index, reading.limits.maxText)
      if (page === undefined) failed.push(index + 1)
      if (page?.image) images += 1
      const text = withoutLetterBlanks(normaliseText(page?.text ?? ''))
      length += text.length
      if (length > reading.limits.maxText) throw fileTooLarge()
      pages.push(text)
    }
    judge(count, pages, images, failed, reading)
    return { pages, outline: outlineOf(pdfium, opened.document, count) }
  } catch (error) {
    trapped = !(error instanceof ExtractionFailure)
    throw error
  } finally {
    if (!trapped) form?.close()
    opened.close(trapped)
  }
}

function refusal(code: number): ExtractionFailure {
  if (code === errorPassword) return unreadable('The PDF is protected by a password.')
  if (code === errorSecurity) return unreadable('The PDF is protected in a way that cannot be opened.')
  return unreadable('The PDF is damaged, or it is not a PDF.')
}

function judge(count: number, pages: string[], images: number, failed: number[], reading: Reading): void {
  const characters = pages.reduce((sum, text) => sum + text.replace(/\s/g, '').length, 0)
  if (failed.length === count) throw unreadable('None of its pages can be read.')
  if (characters / count < scannedText && images > 0) {
    const scanned = 'The file has no text that can be read: it looks like scanned pages.'
    throw unreadable(`${scanned} Run it through OCR and upload the result.`)
  }
  if (images > 0) reading.warn(`${images} of ${count} pages look scanned and have no text.`)
  if (failed.length === 0) return
  const listed = failed.slice(0, maxFailedPages).join(', ')
  const more = failed.length > maxFailedPages ? ' and more' : ''
  reading.warn(`${failed.length} of ${count} pages could not be read: ${listed}${more}.`)
}
