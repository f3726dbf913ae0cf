import type { Attributes } from '../contract/attributes.ts'
import type { Filter } from '../contract/vector-store-search.ts'

/**
 * Whether the attributes of a file pass the filter. A number never equals a string, and neither is greater than the
 * other. Files without the key pass `ne` and `nin` and fail every other comparison.
 */
export function passes(attributes: Attributes, filter: Filter): boolean {
  if ('filters' in filter) {
    const { filters } = filter
    return filter.type === 'and'
      ? filters.every((inner) => passes(attributes, inner))
      : filters.some((inner) => passes(attributes, inner))
  }
  const { key, value } = filter
  const actual = Object.hasOwn(attributes, key) ? attributes[key] : undefined
  switch (filter.type) {
    case 'eq':
      return actual === value
    case 'ne':
      return actual !== value
    case 'in':
      return Array.isArray(value) && actual !== undefined && value.includes(actual)
    case 'nin':
      return !(Array.isArray(value) && actual !== undefined && value.includes(actual))
    case 'gt':
      return ordered(actual, value, (order) => order > 0)
    case 'gte':
      return ordered(actual, value, (order) => order >= 0)
    case 'lt':
      return ordered(actual, value, (order) => order < 0)
    case 'lte':
      return ordered(actual, value, (order) => order <= 0)
  }
}

/** Strings are compared by their code units, so that dates in ISO form have their natural order. */
function ordered(actual: unknown, value: unknown, holds: (order: number) => boolean): boolean {
  if (typeof actual === 'number' && typeof value === 'number') return holds(actual - value)
  if (typeof actual === 'string' && typeof value === 'string') {
    return holds(actual < value ? -1 : actual > value ? 1 : 0)
  }
  return false
}
