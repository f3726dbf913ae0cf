/** A JSON Schema from a request. It is not validated, so it may have any content. */
export type Schema = Record<string, unknown>

export const asSchema = (value: unknown): Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {}

/** Resolves `$ref` within the document, and takes the first branch of `anyOf` or `oneOf` that is not null. */
export function plainSchema(value: unknown, root: Schema, depth = 0): Schema {
  const schema = asSchema(value)
  if (depth > 8) return {}
  if (typeof schema['$ref'] === 'string') {
    let found: unknown = root
    for (const step of schema['$ref'].split('/').slice(1)) {
      const at = asSchema(found)
      found = Object.hasOwn(at, step) ? at[step] : undefined
    }
    return plainSchema(found, root, depth + 1)
  }
  const choice = schema['anyOf'] ?? schema['oneOf']
  if (Array.isArray(choice)) {
    const branch = choice.find((one) => asSchema(one)['type'] !== 'null')
    return {
      ...plainSchema(branch, root, depth + 1),
      ...(choice.length > 1 && { nullable: allowsNull(schema) }),
    }
  }
  if (Array.isArray(schema['allOf'])) {
    return Object.assign({}, ...schema['allOf'].map((one) => plainSchema(one, root, depth + 1))) as Schema
  }
  return schema
}

export function typeOf(schema: Schema): string | undefined {
  const { type } = schema
  if (Array.isArray(type)) return type.find((one): one is string => typeof one === 'string' && one !== 'null')
  if (typeof type === 'string') return type
  return schema['properties'] ? 'object' : schema['items'] ? 'array' : undefined
}

export function allowsNull(schema: Schema): boolean {
  const { type } = schema
  const choice = schema['anyOf'] ?? schema['oneOf']
  return (
    schema['nullable'] === true ||
    type === 'null' ||
    (Array.isArray(type) && type.includes('null')) ||
    (Array.isArray(choice) && choice.some((one) => asSchema(one)['type'] === 'null'))
  )
}

export function propertiesOf(schema: Schema): { name: string; schema: unknown; required: boolean }[] {
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  return Object.entries(asSchema(schema['properties'])).map(([name, property]) => ({
    name,
    schema: property,
    required: required.includes(name),
  }))
}
