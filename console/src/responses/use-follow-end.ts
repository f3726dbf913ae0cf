import { useEffect, useRef } from 'react'

/** In pixels: whoever is so near to the end reads what comes there. */
const nearEnd = 40

/**
 * Keeps the end of a page in sight while text comes, which is where the element of this ref stands. Whoever scrolls up is left in
 * peace, until he is at the end again.
 */
export function useFollowEnd(isActive: boolean) {
  const end = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const { current: element } = end
    if (!isActive || !element?.parentElement) return
    const scroller = scrollerOf(element)
    const isNear = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < nearEnd
    let follows = true
    const onScroll = () => (follows = isNear())
    const observer = new ResizeObserver(() => follows && element.scrollIntoView({ block: 'end' }))
    observer.observe(element.parentElement)
    const target = scroller === document.scrollingElement ? window : scroller
    target.addEventListener('scroll', onScroll, { passive: true })
    return () => {
      observer.disconnect()
      target.removeEventListener('scroll', onScroll)
    }
  }, [isActive])
  return end
}

function scrollerOf(element: Element): Element {
  for (let one = element.parentElement; one; one = one.parentElement)
    if (/auto|scroll/.test(getComputedStyle(one).overflowY)) return one
  return document.scrollingElement ?? document.documentElement
}
