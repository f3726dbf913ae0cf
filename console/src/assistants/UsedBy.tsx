import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import type { Thread } from '../../../src/contract/threads.ts'
import { useClient } from '../api/client.ts'
import { threadsOfAssistantQuery } from '../api/assistants.ts'
import { DataTable, type Column } from '../parts/DataTable.tsx'
import { Failure } from '../parts/Failure.tsx'
import { count } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { Time } from '../parts/Time.tsx'
import { visible } from '../parts/visible.ts'
import { withoutMarks } from '../parts/without-marks.ts'

/** The newest threads in which the assistant has answered. */
export function UsedBy({ assistantId }: { assistantId: string }) {
  const { data, error } = useQuery(threadsOfAssistantQuery(useClient(), assistantId))
  if (error) return <Failure error={error} />
  if (data?.length === 0)
    return (
      <Text fz="sm" c="dimmed">
        No thread has used it.
      </Text>
    )
  return <DataTable name="Threads of the assistant" columns={columns} rows={data} rowId={({ id }) => id} />
}

const columns: Column<Thread>[] = [
  {
    id: 'title',
    title: 'Thread',
    width: 200,
    grows: true,
    cell: ({ id, summary }) => (
      <Anchor component={Link} to={`~/threads/${id}`} inherit>
        {withoutMarks(visible(summary?.title) ?? id)}
      </Anchor>
    ),
  },
  {
    id: 'messages',
    title: 'Messages',
    width: 90,
    align: 'right',
    cell: ({ summary }) => summary && count(summary.messages),
  },
  {
    id: 'state',
    title: 'Newest run',
    width: 110,
    cell: ({ summary }) => summary?.last_run && <StateLabel status={summary.last_run.status} />,
  },
  { id: 'created', title: 'Created', width: 110, cell: ({ created_at }) => <Time at={created_at} /> },
]
