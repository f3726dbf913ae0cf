import { Button, Group } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { PlusIcon } from '@radix-ui/react-icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { budgetsOfQuery, isOrganization, removeBudget, type AnyBudget } from '../api/budgets.ts'
import { useClient } from '../api/client.ts'
import { DataTable, type Column } from '../parts/DataTable.tsx'
import { DeleteButton } from '../parts/DeleteButton.tsx'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Failure } from '../parts/Failure.tsx'
import { ChangeBudget, MakeBudget } from './BudgetForm.tsx'
import { budgetInWords } from './budget-in-words.ts'

interface Props {
  /** The path of a project, or of the whole organization. */
  owner: string
  mayChange: boolean
}

/** How much may be used, in money or tokens, and what happens then. */
export function Budgets({ owner, mayChange }: Props) {
  const { data, error, refetch } = useQuery(budgetsOfQuery(useClient(), owner))
  const [isMaking, { open, close }] = useDisclosure()
  const columns = useMemo(() => columnsOf(owner, mayChange), [owner, mayChange])
  return (
    <>
      {mayChange && (
        <Group justify="flex-end" mb="md">
          <Button leftSection={<PlusIcon />} onClick={open}>
            New budget
          </Button>
          <MakeBudget owner={owner} opened={isMaking} onClose={close} />
        </Group>
      )}
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {data?.length === 0 && (
        <EmptyState title="No budgets yet">
          {isOrganization(owner)
            ? 'A budget says what all projects together may spend in a month.'
            : 'A budget says what a month, a thread or a run may use, in money or in tokens.'}{' '}
          It stops what would use more, or tells of it.
        </EmptyState>
      )}
      {!error && data?.length !== 0 && (
        <DataTable name="Budgets" columns={columns} rows={data} rowId={({ id }) => id} />
      )}
    </>
  )
}

const columnsOf = (owner: string, mayChange: boolean): Column<AnyBudget>[] => [
  { id: 'budget', title: 'At most', width: 240, grows: true, cell: budgetInWords },
  {
    id: 'action',
    title: 'Then',
    width: 170,
    from: 'sm',
    cell: ({ action }) => (action === 'stop' ? 'nothing more begins' : 'an alert is sent'),
  },
  {
    id: 'change',
    title: 'Change',
    width: 100,
    align: 'right',
    from: 'sm',
    cell: (budget) => mayChange && <ChangeBudget owner={owner} budget={budget} />,
  },
  {
    id: 'remove',
    title: 'Remove',
    width: 120,
    align: 'right',
    cell: (budget) => mayChange && <Remove owner={owner} budget={budget} />,
  },
]

function Remove({ owner, budget }: { owner: string; budget: AnyBudget }) {
  const client = useClient()
  const queries = useQueryClient()
  return (
    <DeleteButton
      says="Remove"
      onDelete={async () => {
        await removeBudget(client, owner, budget)
        await queries.invalidateQueries({ queryKey: [owner, 'budgets'] })
      }}
    >
      {budget.action === 'stop' ? 'Nothing stops any more' : 'Nobody is told any more'} at{' '}
      <b>{budgetInWords(budget)}</b>.
    </DeleteButton>
  )
}
