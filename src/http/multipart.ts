import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyFileStream } from '@fastify/busboy'
import { invalid, unknownParameter } from '../errors/errors.ts'
import { bodyOf } from './body.ts'
import type { Request } from './call.ts'
import { formFileName } from './form-file-name.ts'

export interface Form<Stored> {
  /** `expires_after[anchor]` becomes `expires_after: { anchor }`. */
  fields: Record<string, unknown>
  /** The only file of the form. Its name is empty when it has none. */
  file?: { filename: string; stored: Stored }
  /**
   * Set when an ordinary field was sent in place of the file. A part without a file name and without a type is a field.
   */
  withoutName?: true
}

/** In bytes and in counts. The forms of this API have at most four small fields. */
const limits = { fieldNameSize: 200, fieldSize: 65_536, fields: 32, files: 1, parts: 40, headerPairs: 100 }

/**
 * Reads a form whose file `fileField` is passed to `store` while it arrives. Fields may come before and after the file.
 * Fails with the error of `store`, or when the form breaks off, which `store` sees in its stream. When the rest of the
 * form turns out to be wrong, the stored file is discarded.
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

  // Both may emit errors after everybody has stopped listening, and an error without a listener ends the process.
  parser.on('error', () => {})
  const dispositionOf = readDispositions(parser)
  parser.on('field', (name, value, nameCut, valueCut) => {
    if (name === fileField) form.withoutName = true
    else if (nameCut || valueCut) stop.abort(invalid(`The field '${name}' is too long.`))
    else if (value.includes('\0')) stop.abort(withNul(name))
    else set(form.fields, name, value)
  })
  parser.on('file', (name, stream, filename) => {
    // This listener runs before the reader of the stream fails with the same error.
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
    // The parser leaves the stream of an unfinished file open, so its reader would wait for ever.
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
 * The `Content-Disposition` of the part that is being read. The parser ignores `filename*` after an ordinary name, and
 * does not give the header.
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
    // A slash may be part of the encoding of a name. `plainFileName` removes the path after the name was decoded.
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

/** Some clients send an object in a form as JSON text. */
function fromJson(value: string): unknown {
  if (!/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}
