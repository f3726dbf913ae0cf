/** What is wrong with the JSON of a function as it is written. Undefined when nothing is. */
export function checkFunction(text: string): string | undefined {
  const parsed = parse(text)
  if ('fault' in parsed) return parsed.fault
  const { name, description, parameters } = parsed.value
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(name))
    return '"name" must have letters, digits, _ and - only, 64 at most.'
  if (description !== undefined && typeof description !== 'string') return '"description" must be a text.'
  if (parameters === undefined) return undefined
  return faultOfSchema(parameters, '"parameters"', { mustBeObject: true })
}

/** What is wrong with the `json_schema` of a response format. */
export function checkSchema(text: string): string | undefined {
  const parsed = parse(text)
  if ('fault' in parsed) return parsed.fault
  const { name, schema } = parsed.value
  if (typeof name !== 'string' || !/^[a-zA-Z0-9_-]{1,64}$/.test(name))
    return '"name" must have letters, digits, _ and - only, 64 at most.'
  return schema === undefined ? undefined : faultOfSchema(schema, '"schema"', { mustBeObject: false })
}

const types = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null']

/** `where` is the place in words. The server checks the whole; this finds what people mistype. */
function faultOfSchema(schema: unknown, where: string, { mustBeObject = false } = {}): string | undefined {
  if (typeof schema === 'boolean' && !mustBeObject) return undefined
  if (!isObject(schema)) return `${where} must be a JSON Schema: an object.`
  const { type, properties, required, items } = schema
  if (mustBeObject && type !== 'object') return `${where} must have "type": "object".`
  const wrong = [type].flat().find((one) => one !== undefined && !types.includes(one as string))
  if (wrong !== undefined) return `${where} has the unknown type ${JSON.stringify(wrong)}.`
  if (properties !== undefined && !isObject(properties)) return `"properties" of ${where} must be an object.`
  if (required !== undefined) {
    if (!Array.isArray(required)) return `"required" of ${where} must be a list of names.`
    const missing = required.find((name) => !((name as string) in (properties ?? {})))
    if (missing !== undefined)
      return `${where} requires ${JSON.stringify(missing)}, which is not in "properties".`
  }
  for (const [name, one] of Object.entries(properties ?? {})) {
    const fault = faultOfSchema(one, `"${name}" in ${where}`)
    if (fault) return fault
  }
  return items === undefined ? undefined : faultOfSchema(items, `"items" of ${where}`)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parse(text: string): { value: Record<string, unknown> } | { fault: string } {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? { value } : { fault: 'This must be a JSON object.' }
  } catch (error) {
    return { fault: `This is no JSON: ${placeOf(error instanceof Error ? error.message : '', text)}` }
  }
}

/** Browsers say the position; people look for a line. */
function placeOf(message: string, text: string): string {
  const position = /position (\d+)/.exec(message)?.[1]
  if (position === undefined) return text.trim() === '' ? 'it is empty.' : `${message}.`
  const before = text.slice(0, Number(position)).split('\n')
  const what = message.replace(/ in JSON at position.*$/s, '').replace(/,? ?"?\.\.\..*$/s, '')
  return `${what}, in line ${before.length}, column ${before.at(-1)!.length + 1}.`
}
