import type { Pair } from '../parts/PairsInput.tsx'

type Value = string | number | boolean

/** `12`, `true` and `false` are what they look like; everything else is text, and so is what is in quotes. */
export function valueOf(text: string): Value {
  const given = text.trim()
  if (given === 'true' || given === 'false') return given === 'true'
  if (/^-?\d+(\.\d+)?$/.test(given)) return Number(given)
  return /^".*"$/.test(given) ? given.slice(1, -1) : text
}

/** The attributes of a file. A pair without a name is none. */
export const attributesOf = (pairs: Pair[]): Record<string, Value> =>
  Object.fromEntries(pairs.filter(({ key }) => key !== '').map(({ key, value }) => [key, valueOf(value)]))
