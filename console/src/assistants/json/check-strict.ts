import type { Path, Problem } from './problem.ts'
import { isObject, schemasIn } from './schemas.ts'

/**
 * What providers ask of a schema with `"strict": true`. The server takes it as it is; a provider may refuse it when it is
 * used.
 */
export function strictHints(schema: unknown, path: Path): Problem[] {
  const atRoot =
    isObject(schema) && schema['type'] === 'object'
      ? []
      : [hint(path, '"strict": providers want an object as the outermost schema.')]
  return [...atRoot, ...hintsOf(schema, path)]
}

function hintsOf(schema: unknown, path: Path): Problem[] {
  if (!isObject(schema)) return []
  const inner = schemasIn(schema, path).flatMap(([one, at]) => hintsOf(one, at))
  if (schema['type'] !== 'object' && !isObject(schema['properties'])) return inner
  const names = Object.keys(isObject(schema['properties']) ? schema['properties'] : {})
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  const missing = names.filter((name) => !required.includes(name))
  return [
    ...(schema['additionalProperties'] === false
      ? []
      : [hint(path, '"strict": providers want "additionalProperties": false in each object.')]),
    ...missing.map((name) =>
      hint(
        [...path, 'properties', name],
        `"strict": providers want ${JSON.stringify(name)} in "required". What may be left out can be "null".`,
      ),
    ),
    ...inner,
  ]
}

const hint = (path: Path, message: string): Problem => ({ path, message, isHint: true })
