import { readFile } from 'node:fs/promises'
import type { ExtractedPart } from '../extracted.ts'
import { fileTooLarge } from '../failures.ts'
import type { Reading, SourceFile } from '../reader.ts'
import { textBuilder } from '../text-builder.ts'

/**
 * Groups whose text is not part of the document. Groups that begin with `\*` are also skipped, except for known ones.
 */
const hidden = new Set(
  (
    'fonttbl colortbl stylesheet info pict object themedata datastore latentstyles listtable listoverridetable rsidtbl ' +
    'generator xmlnstbl fldinst bkmkstart bkmkend nonshppict shpinst header headerl headerr headerf footer footerl ' +
    'footerr footerf ftnsep ftnsepc aftnsep template filetbl revtbl mmathPr objdata'
  ).split(' '),
)

const signs = new Map([
  ['par', '\n'],
  ['line', '\n'],
  ['sect', '\n\n'],
  ['page', '\n\n'],
  ['row', '\n'],
  ['nestrow', '\n'],
  ['cell', ' | '],
  ['nestcell', ' | '],
  ['tab', '\t'],
  ['emdash', '\u2014'],
  ['endash', '\u2013'],
  ['bullet', '\u2022'],
  ['lquote', '\u2018'],
  ['rquote', '\u2019'],
  ['ldblquote', '\u201c'],
  ['rdblquote', '\u201d'],
  ['emspace', ' '],
  ['enspace', ' '],
])

/** Encodings by the Windows numbers of character sets in a font table. */
const charsets = new Map([
  [128, 'shift_jis'],
  [129, 'euc-kr'],
  [134, 'gb18030'],
  [136, 'big5'],
  [161, 'windows-1253'],
  [162, 'windows-1254'],
  [163, 'windows-1258'],
  [177, 'windows-1255'],
  [178, 'windows-1256'],
  [186, 'windows-1257'],
  [204, 'windows-1251'],
  [222, 'windows-874'],
  [238, 'windows-1250'],
])
const pages = new Map([
  [932, 'shift_jis'],
  [936, 'gb18030'],
  [949, 'euc-kr'],
  [950, 'big5'],
  [10000, 'macintosh'],
])

interface Group {
  hidden: boolean
  fonts: boolean
  /** The number of characters after a `\u` that are meant for readers that do not know it. */
  fallback: number
  encoding: string
}

/** Reads Rich Text Format. It consists of groups in braces, control words, and bytes in the code page of the font. */
export async function* readRtf(file: SourceFile, { limits }: Reading): AsyncGenerator<ExtractedPart> {
  if (file.bytes > limits.maxWholeBytes) throw fileTooLarge()
  const out = textBuilder(limits.maxText)
  rtfText((await readFile(file.path)).toString('latin1'), (text) => out.add(text))
  const text = out
    .take()
    .replace(/ \| *\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
  if (text.trim()) yield { text }
}

function rtfText(source: string, add: (text: string) => void): void {
  const token = /\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|([^\\{}\r\n]+)/g
  let group: Group = { hidden: false, fonts: false, fallback: 1, encoding: 'windows-1252' }
  const stack: Group[] = []
  const encodings = new Map<number, string>()
  let own = group.encoding
  let fontDefined = 0
  let skip = 0
  let starred = false
  let bytes: number[] = []
  const flush = () => {
    if (bytes.length === 0) return
    const text = decoderOf(group.encoding).decode(Uint8Array.from(bytes))
    bytes = []
    if (!group.hidden) add(text)
  }
  const put = (text: string) => {
    flush()
    if (!group.hidden) add(text)
  }

  for (let match = token.exec(source); match; match = token.exec(source)) {
    const [, word, number, hex, symbol, brace, plain] = match
    if (brace) {
      flush()
      skip = 0
      if (brace === '{') stack.push({ ...group })
      else group = stack.pop() ?? group
      starred = false
    } else if (hex !== undefined) {
      if (skip > 0) skip -= 1
      else bytes.push(Number.parseInt(hex, 16))
    } else if (symbol !== undefined) {
      if (symbol === '*') starred = true
      else if (skip > 0) skip -= 1
      else if (symbol === '~') put('\u00a0')
      else if (symbol === '_') put('-')
      else if (symbol === '\n' || symbol === '\r') put('\n')
      else if ('\\{}'.includes(symbol)) bytes.push(symbol.charCodeAt(0))
    } else if (plain !== undefined) {
      const text = plain.slice(Math.min(skip, plain.length))
      skip -= plain.length - text.length
      for (let at = 0; at < text.length; at++) bytes.push(text.charCodeAt(at))
    } else if (word === 'bin') {
      token.lastIndex += Math.max(0, Number(number ?? 0))
    } else if (word === 'u') {
      put(String.fromCharCode(Number(number ?? 0) & 0xffff))
      skip = group.fallback
    } else if (word !== undefined) {
      flush()
      control(word, number === undefined ? undefined : Number(number))
      starred = false
    }
  }
  flush()

  function control(word: string, number: number | undefined): void {
    if (hidden.has(word) || (starred && word !== 'shptxt')) {
      group.hidden = true
      group.fonts = word === 'fonttbl'
    } else if (word === 'shptxt') group.hidden = false
    else if (word === 'uc') group.fallback = Math.min(number ?? 1, 8)
    else if (word === 'ansicpg') own = group.encoding = pages.get(number ?? 0) ?? `windows-${number}`
    else if (word === 'mac') own = group.encoding = 'macintosh'
    else if (word === 'fcharset' && group.fonts) {
      const encoding = charsets.get(number ?? 0)
      if (encoding) encodings.set(fontDefined, encoding)
    } else if (word === 'f') {
      if (group.fonts) fontDefined = number ?? 0
      else group.encoding = encodings.get(number ?? 0) ?? own
    } else if (signs.has(word) && !group.hidden) add(signs.get(word) ?? '')
  }
}

const decoders = new Map<string, TextDecoder>()

function decoderOf(encoding: string): TextDecoder {
  let decoder = decoders.get(encoding)
  if (!decoder) {
    try {
      decoder = new TextDecoder(encoding)
    } catch {
      decoder = new TextDecoder('windows-1252')
    }
    decoders.set(encoding, decoder)
  }
  return decoder
}
