import { refuseAddress } from './input-files.ts'
import { Refused } from './refused.ts'

type Path = (string | number)[]

/** Refuses an address of a picture that can lead to none, before anything is made of the request. */
export function refuseImageUrl(given: string, path: Path): void {
  if (!/^data:/i.test(given)) return refuseAddress(given, path)
  const fault = faultOf(given)
  if (fault === undefined) return
  throw new Refused({
    code: 'invalid_value',
    path,
    message: `Invalid '{param}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got ${fault}.`,
  })
}

/** The faults of a `data:` URL, in the words of the original. */
function faultOf(given: string): string | undefined {
  const comma = given.indexOf(',')
  const head = given.slice('data:'.length, comma < 0 ? undefined : comma)
  const [type = '', ...more] = head.split(';')
  if (!/^image\//i.test(type)) return `unsupported MIME type '${type.slice(0, 100)}'`
  if (comma < 0 || more.at(-1)?.toLowerCase() !== 'base64') return "a value without the ';base64' separator"
  if (comma === given.length - 1) return 'empty base64-encoded bytes'
  return /[^\w+/=\s-]/.test(given.slice(comma + 1)) ? 'an invalid base64-encoded value' : undefined
}
