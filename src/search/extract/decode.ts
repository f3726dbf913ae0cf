import { open } from 'node:fs/promises'
import { markOf, textEncodingOf } from './text-encoding.ts'

const blockBytes = 256 * 1024

/**
 * The escape sequences with which ISO-2022-JP switches to Kanji and back. They are needed because all its bytes are
 * ASCII.
 */
// oxlint-disable-next-line no-control-regex -- the escapes begin with one
const switches = /\x1b\$[@B][!-~]+\x1b\([BJ]/

/**
 * Decodes a text file piece by piece. The encoding is that of the byte order mark, else UTF-8, else the declaration (in
 * markup only), else a guess from the bytes. A file may turn out not to be UTF-8 only after some pieces. Then decoding
 * begins again with `restart`, and the earlier pieces are invalid.
 */
export async function* decode(path: string): AsyncGenerator<{ restart: boolean; text: string }> {
  await using file = await open(path, 'r')
  const block = Buffer.alloc(blockBytes)
  const read = async (position: number) =>
    block.subarray(0, (await file.read({ buffer: block, position })).bytesRead)

  const head = Buffer.from((await read(0)).subarray(0, 8192))
  const mark = markOf(head)
  const encoding = mark ?? (switches.test(head.toString('latin1')) ? 'iso-2022-jp' : textEncodingOf(head))
  let guessed = mark !== undefined || /^(utf-16|iso-)/.test(encoding ?? '')
  let decoder = new TextDecoder(guessed ? encoding : 'utf-8', { fatal: !guessed })
  let position = 0
  let restart = false
  for (;;) {
    const bytes = await read(position)
    let text: string
    try {
      text = decoder.decode(bytes, { stream: bytes.length > 0 })
    } catch (error) {
      if (guessed) throw error
      guessed = true
      decoder = new TextDecoder((await encodingOf(head, bytes)) ?? 'windows-1252')
      position = 0
      restart = true
      continue
    }
    position += bytes.length
    if (text || restart) yield { restart, text }
    restart = false
    if (bytes.length === 0) return
  }
}

/** `sample` is the block that is not UTF-8, because the first block may be plain ASCII and not help. */
async function encodingOf(head: Buffer, sample: Uint8Array): Promise<string | undefined> {
  const { analyse } = await import('chardet')
  const part = sample.subarray(0, 64 * 1024)
  const guesses = [declaredOf(head), dosCyrillicOf(part), ...analyse(part).map((match) => match.name)].filter(
    known,
  )
  const fits = (label: string) => !new TextDecoder(label).decode(part, { stream: true }).includes('\ufffd')
  return guesses.find(fits) ?? guesses[0]
}

/**
 * Detects the DOS encoding of Cyrillic, which the library does not know. Most of its small letters are at codes where
 * other encodings have signs, and the codes that it does not use for letters are letters in all other encodings of
 * Cyrillic and in those of East Asia.
 */
function dosCyrillicOf(part: Uint8Array): string | undefined {
  const high = part.filter((byte) => byte >= 0x80)
  const letters = high.filter((byte) => byte < 0xb0 || (byte >= 0xe0 && byte < 0xf2)).length
  const small = high.filter((byte) => byte >= 0xa0 && byte < 0xb0).length
  return high.length >= 8 && letters === high.length && small >= high.length * 0.4 ? 'ibm866' : undefined
}

function declaredOf(head: Buffer): string | undefined {
  const text = head.subarray(0, 4096).toString('latin1')
  if (!/^\s*</.test(text)) return undefined
  const name = /(?:encoding|charset)\s*=\s*["']?\s*([\w.:-]+)/i.exec(text)?.[1]
  // A declaration of UTF-8 is already known to be wrong.
  return name && !/^utf-?8$/i.test(name) ? name : undefined
}

function known(label: string | undefined): label is string {
  // The text was already decoded strictly as UTF-8, and that failed.
  if (label === undefined || /^(utf-?8|ascii)$/i.test(label)) return false
  try {
    return Boolean(new TextDecoder(label))
  } catch {
    return false
  }
}

/** Decodes a whole text file of at most `maxText` UTF-16 units. Throws `tooLong()` as soon as the text is longer. */
export async function decodeWhole(path: string, maxText: number, tooLong: () => Error): Promise<string> {
  let pieces: string[] = []
  let length = 0
  for await (const { restart, text } of decode(path)) {
    if (restart) [pieces, length] = [[], 0]
    pieces.push(text)
    length += text.length
    if (length > maxText) throw tooLong()
  }
  return pieces.join('')
}
