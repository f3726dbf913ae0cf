import { Anchor, VisuallyHidden } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { liveWhile, pagesQuery } from '../api/pages.ts'
import { isOver, type Run } from '../api/runs.ts'
import { AssistantName } from '../parts/AssistantName.tsx'
import { QuietTime, modelColumn, tokensColumn, tookColumn } from '../parts/columns.tsx'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { shorten } from '../parts/Identifier.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { count } from '../parts/quantities.ts'
import { RunFilters, useRunFilters } from '../parts/RunFilters.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import { WordsFilter } from '../parts/WordsFilter.tsx'
import classes from './RunsPage.module.css'
import { whatWentWrong } from '../parts/what-went-wrong.ts'

/** The runs of all threads, newest first. What failed says why in the list. */
export function RunsPage() {
  const { query, names, isFiltered } = useRunFilters({ model: 'model', thread: 'thread_id' })
  const list = useInfiniteQuery({
    ...pagesQuery<Run>(useClient(), '/runs', query),
    refetchInterval: liveWhile(isMoving),
  })
  return (
    <Page title="Runs">
      <RunFilters names={names}>
        <WordsFilter filter="model" label="Model" placeholder="Model" width={150} />
        <WordsFilter filter="thread" label="Thread" placeholder="Thread id" width={150} />
      </RunFilters>
      <PagedTable name="Runs" list={list} columns={columns} empty={<NoRuns isFiltered={isFiltered} />} />
    </Page>
  )
}

const isMoving = (run: Run) => !isOver(run) && run.status !== 'requires_action'

const columns: Column<Run>[] = [
  {
    id: 'state',
    title: 'State',
    width: 124,
    cell: ({ id, status }) => (
      <Anchor component={Link} to={`/${id}`} underline="never" inherit>
        <StateLabel status={status} />
        <VisuallyHidden>: run {id}</VisuallyHidden>
      </Anchor>
    ),
  },
  {
    id: 'run',
    title: 'Run',
    width: 130,
    // Narrower screens need the place for what went wrong. The state leads to the run too.
    from: 'xl',
    cell: ({ id }) => (
      <Anchor component={Link} to={`/${id}`} ff="monospace" fz="xs" c="inherit" title={id}>
        {shorten(id)}
      </Anchor>
    ),
  },
  {
    id: 'what',
    title: 'Assistant',
    width: 280,
    grows: true,
    cell: (run) => {
      const wrong = whatWentWrong(run)
      return (
        <div className={classes.what}>
          <span className={classes.who} data-wrong={wrong !== undefined || undefined}>
            <AssistantName id={run.assistant_id} />
          </span>
          {wrong && (
            <details className={classes.wrong}>
              <summary title="Show all of it">{wrong.message}</summary>
            </details>
          )}
          {!wrong && run.usage && (
            <span className={classes.onPhone}>{count(run.usage.total_tokens)} tokens</span>
          )}
        </div>
      )
    },
  },
  modelColumn,
  tokensColumn,
  tookColumn(({ completed_at, failed_at, cancelled_at }) => completed_at ?? failed_at ?? cancelled_at),
  {
    id: 'created',
    title: 'Created',
    isOrder: true,
    width: 98,
    cell: ({ created_at }) => <QuietTime at={created_at} />,
  },
]

const NoRuns = ({ isFiltered }: { isFiltered: boolean }) =>
  isFiltered ? (
    <EmptyState title="No run is like this">Fewer filters find more.</EmptyState>
  ) : (
    <EmptyState
      title="No runs yet"
      action={
        <Anchor component={Link} to="~/playground">
          Ask an assistant in the playground
        </Anchor>
      }
    >
      Each time an assistant works on a thread is a run. It is listed here with what it cost, and with the
      reason when it failed.
    </EmptyState>
  )
