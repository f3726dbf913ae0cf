import { Anchor, Skeleton } from '@mantine/core'
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import { containerPath, containerQuery, nameOfFile, type ContainerFile } from '../api/containers.ts'
import { pagesQuery } from '../api/pages.ts'
import { QuietTime } from '../parts/columns.tsx'
import { ContainerFileLink } from '../parts/ContainerFileLink.tsx'
import type { Column } from '../parts/DataTable.tsx'
import { DeleteButton } from '../parts/DeleteButton.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Facts } from '../parts/Facts.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { bytes } from '../parts/quantities.ts'
import { Time } from '../parts/Time.tsx'
import { ContainerState } from './ContainersPage.tsx'

const trail = (
  <Anchor component={Link} to="~/containers" inherit>
    Containers
  </Anchor>
)

/** A container with the files that callers and programs have left in it. */
export function ContainerPage({ id }: { id: string }) {
  const client = useClient()
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const { data, error, refetch } = useQuery(containerQuery(client, id))
  const list = useInfiniteQuery(
    pagesQuery<ContainerFile>(client, `${containerPath(id)}/files`, { order: 'desc' }),
  )
  if (error)
    return (
      <Page title="Container" trail={trail} about={<Identifier id={id} />}>
        <Failure error={error} onRetry={() => void refetch()} />
      </Page>
    )
  return (
    <Page
      title={data?.name || 'Container'}
      trail={trail}
      about={
        <>
          <Identifier id={id} />
          {data && <ContainerState status={data.status} />}
        </>
      }
      actions={
        data && (
          <DeleteButton
            says="Delete container"
            onDelete={async () => {
              await client.delete(containerPath(id))
              await queries.invalidateQueries({ queryKey: ['/containers'] })
              navigate('~/containers')
            }}
          >
            What its programs know and the files that are in it alone go with it. This cannot be undone.
          </DeleteButton>
        )
      }
    >
      <Facts
        facts={{
          Created: data ? <Time at={data.created_at} /> : <Skeleton height={8} width={80} my={6} />,
          'Last active': data && <Time at={data.last_active_at} />,
          Expires: data && `${data.expires_after.minutes} min after that`,
          Memory: data?.memory_limit,
          Network: data && 'none',
        }}
      />
      <PagedTable
        name="Files of the container"
        list={list}
        columns={columns}
        empty={
          <EmptyState title="No files">
            Files that are given to it, and those that its programs write to /mnt/data, are listed here.
          </EmptyState>
        }
      />
    </Page>
  )
}

const columns: Column<ContainerFile>[] = [
  { id: 'name', title: 'File', width: 320, grows: true, cell: (file) => <Download file={file} /> },
  {
    id: 'source',
    title: 'From',
    width: 100,
    cell: ({ source }) => (source === 'assistant' ? 'a program' : 'the caller'),
  },
  { id: 'bytes', title: 'Size', width: 84, align: 'right', cell: (file) => bytes(file.bytes) },
  {
    id: 'created',
    title: 'Created',
    width: 98,
    from: 'sm',
    cell: ({ created_at }) => <QuietTime at={created_at} />,
  },
]

const Download = ({ file }: { file: ContainerFile }) => (
  <ContainerFileLink file={file} name={nameOfFile(file)} truncate maw="100%" title={file.path}>
    <bdi>{nameOfFile(file)}</bdi>
  </ContainerFileLink>
)
