import { Anchor, Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { PlusIcon } from '@radix-ui/react-icons'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import type { Project } from '../../../src/contract/projects.ts'
import { useClient } from '../api/client.ts'
import { pagesQuery } from '../api/pages.ts'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { Time } from '../parts/Time.tsx'
import { NameForm } from './NameForm.tsx'

/** All projects, also those that are archived. */
export function ProjectsPage() {
  const client = useClient()
  const [, navigate] = useLocation()
  const [isMaking, { open, close }] = useDisclosure()
  const list = useInfiniteQuery(
    pagesQuery<Project>(client, '/organization/projects', { include_archived: 'true' }),
  )
  return (
    <Page
      title="Projects"
      actions={
        <Button leftSection={<PlusIcon />} onClick={open}>
          New project
        </Button>
      }
    >
      <PagedTable
        name="Projects"
        list={list}
        columns={columns}
        empty={
          <EmptyState title="No projects yet">
            Each has keys of its own, and sees nothing of others.
          </EmptyState>
        }
      />
      <NameForm
        opened={isMaking}
        onClose={close}
        title="New project"
        about="It has keys of its own, and sees nothing of other projects."
        submit="Make the project"
        onSubmit={async ({ name }) => {
          const { id } = await client.post<Project>('/organization/projects', { body: { name } })
          navigate(`/${id}`)
        }}
      />
    </Page>
  )
}

const columns: Column<Project>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 240,
    grows: true,
    cell: ({ id, name }) => (
      <Anchor component={Link} to={`/${id}`} inherit c="inherit" title={name}>
        {name}
      </Anchor>
    ),
  },
  { id: 'status', title: 'Status', width: 110, cell: ({ status }) => status },
  { id: 'id', title: 'Id', width: 170, from: 'sm', cell: ({ id }) => <Identifier id={id} /> },
  {
    id: 'created',
    title: 'Created',
    width: 120,
    align: 'right',
    from: 'md',
    cell: ({ created_at }) => <Time at={created_at} />,
  },
]
