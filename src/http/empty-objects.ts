import type { z } from 'zod'
import { meantBranch } from './refusal.ts'

type Issue = z.core.$ZodIssue
type Path = PropertyKey[]

/**
 * PHP writes an empty object as `[]`, so an empty list counts as `{}` where the contract expects an object and takes no
 * list. The issues of a refused input say where that was: what stands there is replaced, in place but for the whole.
 * Undefined when nothing was to be replaced.
 */
export function withEmptyObjects(given: unknown, issues: readonly Issue[]): unknown {
  const places = issues.flatMap((issue) => placesOf(issue, [])).filter((path) => isEmptyList(at(given, path)))
  if (places.length === 0) return undefined
  for (const path of places) {
    const key = path.at(-1)
    if (key === undefined) return {}
    ;(at(given, path.slice(0, -1)) as Record<PropertyKey, unknown>)[key] = {}
  }
  return given
}

/** Where the issue says that an object was expected. */
function placesOf(issue: Issue, above: Path): Path[] {
  const path = [...above, ...issue.path]
  if (wantsObject(issue)) return [path]
  if (issue.code !== 'invalid_union') return []
  const meant = meantBranch(issue)
  if (meant) return meant.flatMap((inner) => placesOf(inner, path))
  return issue.errors.flat().some((inner) => inner.path.length === 0 && wantsObject(inner)) ? [path] : []
}

const wantsObject = (issue: Issue) =>
  issue.code === 'invalid_type' && (issue.expected === 'object' || issue.expected === 'record')

const isEmptyList = (value: unknown) => Array.isArray(value) && value.length === 0

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value)
