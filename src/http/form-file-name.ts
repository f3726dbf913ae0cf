import { decodeWords } from 'postal-mime'
import { plainFileName } from '../contract/files.ts'

/**
 * The name of a file in a form, taken from what the parser found and from the header of the part. Clients write names
 * that are not ASCII in five ways: as they are, in `filename*` (RFC 5987), as in mail (RFC 2047), with `%22` for a
 * quote (WHATWG), or in Latin 1. Empty when there is no name.
 */
export function formFileName(parsed: string | undefined, disposition: string): string {
  const extended = extendedName(disposition)
  if (extended !== undefined) return plainFileName(extended)
  let name = parsed ?? ''
  if (name.includes('\ufffd')) name = latinName(disposition) ?? name
  if (/=\?[\w-]+\?[bq]\?[^?]*\?=/i.test(name)) name = decodeWords(name)
  return plainFileName(name.replaceAll('%22', '"').replaceAll(/%0[da]/gi, ' '))
}

/** The value of `filename*`. It is preferred to `filename`, which is then only for clients from before 2010. */
function extendedName(disposition: string): string | undefined {
  // A quoted name may contain something that looks like a parameter, so it is removed first.
  const parameters = disposition.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
  const [, charset, value] = /;\s*filename\*\s*=\s*([\w-]+)'[^']*'([^\s;]*)/i.exec(parameters) ?? []
  if (charset === undefined || value === undefined) return undefined
  const bytes = value.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return decoded(Buffer.from(bytes, 'latin1'), charset)
}

/** Decodes the bytes of a name that is not UTF-8. The parser gives headers with one character for each byte. */
function latinName(disposition: string): string | undefined {
  const name = /;\s*filename\s*=\s*"((?:[^"\\]|\\.)*)"/i.exec(disposition)?.[1]
  return name === undefined ? undefined : decoded(Buffer.from(name, 'latin1'), 'windows-1252')
}

function decoded(bytes: Uint8Array, charset: string): string | undefined {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return undefined
  }
}
