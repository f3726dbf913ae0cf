import { Loader } from '@mantine/core'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useVirtualizer } from '@tanstack/react-virtual'
import { memo, useEffect, useMemo, useRef, type ReactNode } from 'react'
import type { Message } from '../../../../src/contract/messages.ts'
import type { Run } from '../../../../src/contract/runs.ts'
import { useClient } from '../../api/client.ts'
import { threadRunsQuery } from '../../api/runs.ts'
import { messagesQuery } from '../../api/threads.ts'
import { Failure } from '../Failure.tsx'
import { CallsOfRun } from './CallsOfRun.tsx'
import classes from './Conversation.module.css'
import { MessageRow } from './MessageRow.tsx'
import { BrokenOff, RunNotice } from './RunNotice.tsx'
import { rowsOf, type Row } from './rows.ts'

interface Props {
  threadId: string
  /** Buttons of a message. The same function as long as they stay the same. */
  actions?: (message: Message) => ReactNode
  /** What is shown of a run that waits for the caller's functions. */
  required?: (run: Run) => ReactNode
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
    return rowsOf(messages.data.pages.flatMap(({ data }) => data).toReversed(), runs)
  }, [messages.data, runs])

  const place = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => place.current,
    estimateSize: (index) => estimateHeight(rows[index]!),
    getItemKey: (index) => rows[index]!.key,
    overscan: 2,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: 40,
    paddingStart: 16,
    paddingEnd: 16,
  })
  useShowEnd(rows.length > 0, runs?.[0]?.id, () => virtualizer.scrollToEnd())

  const shown = virtualizer.getVirtualItems()
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = messages
  const isAtTop = shown[0] !== undefined && shown[0].index < 20
  useEffect(() => {
    if (isAtTop && hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [isAtTop, hasNextPage, isFetchingNextPage, fetchNextPage])

  if (messages.error && !messages.data)
    return <Failure error={messages.error} onRetry={() => void messages.refetch()} />
  return (
    <div ref={place} className={classes.place} tabIndex={0} role="log" aria-label="Conversation">
      {isFetchingNextPage && (
        <Loader size="xs" className={classes.loading} aria-label="Loading older messages" />
      )}
      <div className={classes.rows} style={{ height: virtualizer.getTotalSize() }}>
        {shown.map(({ key, index, start }) => (
          <div
            key={key}
            ref={virtualizer.measureElement}
            data-index={index}
            className={classes.row}
            style={{ transform: `translateY(${start}px)` }}
          >
            <RowContent row={rows[index]!} threadId={threadId} actions={actions} required={required} />
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

/** Drawn again only when the row has changed, or what is done with it: not while one scrolls. */
const RowContent = memo(function RowContent({
  row,
  threadId,
  actions,
  required,
}: {
  row: Row
  threadId: string
  actions: Props['actions'] | undefined
  required: Props['required'] | undefined
}) {
  if (row.kind === 'calls') return <CallsOfRun threadId={threadId} runId={row.runId} before={row.before} />
  if (row.kind === 'broken') return <BrokenOff />
  if (row.kind === 'message') return <MessageRow row={row} actions={actions} />
  return (row.run.status === 'requires_action' && required?.(row.run)) || <RunNotice run={row.run} />
})

function estimateHeight(row: Row): number {
  if (row.kind === 'calls') return 0
  if (row.kind === 'run' || row.kind === 'broken') return 40
  const lines = row.text === undefined ? 10 : row.text.length / 90 + 1
  return Math.ceil(lines) * 22 + (row.isFirst ? 28 : 0) + (row.isLast ? 8 : 0)
}
