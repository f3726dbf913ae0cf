import { Anchor, Group, SegmentedControl, Skeleton, Stack } from '@mantine/core'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { useClient } from '../api/client.ts'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Failure } from '../parts/Failure.tsx'
import { useFilter } from '../parts/use-filter.ts'
import { VirtualList } from '../parts/VirtualList.tsx'
import { conversationEntries } from './conversation-entries.ts'
import { conversationQuery } from './conversation-query.ts'
import { MessageEntry } from './MessageEntry.tsx'
import { RunEntry } from './RunEntry.tsx'

interface Props {
  threadId: string
  /** The status of the newest run: when it changes, there is something new. */
  live: string | undefined
}

/** What was said, and what the assistant did in between. */
export function Conversation({ threadId, live }: Props) {
  const [given, setOrder] = useFilter('order')
  const [from, setFrom] = useFilter('message')
  const order = given === 'desc' ? 'desc' : 'asc'
  const options = conversationQuery(useClient(), threadId, { order, from })
  const list = useInfiniteQuery(options)
  const entries = useMemo(() => conversationEntries(list.data?.pages ?? [], order), [list.data, order])
  const queries = useQueryClient()
  useEffect(() => {
    if (live !== undefined) void queries.invalidateQueries({ queryKey: [`/threads/${threadId}/messages`] })
  }, [live, queries, threadId])

  if (list.error) return <Failure error={list.error} onRetry={() => void list.refetch()} />
  if (!list.data)
    return (
      <Stack gap="lg" aria-hidden>
        {['40%', '70%', '60%'].map((width) => (
          <Skeleton key={width} height={12} width={width} />
        ))}
      </Stack>
    )
  if (entries.length === 0)
    return <EmptyState title="No messages yet">A thread may be empty until a program adds to it.</EmptyState>
  return (
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
        items={entries}
        itemId={({ id }) => id}
        estimate={120}
        gap={16}
        hasMore={list.hasNextPage}
        onEnd={() => void (!list.isFetchingNextPage && list.fetchNextPage())}
      >
        {(entry) =>
          entry.type === 'run' ? (
            <RunEntry run={entry.run} />
          ) : (
            <MessageEntry
              message={entry.message}
              run={entry.run}
              previous={entry.previous}
              ends={entry.ends}
              isFound={entry.id === from}
            />
          )
        }
      </VirtualList>
    </>
  )
}
