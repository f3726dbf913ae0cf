import { fileTooLarge } from './failures.ts'

export interface Tokenizer {
  encode(text: string): Uint32Array
  /** The number of bytes of UTF-8 that a token stands for. */
  bytes(token: number): number
}

/**
 * The tokenizer of current models, in WebAssembly. It takes about 60 MB of memory, so it is loaded only in workers and
 * only when needed.
 */
export async function loadTokenizer(): Promise<Tokenizer> {
  const [{ Tiktoken }, { default: ranks }] = await Promise.all([
    import('tiktoken/lite'),
    import('tiktoken/encoders/o200k_base.json', { with: { type: 'json' } }),
  ])
  const encoding = new Tiktoken(ranks.bpe_ranks, ranks.special_tokens, ranks.pat_str)
  /** The lengths that were asked for so far. No token is empty. */
  const lengths = new Uint16Array(200_000)
  return {
    // A file that contains the names of special tokens is normal text.
    encode: (text) => encoding.encode(text, [], []),
    bytes: (token) => (lengths[token] ||= encoding.decode_single_token_bytes(token).length),
  }
}

const longRun = 400
const goodSegment = 8192
const longSegment = 16_384

/**
 * The position of each token in a well-formed text, in UTF-16 units. A token that begins inside a character has the
 * position of the next character, so that the text may be cut at every position in the list.
 */
export function tokenStarts(text: string, tokenizer: Tokenizer, maxTotal = Infinity): Uint32Array {
  let starts = new Uint32Array(Math.min(text.length, 1024) + 16)
  let count = 0
  for (const [from, to] of segments(text)) {
    // The byte positions of the character at `at` and of the token, both relative to the segment.
    let at = from
    let charByte = 0
    let tokenByte = 0
    for (const token of tokenizer.encode(text.slice(from, to))) {
      while (charByte < tokenByte && at < to) {
        const code = text.charCodeAt(at)
        const pair = code >= 0xd800 && code < 0xdc00
        charByte += code < 0x80 ? 1 : code < 0x800 ? 2 : pair ? 4 : 3
        at += pair ? 2 : 1
      }
      if (count === starts.length) starts = grown(starts)
      starts[count++] = at
      tokenByte += tokenizer.bytes(token)
    }
    if (count > maxTotal) throw fileTooLarge(`It has more than ${maxTotal} tokens.`)
  }
  return starts.subarray(0, count)
}

function grown(from: Uint32Array): Uint32Array<ArrayBuffer> {
  const to = new Uint32Array(from.length * 2)
  to.set(from)
  return to
}

/**
 * Splits a text into segments that can be encoded separately. The time of an encoder is quadratic in the length of a
 * run without spaces, so runs of more than 400 units are cut. Other cuts are before a space, where a token begins in
 * any case.
 */
function* segments(text: string): Generator<[number, number]> {
  let start = 0
  let run = 0
  let wasSpace = true
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const space = isSpace(code)
    const changed = space !== wasSpace
    run = changed ? 1 : run + 1
    wasSpace = space
    const length = at - start
    const good = length >= goodSegment && changed && code === 0x20
    const needed = (run > longRun && !isLowSurrogate(code)) || (length >= longSegment && changed && space)
    if (length === 0 || !(good || needed)) continue
    yield [start, at]
    start = at
    if (run > longRun) run = 1
  }
  if (start < text.length) yield [start, text.length]
}

const isSpace = (code: number) =>
  code <= 0x20 || code === 0xa0 || (code >= 0x2000 && code <= 0x200a) || code === 0x3000

const isLowSurrogate = (code: number) => code >= 0xdc00 && code < 0xe000
