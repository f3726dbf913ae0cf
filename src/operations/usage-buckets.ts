import { nowSeconds } from '../common/clock.ts'
import { bucketWidths, type BucketPage } from '../contract/organization-usage.ts'
import { cut, invalid } from '../errors/errors.ts'
import type { Database } from '../store/database.ts'
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
}

/** Some buckets in a row, in Unix seconds. */
export interface BucketSpan {
  start: number
  end: number
  width: number
}

/** What was used, in the bucket that begins at `minute` (Unix seconds). */
interface Used {
  project: string
  minute: number
}

interface Buckets<One extends Used, Result> {
  /** The width of a bucket in seconds, and how many a page has. */
  width: number
  limit: number
  read: (span: BucketSpan) => Promise<One[]>
  show: (used: One[]) => Result[]
}

/**
 * A page of buckets with the results that `show` makes of what was used in each. Buckets begin at whole minutes, hours and
 * days of UTC, so the first one may begin before `start_time`; a bucket without results is there too.
 */
export async function usageBuckets<One extends Used, Result>(
  query: BucketsQuery,
  { width, limit, read, show }: Buckets<One, Result>,
): Promise<BucketPage<Result>> {
  const { start_time, end_time: end = nowSeconds() + 1, project_ids } = query
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
  const used = await read({ start: first, end: last, width })
  const asked = used.filter(({ project }) => isAsked(project_ids, project))
  const byBucket = Map.groupBy(asked, ({ minute }) => minute)
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

/** Whether a filter lets a value through: one without values lets all. */
export const isAsked = (wanted: string[], value: string): boolean =>
  wanted.length === 0 || wanted.includes(value)

/** How wide a bucket is in seconds, and how many a page has. Each width has a limit of its own. */
export function bucketsOf({
  bucket_width,
  limit: asked,
}: {
  bucket_width: keyof typeof bucketWidths
  limit?: number | undefined
}): { width: number; limit: number } {
  const { seconds: width, limit: usual, most } = bucketWidths[bucket_width]
  const limit = asked ?? usual
  if (limit > most) {
    throw invalid(
      `Invalid 'limit': with 'bucket_width' ${bucket_width} it is ${most} at most, but got ${limit} instead.`,
      'limit',
      'integer_above_max_value',
    )
  }
  return { width, limit }
}

/** The bucket at which a page begins. */
function placeOf(page: string, { begin, end, width }: { begin: number; end: number; width: number }): number {
  const place = Number(/^page_(\d{1,12})$/.exec(page)?.[1] ?? NaN)
  if (place >= begin && place < end && (place - begin) % width === 0) return place
  throw invalid(`Invalid 'page': '${cut(page)}' is not a page of this list.`, 'page', 'invalid_value')
}
