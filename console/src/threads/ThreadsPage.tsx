import { Anchor, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useSearchParams } from 'wouter'
import { useClient } from '../api/client.ts'
import { pagesQuery, rowsOf } from '../api/pages.ts'
import { isAtWork, type Thread } from '../api/thread.ts'
import { AssistantFilter } from '../parts/AssistantFilter.tsx'
import { AssistantName } from '../parts/AssistantName.tsx'
import { DataTable, type Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Failure } from '../parts/Failure.tsx'
import { FilterBar } from '../parts/FilterBar.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { useMetadata } from '../parts/MetadataFilter.tsx'
import { MetadataFilter } from '../parts/MetadataFilter.tsx'
import { Page } from '../parts/Page.tsx'
import { count } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { StatusFilter } from '../parts/StatusFilter.tsx'
import { Time } from '../parts/Time.tsx'
import { TimeFilter, useSince } from '../parts/TimeFilter.tsx'
import { WordsFilter } from '../parts/WordsFilter.tsx'
import { ThreadTitle } from './ThreadTitle.tsx'

const filters = ['query', 'assistant', 'status', 'since', 'metadata']

/** All threads, newest first, narrowed by what was said in them and by what ran there. */
export function ThreadsPage() {
  const client = useClient()
  const [params] = useSearchParams()
  const query = {
    'include[]': 'summary',
    query: params.get('query') ?? undefined,
    assistant_id: params.get('assistant') ?? undefined,
    status: params.get('status') ?? undefined,
    ...useSince(),
    ...useMetadata(),
  }
  const list = useInfiniteQuery({
    ...pagesQuery<Thread>(client, '/threads', query),
    // Only what is in sight first is asked again: a long list would be read whole each time.
    refetchInterval: ({ state: { data } }) =>
      data?.pages.length === 1 && data.pages[0]!.data.some(isAtWork) ? 2_000 : false,
  })
  const rows = rowsOf(list.data)
  const isFiltered = filters.some((name) => params.has(name))
  return (
    <Page title="Threads">
      <FilterBar filters={filters}>
        <WordsFilter
          filter="query"
          label="Find threads"
          placeholder="Words in messages, or an id"
          width={260}
        />
        <StatusFilter />
        <AssistantFilter />
        <TimeFilter />
        <MetadataFilter />
      </FilterBar>
      {list.error && <Failure error={list.error} onRetry={() => void list.refetch()} />}
      {!list.error && rows?.length === 0 && <NoThreads isFiltered={isFiltered} />}
      {!list.error && rows?.length !== 0 && (
        <DataTable
          name="Threads"
          columns={columns}
          rows={rows}
          rowId={({ id }) => id}
          onEnd={() => void (!list.isFetchingNextPage && list.fetchNextPage())}
          hasMore={list.hasNextPage}
        />
      )}
    </Page>
  )
}

const columns: Column<Thread>[] = [
  {
    id: 'title',
    title: 'Thread',
    width: 320,
    grows: true,
    cell: (thread) => <ThreadTitle thread={thread} />,
  },
  {
    id: 'run',
    title: 'Last run',
    width: 140,
    cell: ({ summary }) =>
      summary?.last_run && (
        <Anchor component={Link} to={`~/runs/${summary.last_run.id}`} underline="never" inherit>
          <StateLabel status={summary.last_run.status} />
        </Anchor>
      ),
  },
  {
    id: 'assistant',
    title: 'Assistant',
    width: 160,
    from: 'md',
    cell: ({ summary }) => summary?.last_run && <AssistantName id={summary.last_run.assistant_id} />,
  },
  {
    id: 'messages',
    title: 'Messages',
    width: 84,
    align: 'right',
    from: 'sm',
    cell: ({ summary }) => summary && count(summary.messages),
  },
  {
    id: 'activity',
    title: 'Last message',
    width: 120,
    from: 'sm',
    cell: ({ summary, created_at }) => (
      <Text fz="sm" c="dimmed" component="span">
        <Time at={summary?.last_message_at ?? created_at} />
      </Text>
    ),
  },
  { id: 'id', title: 'Id', width: 160, from: 'lg', cell: ({ id }) => <Identifier id={id} /> },
]

const NoThreads = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <EmptyState title="No thread is like this">
      All words must be in one message, or in the metadata. Fewer filters find more.
    </EmptyState>
  ) : (
    <EmptyState
      title="No threads yet"
      action={
        <Anchor component={Link} to="~/playground">
          Begin one in the playground
        </Anchor>
      }
    >
      Each conversation that a program or the playground has with an assistant is a thread. All of them are
      listed here.
    </EmptyState>
  )
