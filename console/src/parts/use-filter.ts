import { useCallback } from 'react'
import { useSearchParams } from 'wouter'

/** A filter, tab or order that is kept in the address. Setting null takes it out. */
export function useFilter(name: string): [string | null, (value: string | null) => void] {
  const [params, setParams] = useSearchParams()
  const set = useCallback(
    (value: string | null) =>
      setParams(
        (now) => {
          const next = new URLSearchParams(now)
          if (value === null || value === '') next.delete(name)
          else next.set(name, value)
          return next
        },
        { replace: true },
      ),
    [name, setParams],
  )
  return [params.get(name), set]
}

/**
 * The filters of a list and its order: what its query asks for, by the parameters that they fill in. `others` only count for whether there
 * is a filter at all.
 */
export function useFilters(parameters: Record<string, string>, others: readonly string[] = []) {
  const [params] = useSearchParams()
  const names = [...Object.keys(parameters), ...others]
  const query: Record<string, string | undefined> = Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [parameter, params.get(name) ?? undefined]),
  )
  // The newest come first where nobody asks for the oldest.
  if (params.get('order') === 'asc') query['order'] = 'asc'
  return { query, names, isFiltered: names.some((name) => params.has(name)) }
}
