import { plainFileName } from '../contract/files.ts'
import { wireHeaders } from './answer.ts'
import type { Request } from './call.ts'

/** The headers of a file that is downloaded. Browsers save it, whatever its type is. */
export const downloadHeaders = (
  c: Request,
  { filename, bytes, type }: { filename: string; bytes: number; type: string },
): Record<string, string> => ({
  ...wireHeaders(c, type),
  // A name with a path could make a client save the file in another folder.
  'content-disposition': disposition(plainFileName(filename) || 'file'),
  'content-length': String(bytes),
})

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
