import type { JsonSchema } from './json-schema.ts'

/**
 * What the original asks of a schema beyond JSON Schema where `strict` is true: objects take no other properties than those that
 * they name, and require all of them. Undefined where it is so, else the fault in the words of the original.
 */
export function strictFault(schema: JsonSchema): string | undefined {
  const queue: Place[] = [{ schema, context: [] }]
  for (let place = queue.shift(); place; place = queue.shift()) {
    const fault = faultOf(place)
    if (fault !== undefined) return fault
    queue.push(...below(place))
  }
  return undefined
}

interface Place {
  schema: JsonSchema
  context: string[]
}

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function faultOf({ schema, context }: Place): string | undefined {
  const { type, additionalProperties, properties, required } = schema
  const at = Array.isArray(type) ? type.indexOf('object') : -1
  if (type !== 'object' && at < 0) return undefined
  const where = `In context=${tuple(at < 0 ? context : [...context, 'type', String(at)])}`
  if (additionalProperties !== false)
    return `${where}, 'additionalProperties' is required to be supplied and to be false.`
  if (!isSchema(properties)) return `${where}, object schema missing properties.`
  const named = Object.keys(properties)
  const given = Array.isArray(required) ? required.map(String) : []
  const ofRequired = `${where}, 'required' is required to be supplied and to be an array including every key in properties.`
  const missing = named.find((name) => !given.includes(name))
  if (missing !== undefined) return `${ofRequired} Missing '${missing.slice(0, 200)}'.`
  const extra = given.find((name) => !named.includes(name))
  return extra === undefined
    ? undefined
    : `${ofRequired} Extra required key '${extra.slice(0, 200)}' supplied.`
}

function below({ schema, context }: Place): Place[] {
  const places: Place[] = []
  const add = (value: unknown, ...path: string[]) =>
    isSchema(value) && places.push({ schema: value, context: [...context, ...path] })
  for (const key of ['properties', '$defs', 'definitions'])
    if (isSchema(schema[key]))
      for (const [name, value] of Object.entries(schema[key])) add(value, key, name.slice(0, 200))
  add(schema['items'], 'items')
  if (Array.isArray(schema['anyOf'])) schema['anyOf'].forEach((one, at) => add(one, 'anyOf', String(at)))
  return places
}

/** As Python writes a tuple, which is how the original says where in a schema a fault is. */
function tuple(context: readonly string[]): string {
  const quoted = context.map((one) => `'${one}'`)
  return quoted.length === 1 ? `(${quoted[0]},)` : `(${quoted.join(', ')})`
}
