import { useLayoutEffect, useState, type RefObject } from 'react'

/**
 * How far below the beginning of the page a list begins, in pixels. It is read when the page changes its size: read while a list is
 * drawn it would have the browser lay out the page twice.
 */
export function useOffsetTop(list: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const look = () => setTop(list.current?.offsetTop ?? 0)
    look()
    const observer = new ResizeObserver(look)
    observer.observe(document.body)
    return () => observer.disconnect()
  }, [list])
  return top
}
