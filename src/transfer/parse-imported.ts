import { z } from 'zod'
import { parse } from '../http/input.ts'
import { ApiError } from '../errors.ts'

/** Why one object is not taken; the text is for the person who imports. */
export class NotTaken extends Error {
  override name = 'NotTaken'
}

/**
 * What the schema of a request makes of an object that was answered once. Fields that no request has are left out: the
 * original had more of them in some years than in others. Throws NotTaken.
 */
export function parseImported<Schema extends z.ZodType>(schema: Schema, given: unknown): z.output<Schema> {
  let result = schema.safeParse(given)
  while (!result.success && leaveOut(given, result.error.issues[0])) result = schema.safeParse(given)
  if (result.success) return result.data
  try {
    return parse(schema, given)
  } catch (error) {
    throw error instanceof ApiError ? new NotTaken(error.message) : error
  }
}

/** Whether the issue was about unknown fields, which are gone then. */
function leaveOut(given: unknown, issue: z.core.$ZodIssue | undefined): boolean {
  if (issue?.code !== 'unrecognized_keys' || issue.keys.length === 0) return false
  let place = given as Record<PropertyKey, unknown>
  for (const key of issue.path) place = place[key] as Record<PropertyKey, unknown>
  for (const key of issue.keys) delete place[key]
  return true
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
