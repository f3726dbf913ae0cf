import { Button, Text } from '@mantine/core'
import { DownloadIcon } from '@radix-ui/react-icons'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState, type ReactNode } from 'react'
import { useSearchParams } from 'wouter'
import { useClient } from '../api/client.ts'
import { save } from '../api/files.ts'
import { costsQuery, usageQuery } from '../api/usage.ts'
import { EmptyState } from '../parts/EmptyState.tsx'
import { Facts } from '../parts/Facts.tsx'
import { Failure } from '../parts/Failure.tsx'
import { lazily } from '../parts/lazily.tsx'
import { Page } from '../parts/Page.tsx'
import { count } from '../parts/quantities.ts'
import { priceInWords } from '../parts/price-in-words.ts'
import { sumByBucket, sumByGroup, total, type Sum } from './sum-usage.ts'
import { BudgetBars } from './BudgetBars.tsx'
import { BucketTable } from './BucketTable.tsx'
import { GroupTable } from './GroupTable.tsx'
import { groupFields, readView, timesOf, writeView, type UsageView } from './usage-address.ts'
import { UsageControls } from './UsageControls.tsx'
import { toCsv } from './to-csv.ts'
import classes from './UsagePage.module.css'

const UsageChart = lazily(
  async () => (await import('./UsageChart.tsx')).UsageChart,
  () => <div className={classes.chart} />,
)

/** What models have read and written, and what that costs, by time and by model, assistant or project. */
export function UsagePage() {
  const client = useClient()
  const [address, setAddress] = useSearchParams()
  const [now] = useState(() => Date.now() / 1_000)
  const view = readView(address)
  const { start, end, width } = timesOf(view, now)
  const usage = useQuery(usageQuery(client, { start, end }, { width, by: groupFields[view.by] }))
  const costs = useQuery(costsQuery(client, { start, end }))
  const change = (to: Partial<UsageView>) => setAddress(writeView({ ...view, ...to }), { replace: true })

  const buckets = useMemo(
    () => usage.data && sumByBucket(usage.data, costs.data ?? [], width),
    [usage.data, costs.data, width],
  )
  const groups = useMemo(
    () => usage.data && sumByGroup(usage.data, costs.data ?? [], view.by),
    [usage.data, costs.data, view.by],
  )
  const currency = costs.data?.flatMap(({ results }) => results)[0]?.amount.currency ?? 'usd'
  const allCosts = costs.data?.flatMap(({ results }) => results) ?? []
  const cost = allCosts.length === 0 ? undefined : allCosts.reduce((sum, { amount }) => sum + amount.value, 0)
  // Without a price there is no cost, and the sum is of the others: it must not look like that of all.
  const unpriced =
    view.by === 'model' ? groups?.filter((group) => group.cost === undefined).length : undefined
  const error = usage.error ?? costs.error
  const isEmpty = groups?.length === 0
  return (
    <Page
      title="Usage"
      actions={
        <Button
          leftSection={<DownloadIcon />}
          disabled={!usage.data || isEmpty}
          onClick={() =>
            usage.data && save(new Blob([toCsv(usage.data, view.by)], { type: 'text/csv' }), 'usage.csv')
          }
        >
          Export CSV
        </Button>
      }
    >
      <UsageControls view={view} now={now} onChange={change} />
      {error && (
        <Failure
          error={error}
          onRetry={() => {
            void usage.refetch()
            void costs.refetch()
          }}
        />
      )}
      <BudgetBars />
      {groups && buckets && <Facts facts={totals(total(groups), costInWords(cost, currency, unpriced))} />}
      {isEmpty && (
        <EmptyState title="Nothing was used in this time">
          What a turn uses is counted when it ends, also of runs and threads that are deleted afterwards.
        </EmptyState>
      )}
      {groups && buckets && !isEmpty && (
        <>
          <UsageChart buckets={buckets} show={view.show} width={width} />
          <GroupTable groups={groups} by={view.by} currency={currency} />
          <BucketTable buckets={buckets} width={width} currency={currency} />
        </>
      )}
    </Page>
  )
}

const totals = (all: Sum, cost: ReactNode) => ({
  Tokens: count(all.input + all.output),
  Input: count(all.input),
  Output: count(all.output),
  'Answers of models': count(all.requests),
  Cost: cost,
})

/** `unpriced` is how many models have no price; undefined where the page has not asked for models. */
function costInWords(cost: number | undefined, currency: string, unpriced: number | undefined): ReactNode {
  if (cost === undefined) return 'no prices are known'
  return (
    <>
      {priceInWords(cost, currency)}
      {unpriced !== 0 && (
        <Text span fz="xs" c="dimmed">
          {unpriced === undefined
            ? ' of models with a price'
            : ` without ${count(unpriced)} ${unpriced === 1 ? 'model' : 'models'} that ${unpriced === 1 ? 'has' : 'have'} no price`}
        </Text>
      )}
    </>
  )
}
