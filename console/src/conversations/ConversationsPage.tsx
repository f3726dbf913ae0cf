import { Anchor } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { pagesQuery } from '../api/pages.ts'
import type { Thread } from '../api/thread.ts'
import { conversationOf } from '../parts/conversation-ids.ts'
import { QuietTime, messagesColumn } from '../parts/columns.tsx'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { FilterBar } from '../parts/FilterBar.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { MetadataFilter, useMetadata } from '../parts/MetadataFilter.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { TimeFilter, useSince } from '../parts/TimeFilter.tsx'
import { useFilters } from '../parts/use-filter.ts'
import { TitleLink } from '../parts/TitleLink.tsx'
import { visible } from '../parts/visible.ts'
import { withoutMarks } from '../parts/without-marks.ts'
import { WordsFilter } from '../parts/WordsFilter.tsx'

/** All conversations, newest first. Each is a thread, and is found as one. */
export function ConversationsPage() {
  const { query, names, isFiltered } = useFilters({ query: 'query' }, ['since', 'metadata'])
  const list = useInfiniteQuery(
    pagesQuery<Thread>(useClient(), '/threads', {
      'include[]': 'summary',
      ...query,
      ...useSince(),
      ...useMetadata(),
    }),
  )
  return (
    <Page title="Conversations">
      <FilterBar filters={names}>
        <WordsFilter filter="query" label="Find conversations" placeholder="Words in messages" width={260} />
        <TimeFilter />
        <MetadataFilter />
      </FilterBar>
      <PagedTable
        name="Conversations"
        list={list}
        columns={columns}
        empty={<NoConversations isFiltered={isFiltered} />}
      />
    </Page>
  )
}

const columns: Column<Thread>[] = [
  {
    id: 'title',
    title: 'Conversation',
    width: 320,
    grows: true,
    cell: ({ id, summary }) => (
      <TitleLink
        to={`/${conversationOf(id)}`}
        title={withoutMarks(visible(summary?.title) ?? 'Without text of the user')}
      />
    ),
  },
  messagesColumn,
  {
    id: 'activity',
    title: 'Last message',
    width: 120,
    cell: ({ summary, created_at }) => <QuietTime at={summary?.last_message_at ?? created_at} />,
  },
  {
    id: 'id',
    title: 'Id',
    width: 160,
    from: 'lg',
    cell: ({ id }) => <Identifier id={conversationOf(id)} />,
  },
]

const NoConversations = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <EmptyState title="No conversation is like this">
      All words must be in one message, or in the metadata. Fewer filters find more.
    </EmptyState>
  ) : (
    <EmptyState
      title="No conversations yet"
      action={
        <Anchor component={Link} to="~/playground">
          Begin one in the playground
        </Anchor>
      }
    >
      What programs of the Responses API keep as a conversation is listed here, and every thread of the
      Assistants API too: they are the same.
    </EmptyState>
  )
