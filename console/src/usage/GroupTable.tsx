import { Anchor } from '@mantine/core'
import { Link } from 'wouter'
import { DataTable, type Column } from '../parts/DataTable.tsx'
import { priceInWords } from '../parts/price-in-words.ts'
import { count } from '../parts/quantities.ts'
import { AssistantName } from './AssistantName.tsx'
import { ProjectName } from './ProjectName.tsx'
import type { GroupSum } from './sum-usage.ts'
import type { UsageView } from './usage-address.ts'

interface Props {
  groups: GroupSum[]
  by: UsageView['by']
  currency: string
}

/** What each model, assistant or project has used. A model without a price shows tokens only. */
export function GroupTable({ groups, by, currency }: Props) {
  return (
    <DataTable
      name={`Usage by ${by}`}
      columns={columnsOf(by, currency)}
      rows={groups}
      rowId={({ name }) => name ?? ''}
    />
  )
}

const titles = { model: 'Model', assistant: 'Assistant', project: 'Project' }

const columnsOf = (by: UsageView['by'], currency: string): Column<GroupSum>[] => {
  const columns: Column<GroupSum>[] = [
    {
      id: 'name',
      title: titles[by],
      width: 240,
      grows: true,
      cell: ({ name }) =>
        name === null ? (
          'not known'
        ) : by === 'assistant' ? (
          <AssistantName id={name} />
        ) : by === 'project' ? (
          <ProjectName id={name} />
        ) : (
          <Anchor component={Link} to={`~/models/${name}`} inherit c="inherit">
            {name}
          </Anchor>
        ),
    },
    {
      id: 'requests',
      title: 'Answers',
      width: 90,
      align: 'right',
      from: 'sm',
      cell: (sum) => count(sum.requests),
    },
    { id: 'input', title: 'Input', width: 90, align: 'right', cell: (sum) => count(sum.input) },
    {
      id: 'cached',
      title: 'of that cached',
      width: 120,
      align: 'right',
      from: 'md',
      cell: (sum) => count(sum.cached),
    },
    { id: 'output', title: 'Output', width: 90, align: 'right', cell: (sum) => count(sum.output) },
    {
      id: 'reasoning',
      title: 'of that reasoning',
      width: 130,
      align: 'right',
      from: 'md',
      cell: (sum) => count(sum.reasoning),
    },
  ]
  if (by === 'assistant') return columns
  return [
    ...columns,
    {
      id: 'cost',
      title: 'Cost',
      width: 80,
      align: 'right',
      cell: ({ cost }) => (cost === undefined ? '–' : priceInWords(cost, currency)),
    },
  ]
}
