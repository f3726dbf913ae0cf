import { open } from 'node:fs/promises'
import { markOf, textEncodingOf } from './text-encoding.ts'

const blockBytes = 256 * 1024

/** The escapes with which ISO-2022-JP goes over to Kanji and back; all of its bytes are ASCII. */
// oxlint-disable-next-line no-control-regex -- the escapes begin with one
const switches = /\x1b\$[@B][!-~]+\x1b\([BJ]/

/**
 * A text file piece by piece: its byte order mark, then strict UTF-8, then what it declares (markup only), then a guess
 * from its bytes. A file that turns out late not to be UTF-8 is begun again, hence `restart`: what came before counts
 * no more.
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

/** `sample` is the block that is not UTF-8: the first one may be plain ASCII and say nothing. */
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
 * The Cyrillic of DOS, which the library does not know. Most of its small letters are where other encodings have signs, and
 * the bytes that no letter of it has are letters in all other encodings of Cyrillic and in those of East Asia.
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
  // Declared, and already found to be untrue.
  return name && !/^utf-?8$/i.test(name) ? name : undefined
}

function known(label: string | undefined): label is string {
  // It was tried strictly and is not.
  if (label === undefined || /^(utf-?8|ascii)$/i.test(label)) return false
  try {
    return Boolean(new TextDecoder(label))
  } catch {
    return false
  }
}

/** A whole text file of at most `maxText` UTF-16 units, else `tooLong()` is thrown as soon as that is seen. */
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
