import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyFileStream } from '@fastify/busboy'
import { invalid, unknownParameter } from '../errors.ts'
import { bodyOf } from './body.ts'
import type { Request } from './call.ts'
import { formFileName } from './form-file-name.ts'

export interface Form<Stored> {
  /** `expires_after[anchor]` is `expires_after: { anchor }`. */
  fields: Record<string, unknown>
  /** The one file of the form; its name is empty where it has none. */
  file?: { filename: string; stored: Stored }
  /** There was a field where the file belongs: a part without a file name and without a type is one. */
  withoutName?: true
}

/** In bytes and counts; a form here has four small fields. */
const limits = { fieldNameSize: 200, fieldSize: 65_536, fields: 32, files: 1, parts: 40, headerPairs: 100 }

/**
 * Reads a form of which the file `fileField` goes to `store` as it arrives. Fields may come before and after it.
 * Fails with what `store` failed with, or when the form breaks off, which `store` sees in its stream; what was stored
 * before the rest of the form turned out to be wrong is discarded.
 */
export async function readForm<Stored>(
  c: Request,
  fileField: string,
  store: (content: AsyncIterable<Uint8Array>) => Promise<Stored>,
  discard: (stored: Stored) => Promise<void>,
): Promise<Form<Stored>> {
  const form: Form<Stored> = { fields: {} }
  const parser = open(c)
  let content: BusboyFileStream | undefined
  let storing: Promise<void> = Promise.resolve()
  const stop = new AbortController()

  // Both go on to emit errors after everybody has stopped listening, and an error without a listener ends the process.
  parser.on('error', () => {})
  const dispositionOf = readDispositions(parser)
  parser.on('field', (name, value, nameCut, valueCut) => {
    if (name === fileField) form.withoutName = true
    else if (nameCut || valueCut) stop.abort(invalid(`The field '${name}' is too long.`))
    else if (value.includes('\0')) stop.abort(withNul(name))
    else set(form.fields, name, value)
  })
  parser.on('file', (name, stream, filename) => {
    // Heard before the reader of the stream fails by it.
    stream.on('error', ({ message }: Error) => {
      if (message.includes('unexpected end of multipart data')) stop.abort(brokeOff())
    })
    if (name !== fileField || content) {
      stop.abort(unknownParameter(name))
      return
    }
    content = stream
    const named = formFileName(filename, dispositionOf())
    storing = store(stream as AsyncIterable<Uint8Array>).then((stored) => {
      form.file = { filename: named, stored }
    })
    storing.catch((error: unknown) => stop.abort(error))
  })
  for (const limit of ['filesLimit', 'fieldsLimit', 'partsLimit'] as const) {
    parser.on(limit, () => stop.abort(invalid('The form has too many parts.')))
  }

  try {
    const stopped = Promise.withResolvers<never>()
    stop.signal.addEventListener('abort', () => stopped.reject(stop.signal.reason))
    await Promise.race([pipeline(Readable.from(bodyOf(c)), parser, { signal: stop.signal }), stopped.promise])
    await storing
  } catch {
    if (!stop.signal.aborted) stop.abort(brokeOff())
    // The parser leaves the stream of an unfinished file open; its reader would wait forever.
    content?.destroy(new Error('the form broke off'))
    await storing.catch(() => {})
    if (form.file) await discard(form.file.stored)
    throw stop.signal.reason
  }
  return form
}

interface Parts {
  prependListener(event: 'part', heard: (part: Heads) => void): void
}
interface Heads {
  prependListener(event: 'header', heard: (head: Record<string, string[] | undefined>) => void): void
}

/**
 * The `Content-Disposition` of the part that is being read: the parser passes over `filename*` after a plain name, and
 * gives out no heads of its own.
 */
function readDispositions(parser: object): () => string {
  let disposition = ''
  const { parser: parts } = (parser as { _parser: { parser: Parts } })._parser
  parts.prependListener('part', (part) => {
    part.prependListener('header', (head) => (disposition = head['content-disposition']?.[0] ?? ''))
  })
  return () => disposition
}

const withNul = (name: string) =>
  invalid(`Invalid '${name}': strings must not contain NUL characters.`, name, 'invalid_value')

const brokeOff = () => invalid('The form of your request could not be read: it is malformed or broke off.')

function open(c: Request) {
  try {
    // A slash may be part of a name's encoding: `plainFileName` cuts paths when that has been decoded.
    const headers = { 'content-type': c.req.header('content-type') ?? '' }
    return new Busboy({ headers, limits, preservePath: true })
  } catch {
    throw invalid("Invalid 'Content-Type' header. Expected multipart/form-data with a boundary.")
  }
}

function set(fields: Record<string, unknown>, name: string, value: string): void {
  const [, outer, inner] = /^(\w+)\[(\w+)\]$/.exec(name) ?? []
  if (outer === undefined || inner === undefined) {
    Object.defineProperty(fields, name, {
      value: fromJson(value),
      enumerable: true,
      configurable: true,
      writable: true,
    })
    return
  }
  const object = { ...(fields[outer] as Record<string, unknown> | undefined), [inner]: value }
  Object.defineProperty(fields, outer, {
    value: object,
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

/** Some clients put an object into a form as the text of its JSON. */
function fromJson(value: string): unknown {
  if (!/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
