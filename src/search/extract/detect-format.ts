import { open, readFile } from 'node:fs/promises'
import { unreadable, unsupported } from './failures.ts'
import { formatOf, namesNoText, whatIsRead, type Format } from './formats.ts'
import type { ExtractLimits } from './limits.ts'
import { goesOn, textEncodingOf } from './text-encoding.ts'
import { openZip } from './zip.ts'

const sampleBytes = 8192

/** A file whose format is not known yet. `bytes` is its size. */
interface Unread {
  path: string
  filename: string
  bytes: number
}

const texts = new Set<Format | undefined>(['plain', 'markdown', 'html', 'mail', 'notebook'])
const zipped = new Set<Format | undefined>(['docx', 'pptx', 'xlsx', 'odf', 'epub'])

/**
 * The format in which a file is read. It is detected from the bytes. The name only distinguishes kinds of text, and
 * says which Office format an archive must have. Throws `ExtractionFailure` when there is no reader for the file.
 */
export async function detectFormat(
  file: Unread,
  limits: Pick<ExtractLimits, 'zip' | 'maxWholeBytes'>,
): Promise<Format> {
  const named = formatOf(file.filename)
  const { head, later } = await samplesOf(file)
  const container = containerOf(head)
  if (container === 'pdf' || container === 'rtf') return zipped.has(named) ? misnamed(named) : container
  if (container === 'zip') {
    if (named !== undefined && zipped.has(named)) return named
    return (await archiveFormat(file.path, limits)) ?? misnamed(named)
  }
  if (container === 'ole') return oleFormat(file, named, limits)
  const encoding = namesNoText(file.filename) ? undefined : textEncodingOf(head)
  if (encoding !== undefined && later.every((sample) => goesOn(sample, encoding))) {
    return textFormat(named, new TextDecoder(encoding === 'legacy' ? 'latin1' : encoding).decode(head))
  }
  // PDFium decides, because it can also read files with many bytes before the header.
  return named === 'pdf' ? named : misnamed(named)
}

/** Whether `detectFormat` finds a format, for code that selects files before they are read. */
export async function isReadable(
  file: Unread,
  limits: Pick<ExtractLimits, 'zip' | 'maxWholeBytes'>,
): Promise<boolean> {
  return formatOf(file.filename) !== undefined || detectFormat(file, limits).then(Boolean, () => false)
}

function misnamed(named: Format | undefined): never {
  if (named === undefined) throw unsupported(whatIsRead)
  if (texts.has(named)) throw unreadable('Its content is binary, not text.')
  throw unreadable('Its content is not of the format that its name says.')
}

/**
 * The beginning of a file, and of longer files also the middle and the end, because a script may contain an archive.
 */
async function samplesOf({ path, bytes }: Unread): Promise<{ head: Uint8Array; later: Uint8Array[] }> {
  await using file = await open(path, 'r')
  const sample = async (position: number) => {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(sampleBytes), position })
    return buffer.subarray(0, bytesRead)
  }
  const head = await sample(0)
  if (bytes <= sampleBytes * 3) return { head, later: [] }
  return { head, later: [await sample(Math.floor(bytes / 2)), await sample(bytes - sampleBytes)] }
}

const startsWith = (head: Uint8Array, ...bytes: number[]) => bytes.every((byte, at) => head[at] === byte)

/** The container format according to the first bytes. Undefined when the file may be text. */
function containerOf(head: Uint8Array): 'pdf' | 'zip' | 'ole' | 'rtf' | undefined {
  if (startsWith(head, 0x50, 0x4b, 3, 4) || startsWith(head, 0x50, 0x4b, 5, 6)) return 'zip'
  if (startsWith(head, 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1)) return 'ole'
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 1024)).toString('latin1')
  if (/^\s*\{\\rtf/.test(text)) return 'rtf'
  // PDF readers allow some bytes before the header.
  const pdf = /^\s*%PDF-\d/.test(text) || (text.includes('%PDF-') && textEncodingOf(head) === undefined)
  return pdf ? 'pdf' : undefined
}

/** The format of an archive, detected by the parts that Office programs and e-book programs write. */
async function archiveFormat(
  path: string,
  { zip: limits }: Pick<ExtractLimits, 'zip'>,
): Promise<Format | undefined> {
  await using zip = await openZip(path, limits)
  const has = (pattern: RegExp) => zip.names().some((name) => pattern.test(name))
  if (zip.has('META-INF/container.xml') && has(/\.opf$/i)) return 'epub'
  if (zip.has('content.xml')) return 'odf'
  if (has(/^word\/.*\.xml$/)) return 'docx'
  if (has(/^ppt\/.*\.xml$/)) return 'pptx'
  return has(/^xl\/.*\.xml$/) ? 'xlsx' : undefined
}

const streamNamed = (name: string) => Buffer.from(name, 'utf16le')

/** The format of a file in the container of Office before 2007. Newer versions use it for encrypted files. */
async function oleFormat(
  { path, bytes }: Unread,
  named: Format | undefined,
  { maxWholeBytes }: Pick<ExtractLimits, 'maxWholeBytes'>,
): Promise<Format> {
  if (named === 'doc') return named
  if (zipped.has(named)) {
    throw unreadable('It is protected by a password, or it is an older Office file under a newer name.')
  }
  const content = bytes > maxWholeBytes ? Buffer.alloc(0) : await readFile(path)
  if (content.includes(streamNamed('EncryptedPackage'))) throw unreadable('It is protected by a password.')
  return content.includes(streamNamed('WordDocument')) ? 'doc' : misnamed(named)
}

const wordml = /^<[^]*?(progid="Word\.Document"|<w:wordDocument\b|<pkg:package\b)/

/**
 * The format of a text. `head` is its beginning and may be in the wrong encoding, because the searched marks are ASCII.
 */
function textFormat(named: Format | undefined, head: string): Format {
  const start = head.replace(/^\ufeff/, '').trimStart()
  const prolog = start.slice(0, 2048)
  // Such files are common with the extension .doc, because Word has always opened them.
  const open = named === undefined || named === 'doc'
  if ((open || named === 'plain') && wordml.test(prolog)) return 'wordml'
  if (!open) return texts.has(named) || named === 'pdf' ? (named ?? 'plain') : misnamed(named)
  if (/^(<\?xml[^>]*>\s*)?(<!--((?!-->)[^])*-->\s*)*<(!doctype\s+html|html|head|body)\b/i.test(prolog))
    return 'html'
  if (/^([\w-]+:[^\n]*\n([ \t][^\n]*\n)*)*MIME-Version:/i.test(prolog.replace(/\r\n?/g, '\n'))) return 'mail'
  return 'plain'
}
