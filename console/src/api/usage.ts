import { queryOptions } from '@tanstack/react-query'
import type OpenAI from 'openai'
import type { BudgetUsage } from '../../../src/contract/budgets.ts'
import type { Bucket, BucketPage, CompletionsUsage, Cost } from '../../../src/contract/organization-usage.ts'

export type { Bucket, BudgetUsage, CompletionsUsage, Cost }

export interface UsageRange {
  /** In Unix seconds; the end is exclusive. */
  start: number
  end: number
}

/** What models have read and written, in buckets of time. */
export const usageQuery = (
  client: OpenAI,
  { start, end }: UsageRange,
  { width, by }: { width: '1h' | '1d'; by: 'model' | 'assistant_id' | 'project_id' },
) =>
  queryOptions({
    queryKey: ['/organization', 'usage', start, end, width, by],
    queryFn: ({ signal }) =>
      allBuckets<CompletionsUsage>(client, '/organization/usage/completions', {
        signal,
        query: {
          start_time: start,
          end_time: end,
          bucket_width: width,
          'group_by[]': by,
          limit: width === '1h' ? 168 : 31,
        },
      }),
    placeholderData: (former) => former,
  })

/** What that costs at the operator's prices, by days: there are no costs of hours. */
export const costsQuery = (client: OpenAI, { start, end }: UsageRange) =>
  queryOptions({
    queryKey: ['/organization', 'costs', start, end],
    queryFn: ({ signal }) =>
      allBuckets<Cost>(client, '/organization/costs', {
        signal,
        query: { start_time: start, end_time: end, 'group_by[]': 'line_item', limit: 180 },
      }),
    placeholderData: (former) => former,
  })

/** What is used this month of the budgets of the project. */
export const budgetsQuery = (client: OpenAI) =>
  queryOptions({
    queryKey: ['/organization', 'usage', 'budgets'],
    queryFn: ({ signal }) =>
      client.get<{ data: BudgetUsage[] }>('/organization/usage/budgets', { signal }).then(({ data }) => data),
  })

async function allBuckets<Result>(
  client: OpenAI,
  path: string,
  { query, signal }: { query: Record<string, string | number>; signal: AbortSignal },
): Promise<Bucket<Result>[]> {
  const buckets: Bucket<Result>[] = []
  let next: string | null = null
  do {
    const page: BucketPage<Result> = await client.get<BucketPage<Result>>(path, {
      query: { ...query, ...(next !== null && { page: next }) },
      signal,
    })
    buckets.push(...page.data)
    next = page.next_page
  } while (next !== null)
  return buckets
}
