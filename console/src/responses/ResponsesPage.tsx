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
import { count } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { TimeFilter, useSince } from '../parts/TimeFilter.tsx'
import { useFilters } from '../parts/use-filter.ts'
import { withoutMarks } from '../parts/without-marks.ts'
import { WordsFilter } from '../parts/WordsFilter.tsx'
import classes from './Responses.module.css'

const parameters = {
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

/** What a response was asked, or what it is where nobody asked in words. */
export const titleOf = (title: string | null | undefined): string =>
  title ? withoutMarks(title) : 'Without words of the user'

const wrongOf = ({ error, incomplete_details }: SummarizedResponse): string | undefined =>
  error?.message ?? incomplete_details?.reason.replaceAll('_', ' ')

/** Whether it has ended with calls that somebody has to answer or allow. */
const asksItsCaller = ({ output }: SummarizedResponse): boolean =>
  output.some(({ type }) => asking.includes(type))

const asking: string[] = ['function_call', 'custom_tool_call', 'computer_call', 'mcp_approval_request']

const columns: Column<SummarizedResponse>[] = [
  { id: 'state', title: 'State', width: 112, cell: ({ status }) => <StateLabel status={status} /> },
  {
    id: 'what',
    title: 'Response',
    width: 320,
    grows: true,
    cell: (response) => {
      const { id, summary, previous_response_id: previous, conversation } = response
      const title = titleOf(summary?.title)
      const wrong = wrongOf(response)
      const followers = summary?.followers ?? 0
      return (
        <span className={classes.what}>
          <Anchor component={Link} to={`/${id}`} c="inherit" fw={500} inherit truncate title={title}>
            <bdi>{title}</bdi>
          </Anchor>
          {wrong ? (
            <span className={classes.wrong} title={wrong}>
              {wrong}
            </span>
          ) : (
            <span className={classes.place}>
              {[
                followers === 0 && !conversation && asksItsCaller(response) && 'waits for its caller',
                previous !== null && 'goes on',
                conversation && 'in a conversation',
                followers === 1 && 'one goes on with it',
                followers > 1 && `forks into ${count(followers)}`,
              ]
                .filter(Boolean)
                .join(' · ')}
            </span>
          )}
        </span>
      )
    },
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
    <EmptyState title="No response is like this">Fewer filters find more.</EmptyState>
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
