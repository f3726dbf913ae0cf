import { decodeWords } from 'postal-mime'
import { plainFileName } from '../contract/files.ts'

/**
 * The name of a file of a form, from what the parser made of it and from the head of its part. Clients write names that are
 * not ASCII in five ways: as they are, in `filename*` (RFC 5987), in the words of mail (RFC 2047), with `%22` for a quote
 * (WHATWG), or in Latin 1. Empty where there is none.
 */
export function formFileName(parsed: string | undefined, disposition: string): string {
  const extended = extendedName(disposition)
  if (extended !== undefined) return plainFileName(extended)
  let name = parsed ?? ''
  if (name.includes('\ufffd')) name = latinName(disposition) ?? name
  if (/=\?[\w-]+\?[bq]\?[^?]*\?=/i.test(name)) name = decodeWords(name)
  return plainFileName(name.replaceAll('%22', '"').replaceAll(/%0[da]/gi, ' '))
}

/** What stands in `filename*`, which goes before `filename`: the latter is then for clients of before 2010. */
function extendedName(disposition: string): string | undefined {
  // A name in quotes may look like a parameter.
  const parameters = disposition.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
  const [, charset, value] = /;\s*filename\*\s*=\s*([\w-]+)'[^']*'([^\s;]*)/i.exec(parameters) ?? []
  if (charset === undefined || value === undefined) return undefined
  const bytes = value.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return decoded(Buffer.from(bytes, 'latin1'), charset)
}

/** The bytes of a name that are no UTF-8; the parser gives heads of parts with a character for each byte. */
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
