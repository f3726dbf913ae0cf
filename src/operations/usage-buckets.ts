import { nowSeconds } from '../clock.ts'
import type { BucketPage } from '../contract/organization-usage.ts'
import { cut, invalid } from '../errors.ts'
import type { Database } from '../store/database.ts'
import { usageBetween, type UsageRecord } from '../store/usage.ts'
import type { ModelPricing } from './context.ts'

/** Whose usage is asked for: that of one project, or of all with `project` undefined. */
export interface UsageScope {
  db: Database
  catalog: ModelPricing
  project: string | undefined
}

interface BucketsQuery {
  start_time: number
  end_time?: number | undefined
  page?: string | undefined
  project_ids: string[]
  api_key_ids: string[]
}

/**
 * A page of buckets of `width` seconds, each with the results that `show` makes of what was used in it. Buckets begin at
 * whole minutes, hours and days of UTC, so the first one may begin before `start_time`; a bucket without results is there
 * too.
 */
export async function usageBuckets<Result>(
  ctx: UsageScope,
  query: BucketsQuery,
  { width, limit, show }: { width: number; limit: number; show: (used: UsageRecord[]) => Result[] },
): Promise<BucketPage<Result>> {
  const { start_time, end_time: end = nowSeconds() + 1, project_ids, api_key_ids } = query
  if (query.end_time !== undefined && end <= start_time) {
    throw invalid(
      `Invalid 'end_time': expected a time after 'start_time' (${start_time}), but got ${end} instead.`,
      'end_time',
      'invalid_value',
    )
  }
  const begin = start_time - (start_time % width)
  const first = query.page === undefined ? begin : placeOf(query.page, { begin, end, width })
  const count = Math.max(0, Math.min(limit, Math.ceil((end - first) / width)))
  const last = first + count * width
  const used = await usageBetween(ctx.db, ctx.project, { start: first, end: last, width })
  const isAsked = (wanted: string[], value: string) => wanted.length === 0 || wanted.includes(value)
  const counted = used.filter(
    ({ project, api_key }) => isAsked(project_ids, project) && isAsked(api_key_ids, api_key),
  )
  const byBucket = Map.groupBy(counted, ({ minute }) => minute)
  return {
    object: 'page',
    data: Array.from({ length: count }, (_, at) => {
      const start = first + at * width
      const results = show(byBucket.get(start) ?? [])
      return { object: 'bucket', start_time: start, end_time: start + width, results }
    }),
    has_more: last < end && count > 0,
    next_page: last < end && count > 0 ? `page_${last}` : null,
  }
}

/** The bucket at which a page begins. */
function placeOf(page: string, { begin, end, width }: { begin: number; end: number; width: number }): number {
  const place = Number(/^page_(\d{1,12})$/.exec(page)?.[1] ?? NaN)
  if (place >= begin && place < end && (place - begin) % width === 0) return place
  throw invalid(`Invalid 'page': '${cut(page)}' is not a page of this list.`, 'page', 'invalid_value')
}
