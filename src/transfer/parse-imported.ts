import { z } from 'zod'
import { parse } from '../http/input.ts'
import { ApiError } from '../errors.ts'

/** Why one object is not taken; the text is for the person who imports. */
export class NotTaken extends Error {
  override name = 'NotTaken'
}

/** Told of a part that an object loses: where it stood, `tools[]` for one of a list, and why. */
export type NoteLeftOut = (field: string, reason: string) => void

/**
 * What the schema of a request makes of an object that was answered once. Fields that no request has are left out: the
 * original had more of them in some years than in others. So is a part that nothing here knows, where the object is one
 * without it; limits are no such parts. Throws NotTaken.
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

/** An object of which more is foreign is none, and each part is looked for anew. */
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

/** Whether there were unknown fields, which are gone then. Those that say nothing are not told of. */
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
/** Without these an object is another one than it was. */
const essential = new Set<PropertyKey | undefined>(['content', 'instructions', 'model', 'tool_calls'])

/** The object without the smallest part that takes something foreign away; undefined where it is needed. */
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
 * The fields of an answer that a request has as well, under the names of the wire: Python's client writes `schema_` where
 * nobody asks for these.
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
 * An id that may stand in addresses and name a content on disk. Stand-ins of the original have shorter ones than it had
 * itself, and Azure's files another prefix. Throws NotTaken.
 */
export function importedId(object: string, id: string): string {
  const prefix = prefixes[object] ?? ''
  const rest = id.startsWith('assistant-') ? id.slice('assistant-'.length) : id.slice(prefix.length)
  const begins = id.startsWith(prefix) || (object === 'file' && /^(file_|assistant-)/.test(id))
  if (begins && /^[A-Za-z0-9]{4,64}$/.test(rest)) return id
  throw new NotTaken(`its id is not one of the API: '${prefix}' and 4 to 64 letters and digits were expected`)
}

/** Unix seconds. */
export const time = z.int().min(0)
/** One that may be missing. */
export const optionalTime = time.nullish().transform((given) => given ?? null)
export const optionalId = z
  .string()
  .max(200)
  .nullish()
  .transform((given) => given ?? null)

/** As in requests: no database keeps it in a text. */
export function refuseNul(body: string): void {
  if (/(?<!\\)(?:\\\\)*\\u0000/.test(body)) throw new NotTaken('it has NUL characters, which are not stored')
}
