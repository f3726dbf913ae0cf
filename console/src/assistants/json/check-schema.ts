import { strictHints } from './check-strict.ts'
import type { Path, Problem } from './problem.ts'
import { isObject, schemasIn } from './schemas.ts'

/** What is wrong with the JSON of a function as it is written, and what is worth knowing of it. */
export function checkFunction(text: string): Problem[] {
  const parsed = parse(text)
  if ('fault' in parsed) return [parsed.fault]
  const { name, description, parameters, strict } = parsed.value
  const problems = checkName(name)
  if (description !== undefined && typeof description !== 'string')
    problems.push({ path: ['description'], message: '"description" must be a text.' })
  if (!description)
    problems.push({
      path: ['name'],
      isHint: true,
      message: 'Without a "description" the model has only the name to know when to call it.',
    })
  if (parameters === undefined) return problems
  const found = [...problemsOfSchema(parameters, ['parameters'], { mustBeObject: true })]
  return [...problems, ...found, ...(strict === true ? strictHints(parameters, ['parameters']) : [])]
}

/** The same of the `json_schema` of a response format. */
export function checkSchema(text: string): Problem[] {
  const parsed = parse(text)
  if ('fault' in parsed) return [parsed.fault]
  const { name, schema, strict } = parsed.value
  const problems = checkName(name)
  if (schema === undefined) return problems
  problems.push(...problemsOfSchema(schema, ['schema']))
  return strict === true ? [...problems, ...strictHints(schema, ['schema'])] : problems
}

const checkName = (name: unknown): Problem[] =>
  typeof name === 'string' && /^[a-zA-Z0-9_-]{1,64}$/.test(name)
    ? []
    : [{ path: ['name'], message: '"name" must have letters, digits, _ and - only, 64 at most.' }]

const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']

/** The server checks the whole; this finds what people mistype. */
function* problemsOfSchema(schema: unknown, path: Path, { mustBeObject = false } = {}): Generator<Problem> {
  if (typeof schema === 'boolean' && !mustBeObject) return
  if (!isObject(schema)) return yield { path, message: `${inWords(path)} must be a JSON Schema: an object.` }
  const { type, properties, required } = schema
  if (mustBeObject && type !== 'object')
    return yield { path, message: `${inWords(path)} must have "type": "object".` }
  const wrong = [type].flat().find((one) => one !== undefined && !types.includes(one as string))
  if (wrong !== undefined)
    yield { path: [...path, 'type'], message: `There is no type ${JSON.stringify(wrong)}.` }
  if (properties !== undefined && !isObject(properties))
    yield { path: [...path, 'properties'], message: '"properties" must be an object.' }
  if (required !== undefined) yield* problemsOfRequired(required, properties, [...path, 'required'])
  for (const [inner, at] of schemasIn(schema, path)) yield* problemsOfSchema(inner, at)
}

function* problemsOfRequired(required: unknown, properties: unknown, path: Path): Generator<Problem> {
  if (!Array.isArray(required)) return yield { path, message: '"required" must be a list of names.' }
  for (const [index, name] of required.entries())
    if (!isObject(properties) || !Object.hasOwn(properties, String(name)))
      yield {
        path: [...path, index],
        message: `"required" has ${JSON.stringify(name)}, which is not in "properties".`,
      }
}

/** `"city"` for `parameters.properties.city`. */
const inWords = (path: Path): string => JSON.stringify(path.at(-1))

function parse(text: string): { value: Record<string, unknown> } | { fault: Problem } {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? { value } : { fault: { path: [], message: 'This must be a JSON object.' } }
  } catch (error) {
    const message = error instanceof Error ? error.message : ''
    return { fault: { path: [], ...placeOf(message, text) } }
  }
}

/** Browsers say the position; people look for a line. */
function placeOf(message: string, text: string): { message: string; at: number } {
  if (text.trim() === '') return { message: 'This is no JSON: it is empty.', at: 0 }
  const position = /position (\d+)/.exec(message)?.[1]
  // Without one it is the end that was not expected, or the place is quoted in the message.
  const at = position === undefined ? text.trimEnd().length : Number(position)
  const before = text.slice(0, at).split('\n')
  const what = message.replace(/ in JSON at position.*$/s, '').replace(/,? ?"?\.\.\..*$/s, '')
  const place = `in line ${before.length}, column ${before.at(-1)!.length + 1}`
  return { message: `This is no JSON: ${what}, ${place}.`, at }
}
