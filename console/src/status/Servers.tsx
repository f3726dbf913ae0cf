import { Box, Text, Title } from '@mantine/core'
import type { ServerReport } from '../api/health.ts'
import { DataTable, type Column } from '../parts/DataTable.tsx'
import { Identifier } from '../parts/Identifier.tsx'
import { count } from '../parts/quantities.ts'
import { Time } from '../parts/Time.tsx'

const columns: Column<ServerReport>[] = [
  { id: 'id', title: 'Server', width: 110, cell: ({ id }) => <Identifier id={id} /> },
  {
    id: 'self',
    title: 'Which',
    width: 130,
    grows: true,
    cell: ({ self }) => (self ? 'answers this page' : ''),
  },
  { id: 'runs', title: 'Runs', width: 64, align: 'right', cell: ({ runs }) => count(runs) },
  { id: 'files', title: 'Files', width: 64, align: 'right', cell: ({ files }) => count(files) },
  {
    id: 'since',
    title: 'Oldest',
    width: 110,
    align: 'right',
    from: 'sm',
    cell: ({ since }) => since !== null && <Time at={since} />,
  },
]

/** The servers that share the database, with the work that each of them holds. */
export function Servers({ servers }: { servers: ServerReport[] }) {
  return (
    <Box component="section" mb="xl">
      <Title order={2} mb="xs">
        Servers at work
      </Title>
      <Text fz="sm" c="dimmed" mb="sm">
        Runs and files that each holds, and when the oldest of them was created. Others, which hold nothing at
        this moment, are not listed.
      </Text>
      <DataTable name="Servers at work" columns={columns} rows={servers} rowId={({ id }) => id} />
    </Box>
  )
}
