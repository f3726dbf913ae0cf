import { z } from 'zod'
import { refuseWhen } from './limits.ts'

/** A JSON Schema of a caller, which is stored unchanged. */
export type JsonSchema = Record<string, unknown>

const isList = Array.isArray as (value: unknown) => value is unknown[]
const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !isList(value)

/** `JSON.parse` accepts any depth, but code that writes JSON is recursive and would exhaust the stack. */
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
/** Keywords whose value is always a list of schemas, so that an empty list stays a list. */
const onlyLists = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems'])
/** Keywords whose value is an object with a schema for each name. */
const maps = new Set(['$defs', 'definitions', 'dependentSchemas', 'patternProperties', 'properties'])
/** Keywords whose value is an object with something else for each name. */
const otherMaps = new Set(['$vocabulary', 'dependencies', 'dependentRequired'])

/**
 * The schema with `{}` in place of every empty list that stands for an object. Real lists (`required`, `enum`) and
 * values (`default`, `const`, `examples`) stay as they are. `items` may be a list in older drafts, but an empty list
 * there means the same as `{}`.
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

/** Not a record of zod, which would drop the key `__proto__`. */
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
