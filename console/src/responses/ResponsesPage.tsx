import { Anchor, Button, Code } from '@mantine/core'
import { PlusIcon } from '@radix-ui/react-icons'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { liveWhile, pagesQuery } from '../api/pages.ts'
import { isOver, type SummarizedResponse } from '../api/responses.ts'
import { ChoiceFilter } from '../parts/ChoiceFilter.tsx'
import { QuietTime, modelColumn, tokensColumn, tookColumn } from '../parts/columns.tsx'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { FilterBar } from '../parts/FilterBar.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { MetadataFilter, useMetadata } from '../parts/MetadataFilter.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import { TimeFilter, useSince } from '../parts/TimeFilter.tsx'
import { useFilters } from '../parts/use-filter.ts'
import { WordsFilter } from '../parts/WordsFilter.tsx'
import { ResponseTitle } from './ResponseTitle.tsx'

const parameters = {
  query: 'query',
  status: 'status',
  model: 'model',
  conversation: 'conversation',
  chain: 'has_previous',
  previous: 'previous_response_id',
}

/** All responses that are kept, newest first. What failed says why in the list. */
export function ResponsesPage() {
  const { query, names, isFiltered } = useFilters(parameters, ['since', 'metadata'])
  const list = useInfiniteQuery({
    ...pagesQuery<SummarizedResponse>(useClient(), '/responses', {
      'include[]': 'summary',
      ...query,
      ...useSince(),
      ...useMetadata(),
    }),
    refetchInterval: liveWhile((response) => !isOver(response)),
  })
  return (
    <Page
      title="Responses"
      actions={
        <Button component={Link} to="~/responses/new" leftSection={<PlusIcon />}>
          New response
        </Button>
      }
    >
      <FilterBar filters={names}>
        <WordsFilter
          filter="query"
          label="Find responses"
          placeholder="Words in items, or an id"
          width={220}
        />
        <ChoiceFilter filter="status" label="Any state" data={states} w={140} />
        <ChoiceFilter filter="chain" label="Any place in a chain" data={places} w={170} />
        <WordsFilter filter="model" label="Model" placeholder="Model" width={150} />
        <WordsFilter filter="conversation" label="Conversation" placeholder="Conversation id" width={160} />
        <TimeFilter />
        <MetadataFilter />
      </FilterBar>
      <PagedTable
        name="Responses"
        list={list}
        columns={columns}
        empty={<NoResponses isFiltered={isFiltered} />}
      />
    </Page>
  )
}

const states = [
  { value: 'queued,in_progress', label: 'Running' },
  { value: 'completed', label: 'Done' },
  { value: 'failed,incomplete', label: 'With errors' },
  { value: 'failed', label: 'Failed' },
  { value: 'incomplete', label: 'Incomplete' },
  { value: 'cancelled', label: 'Cancelled' },
]

const places = [
  { value: 'false', label: 'Begins a chain' },
  { value: 'true', label: 'Goes on with another' },
]

const columns: Column<SummarizedResponse>[] = [
  { id: 'state', title: 'State', width: 112, cell: ({ status }) => <StateLabel status={status} /> },
  {
    id: 'what',
    title: 'Response',
    width: 320,
    grows: true,
    cell: (response) => <ResponseTitle response={response} />,
  },
  modelColumn,
  tokensColumn,
  tookColumn(({ completed_at }) => completed_at),
  {
    id: 'created',
    title: 'Created',
    width: 98,
    cell: ({ created_at }) => <QuietTime at={created_at} />,
  },
  { id: 'id', title: 'Id', width: 160, from: 'lg', cell: ({ id }) => <Identifier id={id} /> },
]

const NoResponses = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <EmptyState title="No response is like this">
      All words must be in one item, or in the metadata. Fewer filters find more.
    </EmptyState>
  ) : (
    <EmptyState
      title="No responses yet"
      action={
        <Anchor component={Link} to="~/responses/new">
          Ask a model
        </Anchor>
      }
    >
      Each answer that a program gets from the Responses API is listed here, unless it asked for{' '}
      <Code>store: false</Code>: with what went in, what it cost, and what goes on with it.
    </EmptyState>
  )
