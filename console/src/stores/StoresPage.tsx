import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { PlusIcon } from '@radix-ui/react-icons'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { useClient } from '../api/client.ts'
import { liveWhile, pagesQuery } from '../api/pages.ts'
import type { VectorStore } from '../api/stores.ts'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { FilterBar } from '../parts/FilterBar.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { bytes, count } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { Time } from '../parts/Time.tsx'
import { TitleLink } from '../parts/TitleLink.tsx'
import { useFilters } from '../parts/use-filter.ts'
import { visible } from '../parts/visible.ts'
import { WordsFilter } from '../parts/WordsFilter.tsx'
import { StoreForm } from './StoreForm.tsx'

const columns: Column<VectorStore>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 300,
    grows: true,
    cell: ({ id, name }) => <TitleLink to={`/${id}`} title={visible(name) ?? 'without a name'} />,
  },
  {
    id: 'status',
    title: 'Status',
    width: 120,
    from: 'sm',
    cell: ({ status }) => <StateLabel status={status} />,
  },
  {
    id: 'files',
    title: 'Files',
    width: 100,
    align: 'right',
    cell: ({ file_counts: { total, failed } }) => (
      <>
        {count(total)}
        {failed > 0 && (
          <span style={{ color: 'var(--state-failed)' }} title={`${failed} failed`}>
            {' '}
            ({count(failed)} failed)
          </span>
        )}
      </>
    ),
  },
  {
    id: 'usage',
    title: 'Usage',
    width: 90,
    align: 'right',
    from: 'sm',
    cell: (store) => bytes(store.usage_bytes),
  },
  {
    id: 'active',
    title: 'Last used',
    width: 120,
    align: 'right',
    from: 'md',
    cell: ({ last_active_at }) => <Time at={last_active_at} />,
  },
  {
    id: 'created',
    title: 'Created',
    isOrder: true,
    width: 120,
    align: 'right',
    from: 'lg',
    cell: ({ created_at }) => <Time at={created_at} />,
  },
  { id: 'id', title: 'Id', width: 150, from: 'md', cell: ({ id }) => <Identifier id={id} /> },
]

/** All vector stores. The list moves by itself while files are being read. */
export function StoresPage() {
  const [, navigate] = useLocation()
  const [isMaking, { open, close }] = useDisclosure()
  const { query, names, isFiltered } = useFilters({ query: 'query' })
  const list = useInfiniteQuery({
    ...pagesQuery<VectorStore>(useClient(), '/vector_stores', query),
    refetchInterval: liveWhile(({ status }) => status === 'in_progress'),
  })
  const make = (
    <Button leftSection={<PlusIcon />} onClick={open}>
      New vector store
    </Button>
  )
  return (
    <Page title="Vector stores" actions={make}>
      <FilterBar filters={names}>
        <WordsFilter filter="query" label="Find vector stores by name or id" placeholder="Name or id" />
      </FilterBar>
      <PagedTable
        name="Vector stores"
        list={list}
        columns={columns}
        empty={
          isFiltered ? (
            <EmptyState title="No vector store is like this">Another name may find it.</EmptyState>
          ) : (
            <EmptyState title="No vector stores yet">
              A vector store makes files searchable: their text is read, cut into passages and indexed. An
              assistant with file search answers from it and cites the passages. Make one, drop files into it,
              and try a search.
            </EmptyState>
          )
        }
      />
      <StoreForm opened={isMaking} onClose={close} onSaved={({ id }) => navigate(`/${id}`)} />
    </Page>
  )
}
