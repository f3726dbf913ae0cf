import { Text, Title } from '@mantine/core'
import type { HealthReport } from '../api/health.ts'
import { DataTable, type Column } from '../parts/DataTable.tsx'
import { count } from '../parts/quantities.ts'
import { StateLabel } from '../parts/StateLabel.tsx'
import { Time } from '../parts/Time.tsx'

type Problem = NonNullable<HealthReport['problems']>[number]

const columns: Column<Problem>[] = [
  {
    id: 'level',
    title: 'Kind',
    width: 110,
    cell: ({ level }) => <StateLabel status={level === 'error' ? 'error' : 'warning'} />,
  },
  {
    id: 'fact',
    title: 'What happened',
    width: 300,
    grows: true,
    cell: ({ fact, reason }) => (
      <span title={reason === null ? fact : `${fact}: ${reason}`}>
        {fact.replaceAll('_', ' ')}
        {reason !== null && `: ${reason}`}
      </span>
    ),
  },
  { id: 'times', title: 'Times', width: 70, align: 'right', from: 'sm', cell: ({ times }) => count(times) },
  { id: 'time', title: 'Last', width: 110, align: 'right', cell: ({ time }) => <Time at={time} /> },
]

/** The last warnings and errors of the log since the server began. */
export function RecentProblems({ problems }: { problems: Problem[] }) {
  return (
    <section>
      <Title order={2} mb="sm">
        Last warnings and errors
      </Title>
      {problems.length === 0 ? (
        <Text fz="sm" c="dimmed">
          None since the server began.
        </Text>
      ) : (
        <DataTable
          name="Last warnings and errors"
          columns={columns}
          rows={problems}
          rowId={({ time, fact, reason }) => `${time} ${fact} ${reason}`}
        />
      )}
    </section>
  )
}
