import { extname } from 'node:path'

export type Format =
  | 'plain'
  | 'markdown'
  | 'html'
  | 'pdf'
  | 'doc'
  | 'docx'
  | 'pptx'
  | 'xlsx'
  | 'odf'
  | 'epub'
  | 'rtf'

const formats = new Map<string, Format>([
  ...'c cpp cs css csv go java js json jsonl php py rb sh tex ts tsv txt xml yaml yml'
    .split(' ')
    .map((extension) => [`.${extension}`, 'plain'] as const),
  ['.md', 'markdown'],
  ['.markdown', 'markdown'],
  ['.html', 'html'],
  ['.htm', 'html'],
  ['.xhtml', 'html'],
  ['.pdf', 'pdf'],
  ['.doc', 'doc'],
  ['.docx', 'docx'],
  ['.pptx', 'pptx'],
  ['.xlsx', 'xlsx'],
  ['.odt', 'odf'],
  ['.odp', 'odf'],
  ['.ods', 'odf'],
  ['.epub', 'epub'],
  ['.rtf', 'rtf'],
])

export const formatOf = (filename: string): Format | undefined =>
  formats.get(extname(filename.trim()).toLowerCase())

/** Whether a file of this name is worth reading: refused early with 400 `unsupported_file` when not. */
export const isSupported = (filename: string): boolean => formatOf(filename) !== undefined

export type Magic = 'pdf' | 'zip' | 'ole' | 'rtf' | 'binary' | undefined

const startsWith = (head: Uint8Array, ...bytes: number[]) => bytes.every((byte, at) => head[at] === byte)

/** What a file's first bytes say it is; undefined for text and for what is not known. */
export function magicOf(head: Uint8Array): Magic {
  if (startsWith(head, 0x50, 0x4b, 3, 4) || startsWith(head, 0x50, 0x4b, 5, 6)) return 'zip'
  if (startsWith(head, 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1)) return 'ole'
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 1024)).toString('latin1')
  if (/^\s*\{\\rtf/.test(text)) return 'rtf'
  // Readers of PDF allow some bytes before the header.
  if (text.includes('%PDF-')) return text.startsWith('%PDF-') || !isText(head) ? 'pdf' : undefined
  return isText(head) ? undefined : 'binary'
}

/**
 * Text holds no control codes but those of layout. Two-byte encodings are full of zero bytes: they are told by their
 * mark, or by zeros that stand on one side only.
 */
function isText(head: Uint8Array): boolean {
  if (startsWith(head, 0xff, 0xfe) || startsWith(head, 0xfe, 0xff)) return true
  let controls = 0
  const zeros = [0, 0]
  for (let at = 0; at < head.length; at++) {
    const byte = head[at] ?? 0
    if (byte === 0) zeros[at % 2]! += 1
    else if (byte < 32 && (byte < 8 || (byte > 13 && byte !== 0x1b))) controls += 1
  }
  const [even = 0, odd = 0] = zeros
  if (even + odd > 0 && utf16Of(head) === undefined) return false
  return controls <= head.length / 100
}

/** The byte order of text in UTF-16 without a mark: nearly every second byte is zero, as in text of the West. */
export function utf16Of(head: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (head.length < 4) return undefined
  const zeros = [0, 0]
  for (let at = 0; at < head.length; at++) if (head[at] === 0) zeros[at % 2]! += 1
  const [even = 0, odd = 0] = zeros
  const pairs = head.length / 2
  if (odd > pairs * 0.6 && even < pairs * 0.05) return 'utf-16le'
  if (even > pairs * 0.6 && odd < pairs * 0.05) return 'utf-16be'
  return undefined
}
