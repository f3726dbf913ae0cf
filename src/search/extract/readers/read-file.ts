import { headOf } from '../decode.ts'
import { unreadable, unsupported } from '../failures.ts'
import { formatOf, magicOf, type Format, type Magic } from '../formats.ts'
import type { Reader } from '../reader.ts'

// Loaded when needed: a worker that reads text only has no need of PDFium or a parser of HTML.
const readers: Record<Format, () => Promise<Reader>> = {
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
}

const zipped = new Set<Format>(['docx', 'pptx', 'xlsx', 'odf', 'epub'])

/** Reads a file by the format that its name says, after a look at whether its bytes can be that. */
export const readFile: Reader = async function* (file, reading) {
  const named = formatOf(file.filename)
  if (!named) throw unsupported()
  const magic = magicOf(await headOf(file.path))
  const read = await readers[formatFor(named, magic)]()
  yield* read(file, reading)
}

function formatFor(named: Format, magic: Magic): Format {
  // Word has always opened these under the name of the old format, so they are common.
  if (named === 'doc' && magic === 'rtf') return 'rtf'
  if (named === 'doc' && magic === 'zip') return 'docx'
  if (named === 'doc' && magic === undefined) return 'html'
  const right: Record<Format, boolean> = {
    plain: magic === undefined || magic === 'rtf',
    markdown: magic === undefined || magic === 'rtf',
    html: magic === undefined,
    // PDFium is the better judge: it also reads files with bytes before the header.
    pdf: magic !== 'zip' && magic !== 'ole',
    doc: magic === 'ole',
    rtf: magic === 'rtf',
    docx: magic === 'zip',
    pptx: magic === 'zip',
    xlsx: magic === 'zip',
    odf: magic === 'zip',
    epub: magic === 'zip',
  }
  if (right[named]) return named
  // Office wraps what it encrypts in the container of the old formats.
  if (zipped.has(named) && magic === 'ole') {
    throw unreadable('It is protected by a password, or it is an older Office file under a newer name.')
  }
  if (named === 'plain' || named === 'markdown' || named === 'html') {
    throw unreadable('Its content is binary, not text.')
  }
  throw unreadable('Its content is not of the format that its name says.')
}
