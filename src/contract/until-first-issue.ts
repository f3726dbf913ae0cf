import type { z } from 'zod'
import { oneOf } from './list-values.ts'

interface Definition {
  element?: { _zod: { def: { type: string; entries?: Record<string, string> } } }
  format?: string
}

/**
 * Adds to the issue which type an array should contain, or that a number should be whole. Only the schema knows this,
 * and only here.
 */
const typePhrase: z.core.$ZodErrorMap = (issue) => {
  if (issue.code !== 'invalid_type') return undefined
  const definition = (issue.inst as { _zod: { def: Definition } } | undefined)?._zod.def
  if (issue.expected === 'number') return definition?.format === 'safeint' ? 'an integer' : 'a decimal'
  if (issue.expected !== 'array') return undefined
  const element = definition?.element?._zod.def
  if (!element) return 'an array'
  if (element.entries) return `an array of one of ${oneOf(Object.values(element.entries))}`
  return element.type === 'string' ? 'an array of strings' : 'an array of objects'
}

/**
 * How values of requests are parsed: to the first problem, whose input is kept for its text. The option exists, but zod's types
 * show it only for `validate`.
 */
export const untilFirstIssue: z.core.ParseContext<z.core.$ZodIssue> & { abortEarly: true } = {
  reportInput: true,
  error: typePhrase,
  abortEarly: true,
}
