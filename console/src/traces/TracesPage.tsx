import { useInfiniteQuery } from '@tanstack/react-query'
import { baseURL, useClient } from '../api/client.ts'
import { pagesQuery } from '../api/pages.ts'
import type { Trace } from '../api/traces.ts'
import { ChoiceFilter } from '../parts/ChoiceFilter.tsx'
import { CodeBlock } from '../parts/CodeBlock.tsx'
import { QuietTime } from '../parts/columns.tsx'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { FilterBar } from '../parts/FilterBar.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { count, duration } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { TimeFilter, useSince } from '../parts/TimeFilter.tsx'
import { useFilters } from '../parts/use-filter.ts'
import { WordsFilter } from '../parts/WordsFilter.tsx'
import classes from './Traces.module.css'
import { TitleLink } from '../parts/TitleLink.tsx'
import { visible } from '../parts/visible.ts'

/** What programs have told of their agents, newest first. */
export function TracesPage() {
  const { query, names, isFiltered } = useFilters(
    { query: 'query', errors: 'has_errors', group: 'group_id', response: 'response_id' },
    ['since'],
  )
  const list = useInfiniteQuery({
    ...pagesQuery<Trace>(useClient(), '/traces', { ...query, ...useSince() }),
    refetchInterval: ({ state: { data } }) => (data?.pages.length === 1 ? 5_000 : false),
  })
  return (
    <Page title="Traces">
      <FilterBar filters={names}>
        <WordsFilter filter="query" label="Find traces" placeholder="Name, agent or id" width={220} />
        <WordsFilter filter="group" label="Group" placeholder="Group id" width={150} />
        <ChoiceFilter filter="errors" label="Any outcome" data={outcomes} w={140} />
        <TimeFilter />
      </FilterBar>
      <PagedTable name="Traces" list={list} columns={columns} empty={<NoTraces isFiltered={isFiltered} />} />
    </Page>
  )
}

const outcomes = [
  { value: 'true', label: 'With errors' },
  { value: 'false', label: 'Without errors' },
]

export const traceName = ({ workflow_name }: Pick<Trace, 'workflow_name'>) =>
  visible(workflow_name) ?? 'Trace without a name'

const columns: Column<Trace>[] = [
  {
    id: 'state',
    title: 'Outcome',
    width: 104,
    cell: ({ errors }) =>
      errors > 0 ? (
        <StateLabel status="failed" words={errors === 1 ? '1 error' : `${count(errors)} errors`} />
      ) : (
        <StateLabel status="completed" words="no error" />
      ),
  },
  {
    id: 'what',
    title: 'Workflow',
    width: 320,
    grows: true,
    cell: (trace) => (
      <span className={classes.what}>
        <TitleLink to={`/${encodeURIComponent(trace.id)}`} title={traceName(trace)} />
        <span className={classes.flow}>
          <bdi>{trace.agents.join(' → ')}</bdi>
        </span>
      </span>
    ),
  },
  {
    id: 'group',
    title: 'Group',
    width: 120,
    from: 'lg',
    cell: ({ group_id }) => group_id && <span title={group_id}>{group_id}</span>,
  },
  {
    id: 'spans',
    title: 'Spans',
    width: 68,
    align: 'right',
    from: 'sm',
    cell: ({ spans }) => count(spans),
  },
  {
    id: 'took',
    title: 'Took',
    width: 84,
    align: 'right',
    from: 'sm',
    cell: ({ started_at, ended_at }) =>
      started_at !== null && ended_at !== null ? duration(Math.max(0, ended_at - started_at)) : undefined,
  },
  {
    id: 'created',
    title: 'Received',
    width: 98,
    cell: ({ created_at }) => <QuietTime at={created_at} />,
  },
]

const program = () =>
  [
    'from agents import set_trace_processors',
    'from agents.tracing.processors import BackendSpanExporter, BatchTraceProcessor',
    '',
    `exporter = BackendSpanExporter(api_key="…", endpoint="${baseURL}/traces/ingest")`,
    'set_trace_processors([BatchTraceProcessor(exporter)])',
  ].join('\n')

const NoTraces = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <EmptyState title="No trace is like this">Fewer filters find more.</EmptyState>
  ) : (
    <EmptyState
      title="No traces yet"
      action={
        <div className={classes.program}>
          <CodeBlock label="How a program sends its traces here">{program()}</CodeBlock>
        </div>
      }
    >
      The Agents SDKs tell what their agents do: which of them worked, what they asked, whom they handed over
      to. Sent to this address it stays on this server, and is shown here.
    </EmptyState>
  )
