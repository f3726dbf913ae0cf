import { z } from 'zod'
import type { Refusal } from '../limits.ts'
import { allOf } from '../list-values.ts'
import { untilFirstIssue } from '../until-first-issue.ts'

/** Thrown while a value of a request is read. `of` names the parameter where it is not that of the path. */
export class Refused extends Error {
  readonly refusal: Refusal & { of?: 'nothing' }
  constructor(refusal: Refusal & { of?: 'nothing' }) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** A schema that reads a value with a function, which throws Refused with a path below the value. */
export const reading = <T>(read: (value: unknown) => T) =>
  z.unknown().transform((value, context): T => {
    try {
      return read(value)
    } catch (error) {
      if (error instanceof NotOfSchema) {
        context.issues.push(...error.issues)
        return z.NEVER
      }
      if (!(error instanceof Refused)) throw error
      const { message, code, path = [], of } = error.refusal
      const params = { code, withoutParam: of === 'nothing' }
      context.issues.push({ code: 'custom', input: value, message, path, params })
      return z.NEVER
    }
  })

class NotOfSchema extends Error {
  readonly issues: z.core.$ZodRawIssue[]
  constructor(issues: z.core.$ZodRawIssue[]) {
    super('a part of the request is not of its schema')
    this.issues = issues
  }
}

/** Reads a part of a value with a schema. Its refusals are those of the schema, below the path. */
export function readAs<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  path: Path,
): z.output<Schema> {
  const result = schema._zod.run(
    { value, issues: [] },
    { ...untilFirstIssue, async: false },
  ) as z.core.ParsePayload
  if (result.issues.length === 0) return result.value as z.output<Schema>
  throw new NotOfSchema(result.issues.map((issue) => ({ ...issue, path: [...path, ...(issue.path ?? [])] })))
}

type Path = (string | number)[]

/** The names of types as the wire writes them. */
export function described(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'an integer' : 'a decimal number'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

export const wrongType = (path: Path, expected: string, value: unknown) =>
  new Refused({
    code: 'invalid_type',
    path,
    message: `Invalid type for '{param}': expected ${expected}, but got ${described(value)} instead.`,
  })

export const missing = (path: Path) =>
  new Refused({
    code: 'missing_required_parameter',
    path,
    message: "Missing required parameter: '{param}'.",
  })

export const unknown = (path: Path) =>
  new Refused({ code: 'unknown_parameter', path, message: "Unknown parameter: '{param}'." })

/** `values` are in the order of the wire's text. */
export const notOneOf = (path: Path, given: unknown, values: readonly string[]) =>
  new Refused({
    code: 'invalid_value',
    path,
    message: `Invalid value: '${typeof given === 'string' ? given.slice(0, 200) : ''}'. Supported values are: ${allOf(values)}.`,
  })

/** Something of the API that this server does not do. */
export const unsupported = (path: Path, message: string) =>
  new Refused({ code: 'unsupported_parameter', path, message })

export type Fields = Record<string, unknown>

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A field that must be a string. */
export function textIn(given: Fields, key: string, path: Path): string {
  const value = given[key]
  if (value === undefined || value === null) throw missing([...path, key])
  if (typeof value !== 'string') throw wrongType([...path, key], 'a string', value)
  return value
}

/**
 * Refuses the first field that is not among the known ones. Null is taken for "left out" everywhere, because clients write
 * objects back with every field that their types have.
 */
export function refuseOthers(given: Fields, known: readonly string[], path: Path): void {
  for (const [key, value] of Object.entries(given))
    if (value !== null && !known.includes(key)) throw unknown([...path, key.slice(0, 200)])
}
