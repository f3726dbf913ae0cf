import { Anchor, Button, Group } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { PlusIcon } from '@radix-ui/react-icons'
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { useClient } from '../api/client.ts'
import { liveWhile, pagesQuery } from '../api/pages.ts'
import type { VectorStoreFile } from '../api/stores.ts'
import { ChoiceFilter } from '../parts/ChoiceFilter.tsx'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { pairsInWords } from '../parts/Facts.tsx'
import { KnownFileName } from '../parts/FileName.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { bytes } from '../parts/quantities.ts'
import { Time } from '../parts/Time.tsx'
import { useFilters } from '../parts/use-filter.ts'
import { AddFiles } from './AddFiles.tsx'
import { FileState } from './FileState.tsx'
import { RemoveFromStore } from './RemoveFromStore.tsx'

const statuses = [
  { value: 'in_progress', label: 'in progress' },
  { value: 'completed', label: 'done' },
  { value: 'failed', label: 'failed' },
  { value: 'cancelled', label: 'cancelled' },
]

/** The files of a store and the life of each. The list moves by itself while one of them is being read. */
export function StoreFiles({ storeId, isWorking }: { storeId: string; isWorking: boolean }) {
  const [isAdding, { open, close }] = useDisclosure()
  const queries = useQueryClient()
  const { query, isFiltered } = useFilters({ status: 'filter' })
  const list = useInfiniteQuery({
    ...pagesQuery<VectorStoreFile>(useClient(), `/vector_stores/${storeId}/files`, {
      ...query,
      include: ['filename'],
    }),
    refetchInterval: liveWhile(({ status }) => isWorking || status === 'in_progress'),
  })
  const columns = useMemo(() => columnsOf(storeId), [storeId])
  return (
    <>
      <Group justify="space-between" gap="sm" mb="md">
        <ChoiceFilter filter="status" label="Any status" data={statuses} />
        <Button leftSection={<PlusIcon />} onClick={open}>
          Add files
        </Button>
      </Group>
      <AddFiles
        storeId={storeId}
        opened={isAdding}
        onClose={close}
        onAdded={() => {
          void queries.invalidateQueries({ queryKey: [`/vector_stores/${storeId}/files`] })
          void queries.invalidateQueries({ queryKey: ['/vector_stores'] })
        }}
      />
      <PagedTable
        name="Files of the vector store"
        list={list}
        columns={columns}
        empty={
          isFiltered ? (
            <EmptyState title="No file has this status">Choose another one above.</EmptyState>
          ) : (
            <EmptyState title="No files in this store yet">
              Add PDFs, Word files, Markdown, mails, tables or code: their text is read and indexed, and can
              be searched at once.
            </EmptyState>
          )
        }
      />
    </>
  )
}

const columnsOf = (storeId: string): Column<VectorStoreFile>[] => [
  {
    id: 'name',
    title: 'Name',
    width: 240,
    grows: true,
    cell: ({ id, filename }) => (
      <Anchor component={Link} to={`/${storeId}/files/${id}`} inherit c="inherit">
        <KnownFileName id={id} name={filename} />
      </Anchor>
    ),
  },
  {
    id: 'status',
    title: 'Status',
    width: 260,
    cell: (file) => <FileState file={file} />,
  },
  {
    id: 'usage',
    title: 'Usage',
    width: 90,
    align: 'right',
    from: 'sm',
    cell: (file) => bytes(file.usage_bytes),
  },
  {
    id: 'chunks',
    title: 'Cut into',
    width: 120,
    align: 'right',
    from: 'lg',
    cell: ({ chunking_strategy: { static: cut } }) => (
      <span
        title={`Passages of at most ${cut.max_chunk_size_tokens} tokens, ${cut.chunk_overlap_tokens} of them shared`}
      >
        {cut.max_chunk_size_tokens} / {cut.chunk_overlap_tokens}
      </span>
    ),
  },
  {
    id: 'attributes',
    title: 'Attributes',
    width: 160,
    from: 'lg',
    cell: ({ attributes }) => pairsInWords(attributes),
  },
  {
    id: 'added',
    title: 'Added',
    width: 110,
    align: 'right',
    from: 'md',
    cell: ({ created_at }) => <Time at={created_at} />,
  },
  {
    id: 'remove',
    title: 'Remove',
    width: 72,
    align: 'right',
    from: 'sm',
    cell: (file) => <RemoveFromStore storeId={storeId} file={file} />,
  },
]
