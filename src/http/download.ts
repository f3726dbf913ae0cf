import { Readable } from 'node:stream'
import { plainFileName } from '../contract/files.ts'
import type { BoundedRange } from '../operations/open-content.ts'
import { wireHeaders } from './answer.ts'
import { byteRange } from './byte-range.ts'
import type { Request } from './call.ts'

/** `range` is what `content` is of the file; without it, `content` is the whole. Without `content`, only headers are sent. */
export interface Download {
  filename: string
  bytes: number
  type: string
  content?: Readable
  range?: BoundedRange | undefined
}

/** What of a content of so many bytes the caller asks for; undefined for the whole. Throws a 416. */
export const askedRange = (c: Request, bytes: number): BoundedRange | undefined =>
  // No content has a validator here, so none is the one that `If-Range` names.
  c.req.header('if-range') === undefined ? byteRange(c.req.header('range'), bytes) : undefined

/** A file, or a range of it. Browsers save it, whatever its type is. */
export function download(c: Request, { filename, bytes, type, content, range }: Download): Response {
  const { start, end } = range ?? { start: 0, end: bytes }
  return new Response(content ? (Readable.toWeb(content) as ReadableStream) : null, {
    status: range ? 206 : 200,
    headers: {
      ...wireHeaders(c, type),
      'accept-ranges': 'bytes',
      // A name with a path could make a client save the file in another folder.
      'content-disposition': disposition(plainFileName(filename) || 'file'),
      'content-length': String(end - start),
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${bytes}` }),
    },
  })
}

/** RFC 6266: characters that a header cannot contain are in `filename*`. */
function disposition(filename: string): string {
  const plain = filename.replaceAll(/[^\x20-\x7e]|["\\]/g, '_')
  const encoded = encodeURIComponent(filename.toWellFormed()).replaceAll(/['()*]/g, (sign) => `%${hex(sign)}`)
  const exact = plain === filename ? '' : `; filename*=UTF-8''${encoded}`
  return `attachment; filename="${plain}"${exact}`
}

const hex = (sign: string) => sign.charCodeAt(0).toString(16).toUpperCase()

const types: Readonly<Record<string, string>> = {
  csv: 'text/csv; charset=utf-8',
  gif: 'image/gif',
  htm: 'text/html; charset=utf-8',
  html: 'text/html; charset=utf-8',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
  pdf: 'application/pdf',
  png: 'image/png',
  txt: 'text/plain; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  zip: 'application/zip',
}

/** The type of a file by its name, for those that programs often write. */
export const typeOfFile = (filename: string): string =>
  types[/\.([^.]+)$/.exec(filename)?.[1]?.toLowerCase() ?? ''] ?? 'application/octet-stream'
