import { detectFormat } from '../detect-format.ts'
import type { Format } from '../formats.ts'
import type { FormatReader } from '../reader.ts'

// Readers are loaded when they are needed, so that a worker that reads only text does not load PDFium or an HTML
// parser.
const readers: Record<Format, () => Promise<FormatReader>> = {
  plain: async () => (await import('./plain.ts')).readPlain,
  markdown: async () => (await import('./plain.ts')).readMarkdown,
  html: async () => (await import('./html.ts')).readHtml,
  pdf: async () => (await import('./pdf.ts')).readPdf,
  doc: async () => (await import('./doc.ts')).readDoc,
  docx: async () => (await import('./docx.ts')).readDocx,
  pptx: async () => (await import('./pptx.ts')).readPptx,
  xlsx: async () => (await import('./xlsx.ts')).readXlsx,
  odf: async () => (await import('./odf.ts')).readOdf,
  epub: async () => (await import('./epub.ts')).readEpub,
  rtf: async () => (await import('./rtf.ts')).readRtf,
  mail: async () => (await import('./mail.ts')).readMail,
  notebook: async () => (await import('./notebook.ts')).readNotebook,
  wordml: async () => (await import('./wordml.ts')).readWordml,
}

/** Reads a file of any supported format. */
export const readFile: FormatReader = async function* (file, reading) {
  const read = await readers[await detectFormat(file, reading.limits)]()
  yield* read(file, reading)
}
