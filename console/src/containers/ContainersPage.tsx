import { useInfiniteQuery } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import type { Container } from '../api/containers.ts'
import { pagesQuery } from '../api/pages.ts'
import { QuietTime } from '../parts/columns.tsx'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { StateLabel } from '../parts/StateLabel.tsx'
import { TitleLink } from '../parts/TitleLink.tsx'
import { visible } from '../parts/visible.ts'

/** Where the programs of responses run, newest first. */
export function ContainersPage() {
  const list = useInfiniteQuery(pagesQuery<Container>(useClient(), '/containers', { order: 'desc' }))
  return (
    <Page title="Containers">
      <PagedTable
        name="Containers"
        list={list}
        columns={columns}
        empty={
          <EmptyState title="No containers yet">
            Programs of the code interpreter run in a container when a response calls it: one that was made
            for it, or one that is made by itself. Its files are kept when it expires.
          </EmptyState>
        }
      />
    </Page>
  )
}

/** One that has expired has no variables any more. Its files are there. */
export const ContainerState = ({ status }: Pick<Container, 'status'>) =>
  status === 'running' ? (
    <StateLabel status="completed" words="running" />
  ) : (
    <StateLabel status="cancelled" words={status} />
  )

const columns: Column<Container>[] = [
  { id: 'state', title: 'State', width: 112, cell: ({ status }) => <ContainerState status={status} /> },
  {
    id: 'name',
    title: 'Container',
    width: 320,
    grows: true,
    cell: ({ id, name }) => <TitleLink to={`/${id}`} title={visible(name) ?? id} />,
  },
  { id: 'memory', title: 'Memory', width: 80, from: 'sm', cell: ({ memory_limit }) => memory_limit },
  {
    id: 'active',
    title: 'Last active',
    width: 120,
    cell: ({ last_active_at }) => <QuietTime at={last_active_at} />,
  },
  { id: 'id', title: 'Id', width: 160, from: 'lg', cell: ({ id }) => <Identifier id={id} /> },
]
