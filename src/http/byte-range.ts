import { ApiError } from '../errors/errors.ts'
import type { BoundedRange } from '../operations/open-content.ts'

const oneRange = /^bytes=\s*(?:(\d+)-(\d*)|-(\d+))\s*$/i

/**
 * The range of bytes that a `Range` header asks for, by RFC 9110, 14.2. Undefined means the whole content, also for several
 * ranges and for what is no range of bytes: a server may answer these as if nothing had been asked. Throws a 416 when no byte
 * of the content is in the range.
 */
export function byteRange(header: string | undefined, bytes: number): BoundedRange | undefined {
  const [matched, first = '', last = '', suffix = ''] = oneRange.exec(header ?? '') ?? []
  if (matched === undefined) return undefined
  const start = suffix === '' ? Number(first) : Math.max(0, bytes - Number(suffix))
  if (last !== '' && Number(last) < start) return undefined
  if (start >= bytes) throw notSatisfiable(bytes)
  return { start, end: last === '' ? bytes : Math.min(bytes, Number(last) + 1) }
}

const notSatisfiable = (bytes: number) =>
  new ApiError(416, `The requested range is not satisfiable: the content has ${bytes} bytes.`, {
    code: 'range_not_satisfiable',
    headers: { 'content-range': `bytes */${bytes}` },
  })
