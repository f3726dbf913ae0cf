import type { InputFile } from './items.ts'
import { missing, notOneOf, Refused, refuseOthers, textIn, wrongType, type Fields } from './refused.ts'

type Path = (string | number)[]

/** In characters, as a `data:` URL. */
const maxData = 73_400_320
const sources = ['file_id', 'file_data', 'file_url'] as const

export function readInputFile(part: Fields, path: Path): InputFile {
  refuseOthers(part, ['type', ...sources, 'filename', 'detail', 'prompt_cache_breakpoint'], path)
  const given = sources.filter((name) => part[name] !== undefined && part[name] !== null)
  const [source] = given
  if (!source) throw missing([...path, 'file_id'])
  if (given.length > 1) throw several(given, path)
  refuseDetail(part['detail'], [...path, 'detail'])
  const value = textIn(part, source, path)
  const { filename = null } = part
  if (filename !== null && typeof filename !== 'string')
    throw wrongType([...path, 'filename'], 'a string', filename)
  if (source === 'file_data') refuseData(value, [...path, source])
  if (source === 'file_url') refuseAddress(value, [...path, source])
  return { type: 'input_file', [source]: value, ...(filename !== null && { filename }) }
}

const details = ['auto', 'low', 'high']

/** Pages are not rendered: the model is told the text, and no detail gives it more of that. */
function refuseDetail(detail: unknown, path: Path): void {
  if (detail === undefined || detail === null) return
  if (typeof detail !== 'string' || !details.includes(detail)) throw notOneOf(path, detail, details)
  if (detail === 'high')
    throw new Refused({
      code: 'unsupported_value',
      path,
      message:
        "Unsupported value: 'high' is not supported by this server, which reads the text of files alone. Supported values are: 'auto' and 'low'.",
    })
}

const several = (given: readonly string[], path: Path) =>
  new Refused({
    code: 'mutually_exclusive_parameters',
    path,
    message: `Mutually exclusive parameters: '${given.join("', '")}'. Ensure you are only providing one of: 'file_id', 'file_data', or 'file_url'.`,
  })

/** The type of the content of a `data:` URL. Undefined for what is none. */
export const mediaTypeOf = (data: string): string | undefined =>
  /^data:([\w.+-]+\/[\w.+-]+)(?:;[^,;]*)*;base64,/i.exec(data.slice(0, 500))?.[1]?.toLowerCase()

/** Types of which no text is read. */
const noText = /^(audio|video|image|font)\//

function refuseData(data: string, path: Path): void {
  if (data.length > maxData)
    throw new Refused({
      code: 'string_above_max_length',
      path,
      message: `Invalid '{param}': string too long. Expected a string with maximum length ${maxData}, but got a string with length ${data.length} instead.`,
    })
  const got = faultOf(data)
  if (got === undefined) return
  throw new Refused({
    code: 'invalid_value',
    path,
    message: `Invalid file data: '{param}'. Expected a base64-encoded data URL with a valid file MIME type (e.g. 'data:text/plain;base64,SGVsbG8sIFdvcmxkIQ=='), but got ${got}. Please see https://platform.openai.com/docs/assistants/tools/file-search#supported-files for supported file types.`,
  })
}

function faultOf(data: string): string | undefined {
  const type = mediaTypeOf(data)
  if (type === undefined) return 'a value without a MIME type'
  if (noText.test(type)) return `unsupported MIME type '${type}'`
  const content = data.slice(data.indexOf(',') + 1)
  if (content === '') return 'empty base64-encoded bytes'
  return /[^\w+/=\s-]/.test(content) ? 'an invalid base64-encoded value' : undefined
}

export function refuseAddress(address: string, path: Path): void {
  if (/^https?:$/.test(URL.parse(address)?.protocol ?? '')) return
  throw new Refused({
    code: 'invalid_value',
    path,
    message: "Invalid '{param}'. Expected a valid URL, but got a value with an invalid format.",
  })
}
