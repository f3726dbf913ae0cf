import { z } from 'zod'
import { parse } from '../http/input.ts'
import { ApiError } from '../errors/errors.ts'

/** Thrown when an object cannot be imported. The message is for the person who imports. */
export class NotTaken extends Error {
  override name = 'NotTaken'
}

/**
 * Called for a part of an object that was left out, with its path (`tools[]` for an element of a list) and the reason.
 */
export type NoteLeftOut = (field: string, reason: string) => void

/**
 * Parses an object of an old answer with the schema of a request. Fields that requests do not have are left out,
 * because the original returned different fields in different years. A part with an unknown type or value is left out
 * too, if the object is valid without it; but a part that exceeds a limit is not. Throws NotTaken.
 */
export function parseImported<Schema extends z.ZodType>(
  schema: Schema,
  given: object,
  leftOut: NoteLeftOut = () => {},
): z.output<Schema> {
  const notes: Parameters<NoteLeftOut>[] = []
  let rest = given
  for (;;) {
    const result = schema.safeParse(rest)
    if (result.success) {
      for (const note of notes) leftOut(...note)
      return result.data
    }
    if (dropUnknown(rest, result.error.issues, notes)) continue
    const mended = notes.length < maxLeftOut ? mend(schema, rest, result.error.issues) : undefined
    if (!mended) throw new NotTaken(refusalOf(schema, rest))
    notes.push([nameOf(mended.path), refusalOf(schema, rest)])
    rest = mended.rest
  }
}

/**
 * An object with more unknown parts is refused: it is hardly an object of the API, and each part costs another parse.
 */
const maxLeftOut = 100

function refusalOf(schema: z.ZodType, given: object): string {
  try {
    parse(schema, given)
  } catch (error) {
    if (error instanceof ApiError) return error.message
    throw error
  }
  return 'it has another form than the API gave it'
}

type Path = readonly PropertyKey[]
type Place = Record<PropertyKey, unknown>

const at = (given: object, path: Path) =>
  path.reduce((place, key) => place[key] as Place, given as Place) as Place | unknown[]
const nameOf = (path: Path) =>
  path
    .map((key) => (typeof key === 'number' ? '[]' : `.${String(key).slice(0, 100)}`))
    .join('')
    .replace(/^\./, '')

/** Deletes unknown fields, and returns whether there were any. Empty ones are not reported. */
function dropUnknown(given: object, issues: z.core.$ZodIssue[], notes: Parameters<NoteLeftOut>[]): boolean {
  let dropped = false
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue
    const place = at(given, issue.path) as Place
    for (const key of issue.keys) {
      if (!saysNothing(place[key])) notes.push([nameOf([...issue.path, key]), 'nothing here has this field'])
      delete place[key]
      dropped = true
    }
  }
  return dropped
}

const saysNothing = (value: unknown) =>
  value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0)

const foreign = new Set(['invalid_type', 'invalid_union', 'invalid_value'])
/** A field without which the object would have another meaning. */
const essential = new Set<PropertyKey | undefined>(['content', 'instructions', 'model', 'tool_calls'])

/**
 * Returns the object without the smallest part whose removal makes it more valid. Undefined if that part is essential.
 */
function mend(
  schema: z.ZodType,
  given: object,
  issues: z.core.$ZodIssue[],
): { rest: object; path: Path } | undefined {
  const path = issues.find(({ code }) => foreign.has(code))?.path ?? []
  for (let depth = path.length; depth > 0; depth--) {
    const part = path.slice(0, depth)
    const key = part.at(-1)
    if (essential.has(key)) return undefined
    const rest = structuredClone(given)
    const place = at(rest, part.slice(0, -1))
    if (!Array.isArray(place)) delete place[key as PropertyKey]
    else if (place.length === 1 && essential.has(part.at(-2))) return undefined
    else place.splice(key as number, 1)
    const result = schema.safeParse(rest)
    if (result.success || result.error.issues.length < issues.length) return { rest, path: part }
  }
  return undefined
}

/**
 * Selects the fields of an answer that requests have too, under their names in the API. (The Python client writes
 * `schema_` for `schema` unless it is told otherwise.)
 */
export function fieldsOf(given: object, ...known: string[]): Record<string, unknown> {
  const fields = Object.fromEntries(Object.entries(given).filter(([key]) => !known.includes(key)))
  const format = fields['response_format'] as { json_schema?: Place | null } | null | undefined
  const { schema_, ...rest } = format?.json_schema ?? {}
  if (schema_ === undefined) return fields
  return { ...fields, response_format: { ...format, json_schema: { schema: schema_, ...rest } } }
}

const prefixes: Record<string, string> = {
  assistant: 'asst_',
  thread: 'thread_',
  'thread.message': 'msg_',
  'thread.run': 'run_',
  'thread.run.step': 'step_',
  vector_store: 'vs_',
  file: 'file-',
}

/**
 * Checks that an id can be used in URLs and as the name of a file on the disk. Replacements of the original API have
 * shorter ids than the original, and Azure has another prefix for files. Throws NotTaken.
 */
export function importedId(object: string, id: string): string {
  const prefix = prefixes[object] ?? ''
  const rest = id.startsWith('assistant-') ? id.slice('assistant-'.length) : id.slice(prefix.length)
  const begins = id.startsWith(prefix) || (object === 'file' && /^(file_|assistant-)/.test(id))
  if (begins && /^[A-Za-z0-9]{4,64}$/.test(rest)) return id
  throw new NotTaken(`its id is not one of the API: '${prefix}' and 4 to 64 letters and digits were expected`)
}

/** A time in Unix seconds. */
export const time = z.int().min(0)
/** A time that may be missing. */
export const optionalTime = time.nullish().transform((given) => given ?? null)
export const optionalId = z
  .string()
  .max(200)
  .nullish()
  .transform((given) => given ?? null)

/** As in requests, a NUL character is refused, because not every database can store it in a text. */
export function refuseNul(body: string): void {
  if (/(?<!\\)(?:\\\\)*\\u0000/.test(body)) throw new NotTaken('it has NUL characters, which are not stored')
}
