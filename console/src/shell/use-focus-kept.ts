import { useEffect, useRef } from 'react'
import { useLocation, useSearch } from 'wouter'

/**
 * Gives the focus to the content of a page when what had it went with the page before: whoever uses the keyboard goes on there,
 * and a screen reader reads from there on.
 */
export function useFocusKept(): void {
  const [location] = useLocation()
  const search = useSearch()
  const address = `${location}?${search}`
  const before = useRef(address)
  useEffect(() => {
    if (before.current === address) return
    before.current = address
    if (document.activeElement === document.body)
      document.getElementById('main')?.focus({ preventScroll: true })
  }, [address])
}
