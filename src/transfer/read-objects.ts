import { createReadStream } from 'node:fs'
import { JSONParser } from '@streamparser/json'

/** The path that means standard input. */
export const standardInput = '-'

/** An object of the API that was found in a file. */
export interface FoundObject {
  value: WireObject
  /** Whether the object is inside `data` of a list object. */
  listed: boolean
}

export interface WireObject {
  id: string
  object: string
  [field: string]: unknown
}

/** A part of a file that is not valid JSON. */
export interface Unreadable {
  /** The number of the line, from 1, in a file of JSON lines. In other files, the rest of the file is unreadable. */
  line?: number
  reason: string
}

/**
 * Fields with values from callers and models. An object in such a value is not an object of the API, whatever it looks
 * like.
 */
const opaque = new Set([
  'attributes',
  'content',
  'metadata',
  'parameters',
  'required_action',
  'response_format',
  'schema',
  'step_details',
  'tools',
])

/** A valid JSON value that contains no object of the API. */
export interface PassedOver {
  passedOver: string
}

/**
 * Finds the objects of the API in a file of JSON or JSON lines. They may be single values, arrays, list objects,
 * several values one after the other, or inside of other objects. Each object is yielded as soon as it is complete, and
 * is then removed from the value around it, so that a file may be larger than memory. In JSON lines, an invalid line
 * affects only itself. At most the `first` bytes of the file are read.
 */
export async function* readObjects(
  path: string,
  first = Infinity,
): AsyncGenerator<FoundObject | Unreadable | PassedOver, void> {
  const lines = /\.(jsonl|ndjson)$/i.test(path)
  let scanner = createScanner()
  let line = 1
  let empty = true
  const wrong = (reason: string) => ({
    ...(lines && { line }),
    reason: `is no JSON at line ${line}: ${reason}`,
  })
  const stream =
    path === standardInput
      ? process.stdin
      : createReadStream(path, { highWaterMark: 256 * 1024, end: first - 1 })
  for await (const chunk of inUtf8(stream)) {
    for (let from = 0; from < chunk.length;) {
      const newline = chunk.indexOf(lineFeed, from)
      const end = newline < 0 ? chunk.length : newline + 1
      scanner.write(chunk.subarray(from, end))
      from = end
      if (newline < 0) break
      // A value that is spread over several lines begins with a line that has only brackets.
      if (lines && !(scanner.isMultiLine() && !scanner.isWhole() && !scanner.isBroken())) {
        yield* scanner.take()
        const reason = scanner.end()
        if (reason !== undefined) yield wrong(reason)
        if (scanner.isUsed()) {
          empty = false
          scanner = createScanner()
        }
      } else if (scanner.isBroken()) break
      line++
    }
    yield* scanner.take()
    if (!lines && scanner.isBroken()) break
  }
  empty &&= !scanner.isUsed()
  const reason = scanner.end()
  yield* scanner.take()
  if (reason !== undefined) yield wrong(reason)
  else if (empty) yield { reason: 'is empty' }
}

const lineFeed = 10

/** Decodes UTF-16 with a byte order mark, which is what Windows often writes by default. */
async function* inUtf8(stream: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array, void> {
  let decoder: TextDecoder | undefined
  let first = true
  for await (const chunk of stream) {
    if (first && chunk[0] === 0xff && chunk[1] === 0xfe) decoder = new TextDecoder('utf-16le')
    if (first && chunk[0] === 0xfe && chunk[1] === 0xff) decoder = new TextDecoder('utf-16be')
    if (decoder) yield Buffer.from(decoder.decode(chunk, { stream: true }))
    else yield first ? withoutByteOrderMark(chunk) : chunk
    first = false
  }
}

const withoutByteOrderMark = (chunk: Buffer) =>
  chunk.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? chunk.subarray(3) : chunk

function createScanner() {
  let found: (FoundObject | PassedOver)[] = []
  let broken: string | undefined
  let whole = false
  /** The first characters that are not blank. */
  let head = ''
  let multiLine = false
  const judge = createJudge()
  const parser = new JSONParser({ separator: '' })
  parser.onError = () => void (broken ??= 'mend that place, or write the file down again')
  parser.onValue = ({ value, key, parent, stack }) => {
    // Searching every deeply nested value would take too long.
    if (stack.length > 2 && !isObject(value)) return
    const keys = stack.length === 0 ? [] : [...stack.slice(1).map((place) => place.key), key]
    whole ||= keys.length === 0
    const opaqueHere = keys.some((one) => typeof one === 'string' && opaque.has(one))
    const known = isObject(value) && !opaqueHere
    if (known && value.object !== 'list') found.push({ value, listed: keys.includes('data') })
    const passedOver = judge(value, keys, known)
    if (passedOver !== undefined) found.push({ passedOver })
    if (!known && passedOver === undefined) return
    // The value around it drops the object, because a list may have millions of objects.
    if (Array.isArray(parent)) parent[parent.length - 1] = null
    else if (parent && typeof key === 'string') parent[key] = null
  }

  return {
    write(bytes: Uint8Array) {
      if (broken !== undefined) return
      for (let at = 0; head.length < 3 && at < bytes.length; at++)
        if (bytes[at]! > space) head += String.fromCharCode(bytes[at]!)
      if (head !== '') parser.write(bytes)
    },
    /** Returns what was found since the last call. */
    take(): typeof found {
      const taken = found
      found = []
      return taken
    },
    isBroken: () => broken !== undefined,
    isUsed: () => head !== '',
    isWhole: () => whole,
    isMultiLine: () => multiLine || (multiLine = /^[[{]{1,2}$/.test(head)),
    /** Ends the input. Returns the reason why it is not valid JSON, or undefined if it is valid. */
    end(): string | undefined {
      if (head === '' || broken !== undefined) return broken
      parser.onError = () => void (broken = 'it ends in the middle of a value, as if it was broken off')
      parser.end()
      return broken
    },
  }
}

type Keys = (string | number | undefined)[]

/**
 * Reports values that contain no object of the API: whole values, elements of an array, and elements of `data`. Values
 * at other places are not reported, because they are parts of objects, or wrappers around them.
 */
function createJudge() {
  let seen = 0
  let before = { element: 0, whole: 0 }
  return (value: unknown, keys: Keys, known: boolean): string | undefined => {
    if (known) seen++
    const whole = keys.length === 0
    const element =
      typeof keys.at(-1) === 'number' && (keys.length === 1 || (keys.length === 2 && keys[0] === 'data'))
    if (!whole && !element) return undefined
    const nothing = seen === (whole ? before.whole : before.element)
    if (nothing) seen++
    before = whole ? { element: seen, whole: seen } : { ...before, element: seen }
    return nothing && !(Array.isArray(value) && value.length === 0) ? describe(value) : undefined
  }
}

function describe(value: unknown): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'no object of the API'
  const { error } = value as { error?: { message?: unknown } | string }
  const message = typeof error === 'string' ? error : error?.message
  if (typeof message === 'string') return `the API answered an error: ${message.slice(0, 200)}`
  const keys = Object.keys(value)
    .slice(0, 5)
    .map((key) => key.slice(0, 50))
  return `no object of the API: it lacks "object" or "id"${keys.length > 0 ? `, and has ${keys.join(', ')}` : ''}`
}

const space = 32

const isObject = (value: unknown): value is WireObject =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as WireObject).object === 'string' &&
  (typeof (value as WireObject).id === 'string' || (value as WireObject).object === 'list')
