import type { Path } from './problem.ts'

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The schemas in a schema, with their places. */
export function schemasIn(schema: Record<string, unknown>, path: Path): [schema: unknown, path: Path][] {
  const named = ['properties', '$defs', 'definitions'].flatMap((key) => {
    const value = schema[key]
    return isObject(value)
      ? Object.entries(value).map(([name, one]): [unknown, Path] => [one, [...path, key, name]])
      : []
  })
  const listed = ['anyOf', 'oneOf', 'allOf', 'prefixItems'].flatMap((key) => {
    const value = schema[key]
    return Array.isArray(value)
      ? value.map((one, index): [unknown, Path] => [one, [...path, key, index]])
      : []
  })
  const items =
    schema['items'] === undefined ? [] : [[schema['items'], [...path, 'items']] as [unknown, Path]]
  return [...named, ...listed, ...items]
}
