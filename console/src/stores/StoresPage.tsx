import { Anchor, Button, TextInput } from '@mantine/core'
import { useDebouncedCallback, useDisclosure } from '@mantine/hooks'
import { MagnifyingGlassIcon, PlusIcon } from '@radix-ui/react-icons'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link, useLocation, useSearchParams } from 'wouter'
import { useClient } from '../api/client.ts'
import { pagesQuery, rowsOf } from '../api/pages.ts'
import type { VectorStore } from '../api/stores.ts'
import { DataTable, type Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Failure } from '../parts/Failure.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { Page } from '../parts/Page.tsx'
import { bytes, count } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { Time } from '../parts/Time.tsx'
import { StoreForm } from './StoreForm.tsx'

const columns: Column<VectorStore>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 300,
    grows: true,
    cell: ({ id, name }) => (
      <Anchor component={Link} to={`/${id}`} inherit c="inherit" title={name ?? id}>
        {name ?? <em>without a name</em>}
      </Anchor>
    ),
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
    width: 120,
    align: 'right',
    from: 'lg',
    cell: ({ created_at }) => <Time at={created_at} />,
  },
  { id: 'id', title: 'Id', width: 150, from: 'md', cell: ({ id }) => <Identifier id={id} /> },
]

/** All vector stores. The list moves by itself while files are being read. */
export function StoresPage() {
  const [filters, setFilters] = useSearchParams()
  const [, navigate] = useLocation()
  const [isMaking, { open, close }] = useDisclosure()
  const query = filters.get('query') ?? ''
  const stores = useInfiniteQuery({
    ...pagesQuery<VectorStore>(useClient(), '/vector_stores', { query }),
    refetchInterval: ({ state }) =>
      rowsOf(state.data)?.some(({ status }) => status === 'in_progress') ? 1_500 : false,
  })
  const rows = rowsOf(stores.data)
  const find = useDebouncedCallback(
    (value: string) => setFilters(value === '' ? {} : { query: value }, { replace: true }),
    200,
  )
  const make = (
    <Button leftSection={<PlusIcon />} onClick={open}>
      New vector store
    </Button>
  )
  return (
    <Page title="Vector stores" actions={make}>
      <TextInput
        aria-label="Find vector stores by name or id"
        placeholder="Name or id"
        leftSection={<MagnifyingGlassIcon />}
        defaultValue={query}
        onChange={({ currentTarget }) => find(currentTarget.value)}
        w={220}
        mb="md"
      />
      {stores.error && <Failure error={stores.error} onRetry={() => void stores.refetch()} />}
      {rows?.length === 0 && query !== '' && (
        <EmptyState title="No vector store is like this">Another name may find it.</EmptyState>
      )}
      {rows?.length === 0 && query === '' && (
        <EmptyState title="No vector stores yet">
          A vector store makes files searchable: their text is read, cut into passages and indexed. An
          assistant with file search answers from it and cites the passages. Make one, drop files into it, and
          try a search.
        </EmptyState>
      )}
      {!stores.error && rows?.length !== 0 && (
        <DataTable
          name="Vector stores"
          columns={columns}
          rows={rows}
          rowId={({ id }) => id}
          hasMore={stores.hasNextPage}
          onEnd={() => {
            if (!stores.isFetchingNextPage) void stores.fetchNextPage()
          }}
        />
      )}
      <StoreForm opened={isMaking} onClose={close} onSaved={({ id }) => navigate(`/${id}`)} />
    </Page>
  )
}
