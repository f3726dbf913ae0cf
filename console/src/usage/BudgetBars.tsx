import { Progress, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useClient } from '../api/client.ts'
import { budgetsQuery, type BudgetUsage } from '../api/usage.ts'
import { count } from '../parts/quantities.ts'
import { priceInWords } from '../parts/price-in-words.ts'

/** What is used this month of what the project may use. Nothing where it has no budget, or the server knows none. */
export function BudgetBars() {
  const { data = [] } = useQuery(budgetsQuery(useClient()))
  if (data.length === 0) return null
  return (
    <Stack gap="xs">
      {data.map((budget, at) => (
        <BudgetBar key={at} budget={budget} />
      ))}
    </Stack>
  )
}

function BudgetBar({ budget }: { budget: BudgetUsage }) {
  const isMoney = budget.threshold_amount !== null
  const used = (isMoney ? budget.used_amount : budget.used_tokens) ?? 0
  const limit = (isMoney ? budget.threshold_amount : budget.threshold_tokens) ?? 0
  const shown = (value: number) =>
    isMoney ? priceInWords(value / 100, budget.currency ?? 'usd') : `${count(value)} tokens`
  const isSpent = used >= limit
  const then =
    budget.action === 'alert'
      ? isSpent && 'an alert was sent'
      : isSpent && 'no run begins before the next month'
  return (
    <div>
      <Text size="sm">
        {shown(used)} of {shown(limit)} used this month{then ? `: ${then}` : ''}
      </Text>
      <Progress.Root size="sm">
        <Progress.Section
          value={limit === 0 ? 100 : Math.min(100, (100 * used) / limit)}
          {...(isSpent && budget.action === 'stop' && { color: 'red' })}
          aria-label={`${shown(used)} of ${shown(limit)}`}
        />
      </Progress.Root>
    </div>
  )
}
