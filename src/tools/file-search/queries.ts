import { lenientJson } from '../../models/lenient-json.ts'

/** What a call of file search looks for. Models give a list, sometimes one text, under one name or another. */
export function readQueries(argumentsText: string): string[] {
  const given = lenientJson(argumentsText)
  // What looks like JSON and cannot be read is not what they are looking for.
  if (given === undefined) return /^\s*([{["]|$)/.test(argumentsText) ? [] : [argumentsText]
  const { queries, query } = Object(given) as Record<string, unknown>
  return textsIn(queries ?? query ?? given).filter((text) => text.trim() !== '')
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value.toWellFormed()]
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(textsIn) : []
}
