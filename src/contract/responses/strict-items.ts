import { prefixOf, type Item } from './items.ts'
import { isFields, Refused, textIn, unknown, type Fields } from './refused.ts'

type Path = (string | number)[]

/** What a request may have in each kind of item, in the original. Kinds that are not here are not looked at. */
const fields: Partial<Record<string, readonly string[]>> = {
  message: ['type', 'id', 'status', 'role', 'content', 'phase'],
  reasoning: ['type', 'id', 'summary', 'content', 'encrypted_content'],
  function_call: ['type', 'id', 'status', 'call_id', 'name', 'arguments', 'namespace', 'caller'],
  function_call_output: ['type', 'id', 'status', 'call_id', 'output', 'caller'],
  custom_tool_call: ['type', 'id', 'status', 'call_id', 'name', 'input', 'namespace', 'caller'],
  custom_tool_call_output: ['type', 'id', 'status', 'call_id', 'output', 'caller'],
  compaction: ['type', 'id', 'encrypted_content'],
}

/** In characters. */
const maxCallId = 64

/**
 * Refuses what the original refused and this server forgives: fields of answers that requests do not have, also when they are
 * null, ids of others, and long ids of calls.
 */
export function refuseForgiven(value: unknown, path: Path): void {
  if (!isFields(value)) return
  const { type = 'message' } = value
  const known = typeof type === 'string' && Object.hasOwn(fields, type) ? fields[type] : undefined
  if (!known) return
  refuseUnknown(value, known, path)
  refuseForeignId(value, prefixOf(type as Item['type']), path)
  const { call_id: call, content, output } = value
  for (const [field, parts] of Object.entries({ content, output })) refusePictureless(parts, [...path, field])
  if (typeof call === 'string' && call.length > maxCallId)
    throw new Refused({
      code: 'string_above_max_length',
      path: [...path, 'call_id'],
      message: `Invalid '{param}': string too long. Expected a string with maximum length ${maxCallId}, but got a string with length ${call.length} instead.`,
    })
  if (type !== 'message' || !Array.isArray(content)) return
  for (const [at, part] of content.entries())
    if (isFields(part) && part['type'] === 'output_text')
      refuseUnknown(part, ['type', 'text', 'annotations', 'logprobs'], [...path, 'content', at])
}

/** A picture is at an address or in a File. */
function refusePictureless(parts: unknown, path: Path): void {
  if (!Array.isArray(parts)) return
  for (const [at, part] of parts.entries())
    if (isFields(part) && part['type'] === 'input_image' && typeof part['file_id'] !== 'string')
      textIn(part, 'image_url', [...path, at])
}

function refuseUnknown(value: Fields, known: readonly string[], path: Path): void {
  const name = Object.keys(value).find((key) => !known.includes(key))
  if (name !== undefined) throw unknown([...path, name.slice(0, 200)])
}

function refuseForeignId({ id }: Fields, prefix: string, path: Path): void {
  if (typeof id !== 'string' || id.startsWith(`${prefix}_`)) return
  throw new Refused({
    code: 'invalid_value',
    path: [...path, 'id'],
    message: `Invalid '{param}': '${id.slice(0, 200)}'. Expected an ID that begins with '${prefix}'.`,
  })
}
