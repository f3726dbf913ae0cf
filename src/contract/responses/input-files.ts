import type { InputFile } from './items.ts'
import { missing, Refused, refuseOthers, textIn, wrongType, type Fields } from './refused.ts'

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
  const value = textIn(part, source, path)
  const { filename = null } = part
  if (filename !== null && typeof filename !== 'string')
    throw wrongType([...path, 'filename'], 'a string', filename)
  if (source === 'file_data') refuseData(value, [...path, source])
  if (source === 'file_url') refuseAddress(value, [...path, source])
  return { type: 'input_file', [source]: value, ...(filename !== null && { filename }) }
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
  const type = mediaTypeOf(data)
  if (type !== undefined && !noText.test(type)) return
  const got = type === undefined ? 'a value without a MIME type' : `unsupported MIME type '${type}'`
  throw new Refused({
    code: 'invalid_value',
    path,
    message: `Invalid file data: '{param}'. Expected a base64-encoded data URL with a valid file MIME type (e.g. 'data:text/plain;base64,SGVsbG8sIFdvcmxkIQ=='), but got ${got}. Please see https://platform.openai.com/docs/assistants/tools/file-search#supported-files for supported file types.`,
  })
}

export function refuseAddress(address: string, path: Path): void {
  if (/^https?:$/.test(URL.parse(address)?.protocol ?? '')) return
  throw new Refused({
    code: 'invalid_value',
    path,
    message: "Invalid '{param}'. Expected a valid URL, but got a value with an invalid format.",
  })
}
