import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef } from 'react'
import { useClient } from '../../api/client.ts'
import { messagesQuery } from '../../api/messages.ts'
import { threadRunsQuery } from '../../api/runs.ts'
import { Failure } from '../Failure.tsx'
import { Working } from '../Working.tsx'
import classes from './Conversation.module.css'
import { ConversationRow, type RowProps } from './ConversationRow.tsx'
import { estimateHeight, rowsOf } from './rows.ts'

interface Props extends Pick<RowProps, 'actions' | 'required'> {
  threadId: string
}

/**
 * The messages of a thread with what its runs did between them, in a place of its own that scrolls. Only what can be
 * seen is in the page. At the end it stays at the end while text comes; whoever scrolled up is left in peace.
 */
export function Conversation({ threadId, actions, required }: Props) {
  const client = useClient()
  const messages = useInfiniteQuery(messagesQuery(client, threadId))
  const { data: runs } = useQuery(threadRunsQuery(client, threadId))
  const rows = useMemo(() => {
    if (!messages.data || !runs) return []
    return rowsOf({
      messages: messages.data.pages.flatMap(({ data }) => data).toReversed(),
      runs,
      hasOlder: messages.hasNextPage,
    })
  }, [messages.data, messages.hasNextPage, runs])

  const place = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: (index) => estimateHeight(rows[index]!),
    getItemKey: (index) => rows[index]!.key,
    // A form that somebody fills in stays in the page while they look something up further above.
    rangeExtractor: (range) => {
      const form = rows.findLastIndex((row) => row.kind === 'run' && row.run.status === 'requires_action')
      const shown = defaultRangeExtractor(range)
      return form === -1 || shown.includes(form) ? shown : [...shown, form].toSorted((a, b) => a - b)
    },
    overscan: 2,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: 40,
    paddingStart: 16,
    paddingEnd: 16,
  })
  useShowEnd(rows.length > 0, runs?.[0]?.id, () => virtualizer.scrollToEnd())

  const shown = virtualizer.getVirtualItems()
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage } = messages
  const isAtTop = shown[0] !== undefined && shown[0].index < 20
  useEffect(() => {
    if (isAtTop && hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage()
  }, [isAtTop, hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage])

  if (messages.error && !messages.data)
    return <Failure error={messages.error} onRetry={() => void messages.refetch()} />
  return (
    // What comes is said once it is whole, by whoever shows the conversation: not each word as it streams in.
    <div
      ref={place}
      className={classes.place}
      tabIndex={0}
      role="log"
      aria-live="off"
      aria-label="Conversation"
    >
      {isFetchNextPageError && <Failure error={messages.error} onRetry={() => void fetchNextPage()} />}
      {isFetchingNextPage && <Working className={classes.loading} says="Loading older messages" />}
      <div className={classes.rows} style={{ height: virtualizer.getTotalSize() }}>
        {shown.map(({ key, index, start }) => (
          <div
            key={key}
            ref={virtualizer.measureElement}
            data-index={index}
            className={classes.row}
            style={{ transform: `translateY(${start}px)` }}
          >
            <ConversationRow row={rows[index]!} actions={actions} required={required} />
          </div>
        ))}
      </div>
    </div>
  )
}

/** The newest is what one came for; and whoever starts a run wants to see it. */
function useShowEnd(ready: boolean, newestRun: string | undefined, scrollToEnd: () => void): void {
  const shown = useRef<{ run: string | undefined }>(undefined)
  useEffect(() => {
    if (!ready || (shown.current && shown.current.run === newestRun)) return
    shown.current = { run: newestRun }
    scrollToEnd()
  })
}
