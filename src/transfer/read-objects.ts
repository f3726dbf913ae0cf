import { createReadStream } from 'node:fs'
import { JSONParser } from '@streamparser/json'

/** An object of the API that was found in a file. */
export interface FoundObject {
  value: WireObject
  /** It stood in `data` of a list object. */
  listed: boolean
}

export interface WireObject {
  id: string
  object: string
  [field: string]: unknown
}

/** A part of a file that is not JSON. */
export interface Unreadable {
  /** A line, counted from 1, where the file has an object on each; otherwise the file from there on. */
  line?: number
  reason: string
}

/** What these fields hold is told by callers and models: an object of the API in there is none. */
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

/**
 * The objects of the API in a file of JSON or of JSON lines: single ones, arrays, list objects, several values one after
 * the other, and what somebody has put around them. Each is there as soon as it is complete, and forgotten by what holds
 * it, so that a file may be larger than memory. In JSON lines a broken line costs only itself.
 */
export async function* readObjects(path: string): AsyncGenerator<FoundObject | Unreadable, void> {
  const lines = /\.(jsonl|ndjson)$/i.test(path)
  let scanner = createScanner()
  let line = 1
  let first = true
  for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>) {
    let rest = first ? withoutByteOrderMark(chunk) : chunk
    first = false
    while (lines) {
      const end = rest.indexOf(newline)
      if (end < 0) break
      scanner.write(rest.subarray(0, end))
      rest = rest.subarray(end + 1)
      yield* scanner.take()
      const reason = scanner.end()
      if (reason !== undefined) yield { line, reason }
      if (scanner.isUsed()) scanner = createScanner()
      line++
    }
    scanner.write(rest)
    yield* scanner.take()
    if (!lines && scanner.isBroken()) break
  }
  const reason = scanner.end()
  if (reason !== undefined) yield lines ? { line, reason } : { reason }
}

const newline = 10

const withoutByteOrderMark = (chunk: Buffer) =>
  chunk.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? chunk.subarray(3) : chunk

function createScanner() {
  let found: FoundObject[] = []
  let broken: string | undefined
  let written = false
  const parser = new JSONParser({ separator: '' })
  parser.onError = (error) => void (broken ??= `not JSON: ${error.message.slice(0, 200)}`)
  parser.onValue = ({ value, key, parent, stack }) => {
    if (!isObject(value)) return
    const keys = [...stack.slice(1).map((place) => place.key), key]
    if (keys.some((one) => typeof one === 'string' && opaque.has(one))) return
    if (value.object !== 'list') found.push({ value, listed: keys.includes('data') })
    // The one that holds it lets go of it: a list may have millions.
    if (Array.isArray(parent)) parent[parent.length - 1] = null
    else if (parent && typeof key === 'string') parent[key] = null
  }

  return {
    write(bytes: Uint8Array) {
      if (broken !== undefined || bytes.length === 0) return
      written ||= bytes.some((byte) => byte > space)
      parser.write(bytes)
    },
    /** What was found since the last time. */
    take(): FoundObject[] {
      const taken = found
      found = []
      return taken
    },
    isBroken: () => broken !== undefined,
    isUsed: () => written,
    /** Why what was written is not whole; undefined where it is. */
    end(): string | undefined {
      if (!written || broken !== undefined) return broken
      parser.onError = () => void (broken = 'not JSON: it ends in the middle of a value')
      parser.end()
      return broken
    },
  }
}

const space = 32

const isObject = (value: unknown): value is WireObject =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as WireObject).object === 'string' &&
  (typeof (value as WireObject).id === 'string' || (value as WireObject).object === 'list')
