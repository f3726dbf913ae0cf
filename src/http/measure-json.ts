/** Where something stands in a JSON text. */
export type JsonPath = (string | number)[]

export interface JsonMeasure {
  /** Of all lists and objects together: their items and pairs. */
  values: number
  /** The list or object that has the most of them. */
  largest: { path: JsonPath; size: number }
  /** Where lists and objects stand in each other too deeply to be built. */
  tooDeep?: JsonPath
  /** Where a string holds a NUL character. */
  nul?: JsonPath
}

/** Deeper than anything that is taken, and not too deep for what builds, checks and copies values. */
const maxDepth = 1_000
/** Places are named as far as this; no request has more levels of its own. */
const namedLevels = 16

const [quote, backslash, comma, colon] = [0x22, 0x5c, 0x2c, 0x3a]
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d]
const lastWhitespace = 0x20

/**
 * Counts what a JSON text is made of without building it, in one pass: a few megabytes of text make a million values
 * that take seconds to build and to check. Finds no mistakes; a text that is no JSON is counted somehow.
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
  /** Of an object, after the colon: the key whose value is being read. */
  key?: Piece
}

/** As far as it is known: a key that is being read belongs to no value yet. */
function pathOf(text: Uint8Array, open: Opened[]): JsonPath {
  const path: JsonPath = []
  for (const { isList, size, key } of open) {
    if (!isList && !key) break
    path.push(isList ? size - 1 : readKey(text.subarray(...(key ?? [0, 0]))))
  }
  return path
}

/** The place of the closing quote, and whether `\u0000` stands before it. */
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
