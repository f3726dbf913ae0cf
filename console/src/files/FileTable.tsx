import { Anchor } from '@mantine/core'
import { Link } from 'wouter'
import type { FileObject } from '../api/uploads.ts'
import { DataTable, type Column } from '../parts/DataTable.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { bytes } from '../parts/quantities.ts'
import { Time } from '../parts/Time.tsx'

const columns: Column<FileObject>[] = [
  {
    id: 'name',
    title: 'Name',
    width: 300,
    grows: true,
    cell: ({ id, filename }) => (
      <Anchor component={Link} to={`/${id}`} inherit c="inherit" title={filename}>
        {filename}
      </Anchor>
    ),
  },
  { id: 'purpose', title: 'Purpose', width: 140, from: 'sm', cell: ({ purpose }) => purpose },
  { id: 'size', title: 'Size', width: 90, align: 'right', cell: (file) => bytes(file.bytes) },
  {
    id: 'created',
    title: 'Uploaded',
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

interface Props {
  files: FileObject[] | undefined
  hasMore: boolean
  onEnd: () => void
}

export function FileTable({ files, hasMore, onEnd }: Props) {
  return (
    <DataTable
      name="Files"
      columns={columns}
      rows={files}
      rowId={({ id }) => id}
      hasMore={hasMore}
      onEnd={onEnd}
    />
  )
}
