import { Anchor, Group, SegmentedControl, Skeleton, Stack } from '@mantine/core'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useRef } from 'react'
import { useClient } from '../api/client.ts'
import { ConversationRow } from '../parts/conversation/ConversationRow.tsx'
import { estimateHeight, rowsOf } from '../parts/conversation/rows.ts'
import { EmptyState } from '../parts/EmptyState.tsx'
import { nextPageOf, PagesRead } from '../parts/PagesRead.tsx'
import { useFilter } from '../parts/use-filter.ts'
import { VirtualList } from '../parts/VirtualList.tsx'
import { conversationQuery, type ConversationPage } from './conversation-query.ts'

interface Props {
  threadId: string
  /** The status of the newest run: when it changes, there is something new. */
  live: string | undefined
}

/** What was said in a thread, from its beginning, its end or a message on, and what the assistant did in between. */
export function Messages({ threadId, live }: Props) {
  const [given, setOrder] = useFilter('order')
  const [from, setFrom] = useFilter('message')
  const order = given === 'desc' ? 'desc' : 'asc'
  const list = useInfiniteQuery(conversationQuery(useClient(), threadId, { order, from }))
  const rows = useMemo(() => rowsOfPages(list.data?.pages ?? [], order), [list.data, order])
  useAskedAgain(threadId, live)

  if (!list.data && !list.error)
    return (
      <Stack gap="lg" aria-hidden>
        {['40%', '70%', '60%'].map((width) => (
          <Skeleton key={width} height={12} width={width} />
        ))}
      </Stack>
    )
  return (
    <PagesRead list={list}>
      {rows.length === 0 ? (
        <EmptyState title="No messages yet">A thread may be empty until a program adds to it.</EmptyState>
      ) : (
        <>
          <Group gap="sm" mb="sm">
            <SegmentedControl
              size="xs"
              aria-label="Order"
              value={order}
              onChange={(value) => setOrder(value === 'desc' ? value : null)}
              data={[
                { value: 'asc', label: 'Oldest first' },
                { value: 'desc', label: 'Newest first' },
              ]}
            />
            {from !== null && (
              <Anchor component="button" type="button" fz="sm" onClick={() => setFrom(null)}>
                Show the whole thread
              </Anchor>
            )}
          </Group>
          <VirtualList
            name="Messages"
            items={rows}
            itemId={({ key }) => key}
            estimate={estimateHeight}
            width={860}
            {...nextPageOf(list)}
          >
            {(row) => <ConversationRow row={row} found={from} />}
          </VirtualList>
        </>
      )}
    </PagesRead>
  )
}

function rowsOfPages(pages: ConversationPage[], order: 'asc' | 'desc') {
  const all = new Map(pages.flatMap(({ messages }) => messages).map((message) => [message.id, message]))
  const messages = [...all.values()]
  return rowsOf({
    messages: order === 'asc' ? messages : messages.toReversed(),
    runs: pages.flatMap(({ runs }) => runs),
    newestFirst: order === 'desc',
  })
}

/** When the newest run goes on. What has just been read for the first time is new enough. */
function useAskedAgain(threadId: string, live: string | undefined): void {
  const queries = useQueryClient()
  const before = useRef(live)
  useEffect(() => {
    const isFirst = before.current === undefined
    if (before.current === live) return
    before.current = live
    if (!isFirst) void queries.invalidateQueries({ queryKey: [`/threads/${threadId}/messages`] })
  }, [live, queries, threadId])
}
