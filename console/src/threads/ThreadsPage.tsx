import { Anchor } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { liveWhile, pagesQuery } from '../api/pages.ts'
import { isAtWork, type Thread } from '../api/thread.ts'
import { AssistantName } from '../parts/AssistantName.tsx'
import { QuietTime, messagesColumn } from '../parts/columns.tsx'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { RunFilters, useRunFilters } from '../parts/RunFilters.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import { WordsFilter } from '../parts/WordsFilter.tsx'
import { ThreadTitle } from './ThreadTitle.tsx'

/** All threads, newest first, narrowed by what was said in them and by what ran there. */
export function ThreadsPage() {
  const { query, names, isFiltered } = useRunFilters({ query: 'query' })
  const list = useInfiniteQuery({
    ...pagesQuery<Thread>(useClient(), '/threads', { 'include[]': 'summary', ...query }),
    refetchInterval: liveWhile(isAtWork, 2_000),
  })
  return (
    <Page title="Threads">
      <RunFilters names={names}>
        <WordsFilter
          filter="query"
          label="Find threads"
          placeholder="Words in messages, or an id"
          width={260}
        />
      </RunFilters>
      <PagedTable
        name="Threads"
        list={list}
        columns={columns}
        empty={<NoThreads isFiltered={isFiltered} />}
      />
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
  messagesColumn,
  {
    id: 'activity',
    title: 'Last message',
    width: 120,
    from: 'sm',
    cell: ({ summary, created_at }) => <QuietTime at={summary?.last_message_at ?? created_at} />,
  },
  {
    id: 'created',
    title: 'Created',
    width: 110,
    from: 'md',
    isOrder: true,
    cell: ({ created_at }) => <QuietTime at={created_at} />,
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
