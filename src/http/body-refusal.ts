import type { z } from 'zod'
import { tooManyItems, type Refusal } from '../contract/limits.ts'
import { tooManyPairs } from '../contract/objects.ts'
import type { ApiError } from '../errors/errors.ts'
import type { JsonPath } from './measure-json.ts'
import type { ParsedJson } from './parse-json.ts'
import { dotted, refusalAt } from './refusal.ts'

type Problem = Exclude<ParsedJson, { value: unknown }>
type Schema = z.core.$ZodType

const notJson: Refusal = {
  code: null,
  message:
    "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)",
}

/**
 * Explains why a body was not parsed. When one of the schema's limits is the reason, the text of that limit is used.
 */
export function bodyRefusal(problem: Problem, schema: Schema, malformed: Refusal = notJson): ApiError {
  switch (problem.problem) {
    case 'malformed':
      return refusalAt(malformed, '')
    case 'nul':
      return refusalAt(
        {
          code: 'invalid_value',
          message: "Invalid '{param}': strings must not contain NUL characters (\\u0000).",
        },
        dotted(problem.path) || 'body',
      )
    case 'too deep':
      return refusalAt(
        {
          code: 'invalid_value',
          message: "Invalid '{param}': nested too deeply. Expected at most 200 levels.",
        },
        dotted(known(schema, problem.path)) || 'body',
      )
    case 'too many values':
      return refusalAt(tooMuch(schema, problem), dotted(problem.path))
  }
}

/** The limit of the largest list or object, or the limit for everything together. */
function tooMuch(
  schema: Schema,
  { path, size, most }: { path: JsonPath; size: number; most: number },
): Refusal {
  for (const one of at(schema, path)) {
    const max = maxItems(one)
    if (max !== undefined && size > max) return tooManyItems(max, size)
    const refusal = one._zod.def.type === 'record' ? tooManyPairs(size) : undefined
    if (refusal) return refusal
  }
  return {
    code: 'invalid_value',
    message: `The body of your request has too many values. Expected at most ${most} items and properties in all of its arrays and objects, the largest of which has ${size}.`,
  }
}

const maxItems = ({ _zod: { def } }: Schema): number | undefined =>
  def.type === 'array'
    ? def.checks
        ?.map((check) => check._zod.def)
        .find((check): check is z.core.$ZodCheckMaxLengthDef => check.check === 'max_length')?.maximum
    : undefined

/** The part of the path that the schema describes. */
const known = (schema: Schema, path: JsonPath): JsonPath =>
  path.slice(0, path.findLastIndex((_, last) => at(schema, path.slice(0, last + 1)).length > 0) + 1)

/** All schemas that may check a value at this path. */
const at = (schema: Schema, path: JsonPath): Schema[] =>
  path.reduce<Schema[]>(
    (schemas, key) => schemas.flatMap((one) => inside(one, key)).flatMap(alternatives),
    [...alternatives(schema)],
  )

function inside({ _zod: { def } }: Schema, key: string | number): Schema[] {
  const { type } = def
  if (type === 'array' && typeof key === 'number') return [(def as z.core.$ZodArrayDef).element]
  if (type === 'record') return [(def as unknown as z.core.$ZodRecordDef).valueType]
  const { shape } = def as z.core.$ZodObjectDef
  return type === 'object' && Object.hasOwn(shape, key) && shape[key] ? [shape[key]] : []
}

/** The alternatives of a schema, without what is wrapped around them: optional, default, pipe. */
function alternatives(schema: Schema): Schema[] {
  const { def } = schema._zod
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
      return alternatives((def as z.core.$ZodOptionalDef).innerType)
    case 'pipe': {
      const { in: first, out: then } = def as z.core.$ZodPipeDef
      return [...alternatives(first), ...alternatives(then)]
    }
    case 'union':
      return (def as z.core.$ZodUnionDef).options.flatMap(alternatives)
    case 'lazy':
      return alternatives((def as z.core.$ZodLazyDef).getter())
    default:
      return [schema]
  }
}
