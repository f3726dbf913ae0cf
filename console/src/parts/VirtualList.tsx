import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react'
import classes from './VirtualList.module.css'
import { useOffsetTop } from './use-offset-top.ts'

interface Props<Item> {
  /** What the list has, for screen readers. */
  name: string
  items: Item[]
  /** The function of the first time is kept: with another one all places would be measured anew. */
  itemId: (item: Item) => string
  /** How high an entry is in pixels, more or less, until it has been seen. */
  estimate: (item: Item) => number
  /** How wide it is at most, in pixels. */
  width?: number
  children: (item: Item, index: number) => ReactNode
  /** Called when the end comes into sight. */
  onEnd?: (() => void) | undefined
  hasMore?: boolean
  gap?: number
  /** The entry that is brought into sight, where it is not. */
  current?: number
}

/** A list of entries of any height, which are in the page only while they are near the part that is in sight. */
export function VirtualList<Item>(props: Props<Item>) {
  const { name, items, itemId, estimate, width, children, onEnd, hasMore = false, gap = 0, current } = props
  const [idOf] = useState(() => itemId)
  const place = useRef<HTMLUListElement>(null)
  const virtualizer = useWindowVirtualizer({
    count: items.length,
    estimateSize: (index) => estimate(items[index]!),
    overscan: 3,
    gap,
    scrollMargin: useOffsetTop(place),
    getItemKey: useCallback((index: number) => idOf(items[index]!), [idOf, items]),
    // What comes into sight is drawn with the next frame, not within the event of the wheel.
    useFlushSync: false,
  })
  useEffect(() => {
    if (current !== undefined) virtualizer.scrollToIndex(current, { align: 'auto' })
  }, [current, virtualizer])
  const shown = virtualizer.getVirtualItems()
  const isAtEnd = (shown.at(-1)?.index ?? -1) >= items.length - 5
  useEffect(() => {
    if (isAtEnd && hasMore) onEnd?.()
  }, [isAtEnd, hasMore, onEnd])
  return (
    <ul
      ref={place}
      aria-label={name}
      className={classes.list}
      style={{ height: virtualizer.getTotalSize(), ...(width !== undefined && { maxWidth: width }) }}
    >
      {shown.map(({ index, key, start }) => (
        <li
          key={key}
          ref={virtualizer.measureElement}
          data-index={index}
          aria-posinset={index + 1}
          aria-setsize={hasMore ? -1 : items.length}
          className={classes.entry}
          style={{ transform: `translateY(${start - virtualizer.options.scrollMargin}px)` }}
        >
          {children(items[index]!, index)}
        </li>
      ))}
    </ul>
  )
}
