import { Anchor, Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { AuditLog } from '../../../src/contract/audit-logs.ts'
import { useClient } from '../api/client.ts'
import { pagesQuery } from '../api/pages.ts'
import { ChoiceFilter } from '../parts/ChoiceFilter.tsx'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { FilterBar } from '../parts/FilterBar.tsx'
import { Identifier, shorten } from '../parts/Identifier.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { Time } from '../parts/Time.tsx'
import { useFilters } from '../parts/use-filter.ts'
import { WordsFilter } from '../parts/WordsFilter.tsx'

/** All that there are: the compiler misses one that is left out. */
const types = Object.keys({
  'project.created': true,
  'project.updated': true,
  'project.archived': true,
  'service_account.created': true,
  'service_account.updated': true,
  'service_account.deleted': true,
  'api_key.created': true,
  'api_key.updated': true,
  'api_key.deleted': true,
  'rate_limit.updated': true,
  'spend_limit.created': true,
  'spend_limit.updated': true,
  'spend_limit.deleted': true,
  'spend_alert.created': true,
  'spend_alert.updated': true,
  'spend_alert.deleted': true,
  'budget.created': true,
  'budget.updated': true,
  'budget.deleted': true,
} satisfies Record<AuditLog['type'], true>)

/** Who has changed which project or key, and when. */
export function AuditLogPage() {
  const { query, names, isFiltered } = useFilters({ type: 'event_types[]', project: 'project_ids[]' })
  const list = useInfiniteQuery(pagesQuery<AuditLog>(useClient(), '/organization/audit_logs', query))
  return (
    <Page title="Audit log">
      <FilterBar filters={names}>
        <ChoiceFilter filter="type" label="Any event" data={types} w={190} />
        <WordsFilter filter="project" label="Project" placeholder="Project id" />
      </FilterBar>
      <PagedTable
        name="Audit log"
        list={list}
        columns={columns}
        empty={
          isFiltered ? (
            <EmptyState title="No event is like this">Fewer filters find more.</EmptyState>
          ) : (
            <EmptyState title="Nothing has been changed yet">
              Who makes, changes or takes away a project or a key is written down here.
            </EmptyState>
          )
        }
      />
    </Page>
  )
}

const columns: Column<AuditLog>[] = [
  { id: 'type', title: 'Event', width: 190, cell: ({ type }) => type },
  {
    id: 'what',
    title: 'Changed',
    width: 170,
    grows: true,
    cell: (event) => event[event.type] && <Identifier id={event[event.type]!.id} />,
  },
  {
    id: 'project',
    title: 'Project',
    width: 170,
    from: 'sm',
    cell: ({ project }) =>
      project && (
        <Anchor component={Link} to={`~/projects/${project.id}`} inherit c="inherit" title={project.id}>
          {shorten(project.id)}
        </Anchor>
      ),
  },
  {
    id: 'actor',
    title: 'By',
    width: 190,
    from: 'md',
    cell: ({ actor }) => (actor ? <Identifier id={actor.api_key.id} /> : 'the command line'),
  },
  {
    id: 'time',
    title: 'When',
    width: 110,
    align: 'right',
    cell: ({ effective_at }) => (
      <Text component="span" fz="sm" c="dimmed">
        <Time at={effective_at} />
      </Text>
    ),
  },
]
