import { open } from 'node:fs/promises'
import { utf16Of } from './formats.ts'

const blockBytes = 256 * 1024

/** A file's first bytes. */
export async function headOf(path: string, bytes = 8192): Promise<Uint8Array> {
  await using file = await open(path, 'r')
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(bytes), position: 0 })
  return buffer.subarray(0, bytesRead)
}

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
  const marked = markOf(head) ?? utf16Of(head)
  let decoder = new TextDecoder(marked ?? 'utf-8', { fatal: marked === undefined })
  let guessed = marked !== undefined
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

function markOf(head: Uint8Array): string | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8'
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  return undefined
}

/** `sample` is the block that is not UTF-8: the first one may be plain ASCII and say nothing. */
async function encodingOf(head: Buffer, sample: Uint8Array): Promise<string | undefined> {
  const { analyse } = await import('chardet')
  return [declaredOf(head), ...analyse(sample.subarray(0, 64 * 1024)).map((match) => match.name)].find(known)
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
