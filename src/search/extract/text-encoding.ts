import { isUtf8 } from 'node:buffer'

/** `legacy` is any older encoding with one or more bytes per character. Which one it is will be guessed later. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'legacy'

/** Limits as shares of a sample. */
const maxZeros = 0.005
const maxControls = 0.01
const minPlausible = 0.97
const minCommon = 0.02

/** The encoding of a piece of a text file, detected from its bytes. Undefined when they are not text. */
export function textEncodingOf(sample: Uint8Array): TextEncoding | undefined {
  const mark = markOf(sample)
  if (mark) return mark
  const { zeros, controls } = counted(withoutEnd(sample))
  if (zeros > sample.length * maxZeros) return utf16Of(sample)
  const clean = controls + zeros <= sample.length * maxControls
  if ((clean || controls + zeros === 1) && isUtf8(whole(sample))) return 'utf-8'
  return utf16Of(sample) ?? (clean && zeros === 0 ? 'legacy' : undefined)
}

/** Whether a later piece of a text file is text as well. Zeros are allowed, because crashes leave them in log files. */
export function goesOn(sample: Uint8Array, encoding: TextEncoding): boolean {
  if (encoding === 'utf-16le' || encoding === 'utf-16be') return true
  const written = sample.filter((byte) => byte !== 0)
  return counted(written).controls <= written.length * maxControls
}

/** The encoding according to the byte order mark. */
export function markOf(head: Uint8Array): Exclude<TextEncoding, 'legacy'> | undefined {
  const [first, second, third, fourth] = head
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8'
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  if (first === 0xfe && second === 0xff) return 'utf-16be'
  // UTF-32 is read as UTF-16 with zeros between the characters, and zeros are dropped.
  if (first === 0 && second === 0 && third === 0xfe && fourth === 0xff) return 'utf-16be'
  return undefined
}

/** Counts zeros and control codes. Codes of layout and the escape code of terminals are allowed in text. */
function counted(sample: Uint8Array): { zeros: number; controls: number } {
  let zeros = 0
  let controls = 0
  for (const byte of sample) {
    if (byte === 0) zeros += 1
    else if (byte < 32 && (byte < 8 || byte > 13) && byte !== 0x1b) controls += 1
  }
  return { zeros, controls }
}

/** The sample without the end mark that DOS and C write after a text. */
const withoutEnd = (sample: Uint8Array): Uint8Array =>
  [0, 0x1a].includes(sample.at(-1) ?? 1) && !sample.subarray(0, -1).includes(0)
    ? sample.subarray(0, -1)
    : sample

/** The sample without a character that its end cuts in two. */
function whole(sample: Uint8Array): Uint8Array {
  for (let cut = 1; cut <= Math.min(3, sample.length); cut++) {
    const byte = sample[sample.length - cut] ?? 0
    if (byte >= 0xc0) return sample.subarray(0, sample.length - cut)
    if (byte < 0x80) break
  }
  return sample
}

const plausible = /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}\n\r\t\f\u200b-\u200f\ufeff]/gu
/** Characters of which every text has some in any language: white space, digits, punctuation of East Asia. */
const common = /[\n\r\t 0-9\u3000-\u3002\uff0c]/g

/**
 * Detects UTF-16 without a mark. The byte order is the one in which the high bytes have fewer different values, because
 * a text uses one or two scripts. The decoded characters must also be typical of text.
 */
function utf16Of(sample: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (sample.length < 4) return undefined
  const seen = [new Set<number>(), new Set<number>()]
  for (let at = 0; at + 1 < sample.length; at++) seen[at % 2]?.add(sample[at] ?? 0)
  const [even = 0, odd = 0] = seen.map((bytes) => bytes.size)
  const order = odd <= even ? 'utf-16le' : 'utf-16be'
  const text = new TextDecoder(order).decode(sample.subarray(0, sample.length & ~1))
  const units = text.length
  const matching = (pattern: RegExp) => text.match(pattern)?.join('').length ?? 0
  return matching(plausible) >= units * minPlausible && matching(common) >= units * minCommon
    ? order
    : undefined
}
