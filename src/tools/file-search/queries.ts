import { lenientJson } from '../../models/lenient-json.ts'

/** The queries of a call. Models write a list or a single text, under different names. */
export function readQueries(argumentsText: string): string[] {
  const given = lenientJson(argumentsText)
  // Text that looks like JSON and cannot be parsed is not a query.
  if (given === undefined) return /^\s*([{["]|$)/.test(argumentsText) ? [] : [argumentsText]
  const { queries, query } = Object(given) as Record<string, unknown>
  return textsIn(queries ?? query ?? given).filter((text) => text.trim() !== '')
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value.toWellFormed()]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : []
}
