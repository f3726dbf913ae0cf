import { measureJson, type JsonPath } from './measure-json.ts'

/** The value of a JSON text, or why there is none. */
export type ParsedJson =
  | { value: unknown }
  | { problem: 'malformed' }
  /** `path` is where it stands; `size` the number of items or pairs there. */
  | { problem: 'too deep' | 'nul'; path: JsonPath }
  | { problem: 'too many values'; path: JsonPath; size: number }

/** All lists and objects of a body together. The largest that the limits of the wire allow has some 48,000. */
export const maxValues = 50_000

/** Builds nothing of a text that has too much in it. Nothing at all stands for `{}`. */
export function parseJson(text: Uint8Array): ParsedJson {
  const { values, largest, tooDeep, nul } = measureJson(text)
  if (tooDeep) return { problem: 'too deep', path: tooDeep }
  if (values > maxValues) return { problem: 'too many values', ...largest }
  if (nul) return { problem: 'nul', path: nul }
  const written = new TextDecoder().decode(text)
  try {
    return { value: written.trim() === '' ? {} : JSON.parse(written) }
  } catch {
    return { problem: 'malformed' }
  }
}
