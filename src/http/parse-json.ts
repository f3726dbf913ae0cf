import { measureJson, type JsonPath } from './measure-json.ts'

/** The value of a JSON text, or the reason why there is none. */
export type ParsedJson =
  | { value: unknown }
  | { problem: 'malformed' }
  /** `path` is the path of the problem, and `size` the number of items or pairs there. */
  | { problem: 'too deep' | 'nul'; path: JsonPath }
  | { problem: 'too many values'; path: JsonPath; size: number; most: number }

/** The limit for all lists and objects of a body together. The largest valid request has about 48,000. */
const maxValues = 50_000

/** What some requests may have that others may not. */
export interface JsonAllowance {
  /** In place of `maxValues`. */
  values?: number
  /** Whether strings may contain NUL characters. Whoever stores them must write them as JSON. */
  nul?: boolean
}

/** Builds no value when the text contains too many. An empty text counts as `{}`. */
export function parseJson(
  text: Uint8Array,
  { values: most = maxValues, nul: nulAllowed = false }: JsonAllowance = {},
): ParsedJson {
  const { values, largest, tooDeep, nul } = measureJson(text)
  if (tooDeep) return { problem: 'too deep', path: tooDeep }
  if (values > most) return { problem: 'too many values', ...largest, most }
  if (nul && !nulAllowed) return { problem: 'nul', path: nul }
  const written = new TextDecoder().decode(text)
  try {
    return { value: written.trim() === '' ? {} : JSON.parse(written) }
  } catch {
    return { problem: 'malformed' }
  }
}
