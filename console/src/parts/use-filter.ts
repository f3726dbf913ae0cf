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
