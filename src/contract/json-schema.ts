import { z } from 'zod'
import { refuseWhen } from './limits.ts'

/** A JSON Schema of a caller's, which is kept as it is. */
export type JsonSchema = Record<string, unknown>

const isList = Array.isArray as (value: unknown) => value is unknown[]
const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !isList(value)

/** `JSON.parse` takes any depth, but what writes JSON again goes down with the stack. */
const maxDepth = 200

function isTooDeep(value: unknown): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return true
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return false
}

/** Keywords whose value is a schema, or a list of schemas. */
const schemas = new Set(
  (
    'additionalItems additionalProperties allOf anyOf contains contentSchema else if items not oneOf prefixItems ' +
    'propertyNames then unevaluatedItems unevaluatedProperties'
  ).split(' '),
)
/** Keywords whose value is a list of schemas and nothing else: an empty one stays a list. */
const onlyLists = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
/** Keywords whose value maps names to schemas. */
const maps = new Set(['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'])
/** Keywords whose value maps names to something else. */
const otherMaps = new Set(['$vocabulary', 'dependencies', 'dependentRequired'])

/**
 * The schema with `{}` wherever an empty list stands for an object. Lists that are lists (`required`, `enum`) and
 * values (`default`, `const`, `examples`) stay as they are. `items` may be a list in older drafts, but an empty one
 * says the same as `{}`.
 */
function withEmptyObjects(schema: unknown): unknown {
  if (isList(schema)) return schema.length === 0 ? {} : schema.map(withEmptyObjects)
  if (!isObject(schema)) return schema
  return Object.fromEntries(
    Object.entries(schema).map(([keyword, value]) => {
      const isEmptyList = isList(value) && value.length === 0
      if (isEmptyList && (maps.has(keyword) || otherMaps.has(keyword))) return [keyword, {}]
      if (maps.has(keyword) && isObject(value)) return [keyword, mapValues(value, withEmptyObjects)]
      if (schemas.has(keyword) && !(isEmptyList && onlyLists.has(keyword)))
        return [keyword, withEmptyObjects(value)]
      return [keyword, value]
    }),
  )
}

const mapValues = (object: JsonSchema, change: (value: unknown) => unknown): JsonSchema =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]))

/** zod's own records would drop the key `__proto__`. */
export const jsonSchema = z
  .unknown()
  .transform((value, context): JsonSchema => {
    const given = isList(value) && value.length === 0 ? {} : value
    if (isObject(given)) return given
    context.issues.push({ code: 'invalid_type', expected: 'object', input: value })
    return z.NEVER
  })
  .check(
    refuseWhen((value) =>
      isTooDeep(value)
        ? {
            code: 'invalid_value',
            message: `Invalid '{param}': nested too deeply. Expected at most ${maxDepth} levels.`,
          }
        : undefined,
    ),
  )
  .transform((value) => withEmptyObjects(value) as JsonSchema)
