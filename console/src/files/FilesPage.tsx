import { Group, Select, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { MagnifyingGlassIcon } from '@radix-ui/react-icons'
import { useInfiniteQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { useClient } from '../api/client.ts'
import type { FileObject, UploadPurpose } from '../api/uploads.ts'
import { pagesQuery, rowsOf } from '../api/pages.ts'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Failure } from '../parts/Failure.tsx'
import { FileDrop } from '../parts/FileDrop.tsx'
import { Page } from '../parts/Page.tsx'
import { UploadList } from '../parts/UploadList.tsx'
import { useUploads } from '../parts/use-uploads.ts'
import { FileTable } from './FileTable.tsx'
import { filePurposes, uploadPurposes } from './purposes.ts'

/** All files of the server: found by name and purpose, and added by dropping them. */
export function FilesPage() {
  const [filters, setFilters] = useSearchParams()
  const [purpose, setPurpose] = useState<UploadPurpose>('assistants')
  const { uploads, add, retry, stop, clear } = useUploads()
  const query = filters.get('query') ?? ''
  const shownPurpose = filters.get('purpose') ?? ''
  const files = useInfiniteQuery(
    pagesQuery<FileObject>(useClient(), '/files', { query, purpose: shownPurpose }),
  )
  const rows = rowsOf(files.data)
  const filter = (name: string, value: string) =>
    setFilters(
      (now) => {
        if (value === '') now.delete(name)
        else now.set(name, value)
        return now
      },
      { replace: true },
    )
  const find = useDebouncedCallback((value: string) => filter('query', value), 200)
  const isFiltered = query !== '' || shownPurpose !== ''

  return (
    <Page title="Files">
      <FileDrop onFiles={(given) => add(given, purpose)} />
      <UploadList uploads={uploads} onRetry={retry} onStop={stop} onClear={clear} />
      <Group gap="sm" my="md">
        <TextInput
          aria-label="Find files by name or id"
          placeholder="Name or id"
          leftSection={<MagnifyingGlassIcon />}
          defaultValue={query}
          onChange={({ currentTarget }) => find(currentTarget.value)}
          w={220}
        />
        <Select
          aria-label="Purpose"
          placeholder="Every purpose"
          data={filePurposes}
          value={shownPurpose || null}
          onChange={(value) => filter('purpose', value ?? '')}
          clearable
          clearButtonProps={{ 'aria-label': 'Every purpose' }}
          w={170}
        />
        <Select
          label="Upload for"
          data={uploadPurposes}
          value={purpose}
          onChange={(value) => value && setPurpose(value as UploadPurpose)}
          allowDeselect={false}
          ml="auto"
          w={220}
          styles={{
            root: { display: 'flex', gap: 8, alignItems: 'center' },
            label: { whiteSpace: 'nowrap' },
          }}
        />
      </Group>
      {files.error && <Failure error={files.error} onRetry={() => void files.refetch()} />}
      {rows?.length === 0 && (
        <EmptyState title={isFiltered ? 'No file is like this' : 'No files yet'}>
          {isFiltered
            ? 'Another name or purpose may find it.'
            : 'Drop one above. Assistants read files, search them in vector stores, and make new ones with Python; all of them are listed here.'}
        </EmptyState>
      )}
      {!files.error && rows?.length !== 0 && (
        <FileTable
          files={rows}
          hasMore={files.hasNextPage}
          onEnd={() => {
            if (!files.isFetchingNextPage) void files.fetchNextPage()
          }}
        />
      )}
    </Page>
  )
}
