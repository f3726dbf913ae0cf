import { Group, Select } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useClient } from '../api/client.ts'
import { pagesQuery } from '../api/pages.ts'
import type { FileObject, UploadPurpose } from '../api/uploads.ts'
import { ChoiceFilter } from '../parts/ChoiceFilter.tsx'
import type { Column } from '../parts/DataTable.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { FileDrop } from '../parts/FileDrop.tsx'
import { FilterBar } from '../parts/FilterBar.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { Page } from '../parts/Page.tsx'
import { PagedTable } from '../parts/PagedTable.tsx'
import { bytes } from '../parts/quantities.ts'
import { Time } from '../parts/Time.tsx'
import { UploadList } from '../parts/UploadList.tsx'
import { useFilters } from '../parts/use-filter.ts'
import { useUploads } from '../parts/use-uploads.ts'
import { WordsFilter } from '../parts/WordsFilter.tsx'
import { filePurposes, uploadPurposes } from './purposes.ts'
import { TitleLink } from '../parts/TitleLink.tsx'
import { visible } from '../parts/visible.ts'

/** All files of the server: found by name and purpose, and added by dropping them. */
export function FilesPage() {
  const [purpose, setPurpose] = useState<UploadPurpose>('assistants')
  const { uploads, add, retry, stop, clear } = useUploads()
  const { query, names, isFiltered } = useFilters({ query: 'query', purpose: 'purpose' })
  const list = useInfiniteQuery(pagesQuery<FileObject>(useClient(), '/files', query))
  return (
    <Page title="Files">
      <FileDrop onFiles={(given) => add(given, purpose)} />
      <UploadList uploads={uploads} onRetry={retry} onStop={stop} onClear={clear} />
      <Group justify="space-between" align="flex-start" gap="sm" mt="md">
        <FilterBar filters={names}>
          <WordsFilter filter="query" label="Find files by name or id" placeholder="Name or id" />
          <ChoiceFilter filter="purpose" label="Any purpose" data={filePurposes} w={170} />
        </FilterBar>
        <Select
          label="Upload for"
          data={uploadPurposes}
          value={purpose}
          onChange={(value) => value && setPurpose(value as UploadPurpose)}
          allowDeselect={false}
          mb="md"
          w={220}
          styles={{
            root: { display: 'flex', gap: 8, alignItems: 'center' },
            label: { whiteSpace: 'nowrap' },
          }}
        />
      </Group>
      <PagedTable
        name="Files"
        list={list}
        columns={columns}
        empty={
          <EmptyState title={isFiltered ? 'No file is like this' : 'No files yet'}>
            {isFiltered
              ? 'Another name or purpose may find it.'
              : 'Drop one above. Assistants read files, search them in vector stores, and make new ones with Python; all of them are listed here.'}
          </EmptyState>
        }
      />
    </Page>
  )
}

const columns: Column<FileObject>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 300,
    grows: true,
    cell: ({ id, filename }) => <TitleLink to={`/${id}`} title={visible(filename) ?? id} />,
  },
  { id: 'purpose', title: 'Purpose', width: 140, from: 'sm', cell: ({ purpose }) => purpose },
  { id: 'size', title: 'Size', width: 90, align: 'right', cell: (file) => bytes(file.bytes) },
  {
    id: 'created',
    title: 'Uploaded',
    isOrder: true,
    width: 120,
    align: 'right',
    cell: ({ created_at }) => <Time at={created_at} />,
  },
  {
    id: 'expires',
    title: 'Expires',
    width: 130,
    align: 'right',
    from: 'lg',
    cell: ({ expires_at }) => (expires_at ? <Time at={expires_at} /> : 'never'),
  },
  { id: 'id', title: 'Id', width: 150, from: 'md', cell: ({ id }) => <Identifier id={id} /> },
]
