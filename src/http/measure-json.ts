/** The path of a value in a JSON text. */
export type JsonPath = (string | number)[]

export interface JsonMeasure {
  /** The number of items and pairs in all lists and objects together. */
  values: number
  /** The list or object with the most items or pairs. */
  largest: { path: JsonPath; size: number }
  /** The path at which lists and objects are nested too deeply to be built. */
  tooDeep?: JsonPath
  /** The path of a string that contains a NUL character. */
  nul?: JsonPath
}

/** Deeper than any valid request, and not too deep for the code that builds, checks and copies values. */
const maxDepth = 1_000
/** Paths are recorded down to this level. No request has more levels of its own. */
const namedLevels = 16

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]
const lastWhitespace = 0x20

/**
 * Counts the parts of a JSON text in one pass, without building any value. A few megabytes of text can make a million
 * values, which take seconds to build and to check. It finds no syntax errors: the count of a text that is not JSON has
 * no meaning.
 */
export function measureJson(text: Uint8Array): JsonMeasure {
  const measure: JsonMeasure = { values: 0, largest: { path: [], size: 0 } }
  // The lists and objects that are open, the innermost last.
  const open: Opened[] = []
  let lastString: Piece = [0, 0]
  const path = (levels: number) => pathOf(text, open.slice(0, Math.min(levels, namedLevels)))
  const add = (to: Opened) => {
    measure.values++
    to.size++
    delete to.key
  }

  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? 0
    if (byte <= lastWhitespace) continue
    const inner = open.at(-1)
    if (byte === closeList || byte === closeObject) {
      const size = inner?.size ?? 0
      if (size > measure.largest.size) measure.largest = { path: path(open.length - 1), size }
      open.pop()
    } else if (byte === comma) {
      if (inner) add(inner)
    } else if (byte === colon) {
      if (inner) inner.key = lastString
    } else {
      if (inner?.size === 0) add(inner)
      if (byte === openList || byte === openObject) {
        if (open.length === maxDepth) return { ...measure, tooDeep: path(maxDepth) }
        open.push({ isList: byte === openList, size: 0 })
      } else if (byte === quote) {
        const { end, nul } = endOfString(text, at)
        if (nul) measure.nul ??= path(open.length)
        lastString = [at, end + 1]
        at = end
      }
    }
  }
  return measure
}

type Piece = [from: number, to: number]

interface Opened {
  isList: boolean
  size: number
  /** In an object, after the colon: the key of the value that is being read. */
  key?: Piece
}

/** The path as far as it is known. A key that is still being read is not part of it. */
function pathOf(text: Uint8Array, open: Opened[]): JsonPath {
  const path: JsonPath = []
  for (const { isList, size, key } of open) {
    if (!isList && !key) break
    path.push(isList ? size - 1 : readKey(text.subarray(...(key ?? [0, 0]))))
  }
  return path
}

/** The position of the closing quote, and whether `\u0000` comes before it. */
function endOfString(text: Uint8Array, start: number): { end: number; nul: boolean } {
  let nul = false
  for (let at = start + 1; at < text.length; at++) {
    const byte = text[at]
    if (byte === quote) return { end: at, nul }
    if (byte !== backslash) continue
    nul ||= isNul(text, at)
    at++
  }
  return { end: text.length, nul }
}

const escapedNul = new TextEncoder().encode('\\u0000')
const isNul = (text: Uint8Array, at: number) => escapedNul.every((byte, offset) => text[at + offset] === byte)

function readKey(literal: Uint8Array): string {
  try {
    return String(JSON.parse(new TextDecoder().decode(literal)))
  } catch {
    return ''
  }
}
