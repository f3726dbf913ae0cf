import { monthOf } from '../../common/clock.ts'
import type { Database, Reader, Transaction } from '../database.ts'
import { addToMonth } from './spending.ts'

/** What was used of one model for one assistant, in a minute or by one run. */
export interface UsageRecord {
  project: string
  /** The beginning of the minute, in Unix seconds. */
  minute: number
  /** The id of the key, or '' when it has none. */
  api_key: string
  model: string
  assistant_id: string
  /** How many answers of the model there were. */
  requests: number
  input_tokens: number
  cached_tokens: number
  output_tokens: number
  reasoning_tokens: number
}

const columns =
  'project, minute, api_key, model, assistant_id, requests, input_tokens, cached_tokens, output_tokens, reasoning_tokens'

const valuesOf = (one: UsageRecord) => [
  one.project,
  one.minute,
  one.api_key,
  one.model,
  one.assistant_id,
  one.requests,
  one.input_tokens,
  one.cached_tokens,
  one.output_tokens,
  one.reasoning_tokens,
]

/** Counts what a run has used, in the transaction that ends it. */
export const addUsage = (tx: Transaction, used: UsageRecord): void =>
  tx.send(`insert into usage_entries (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, ...valuesOf(used))

/**
 * What was used from `start` on and before `end` (Unix seconds), summed in steps of `width` seconds. With `project` undefined
 * it is that of all projects.
 */
export const usageBetween = (
  db: Reader,
  project: string | undefined,
  { start, end, width }: { start: number; end: number; width: number },
): Promise<UsageRecord[]> =>
  db.all<UsageRecord>(
    `select project, bucket as minute, api_key, model, assistant_id, sum(requests) as requests,
       sum(input_tokens) as input_tokens, sum(cached_tokens) as cached_tokens,
       sum(output_tokens) as output_tokens, sum(reasoning_tokens) as reasoning_tokens
     from (
       select ${columns}, minute - minute % ? as bucket from usage_minutes
         where ${ofProject(project)} and minute between ? and ?
       union all
       select ${columns}, minute - minute % ? as bucket from usage_entries
         where ${ofProject(project)} and minute between ? and ?
     ) as used
     group by project, bucket, api_key, model, assistant_id
     order by bucket, model, assistant_id, api_key`,
    width,
    ...(project === undefined ? [] : [project]),
    start,
    end - 1,
    width,
    ...(project === undefined ? [] : [project]),
    start,
    end - 1,
  )

const ofProject = (project: string | undefined) => (project === undefined ? '1 = 1' : 'project = ?')

const entriesAtOnce = 500

/**
 * Adds a number of entries from before `before` (Unix seconds) to the sums of their minutes. Returns false when none is
 * left. An entry is taken out by the transaction that adds it, so it counts once, whoever else does the same.
 */
export async function sumUsage(db: Database, before: number): Promise<boolean> {
  const oldest = await db.get<{ minute: number }>('select minute from usage_entries order by seq limit 1')
  if (!oldest || oldest.minute >= before) return false
  await db.write(async (tx) => {
    const taken = await tx.all<UsageRecord>(
      `delete from usage_entries where seq in (select seq from usage_entries where minute < ? order by seq limit ? + 0)
       returning ${columns}`,
      before,
      entriesAtOnce,
    )
    const rows = summed(taken)
    for (const { minute, ...one } of byMonth(rows)) addToMonth(tx, { ...one, month: minute })
    for (const one of rows) {
      await tx.run(
        `insert into usage_minutes (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         on conflict (project, minute, api_key, model, assistant_id) do update set
           requests = usage_minutes.requests + excluded.requests,
           input_tokens = usage_minutes.input_tokens + excluded.input_tokens,
           cached_tokens = usage_minutes.cached_tokens + excluded.cached_tokens,
           output_tokens = usage_minutes.output_tokens + excluded.output_tokens,
           reasoning_tokens = usage_minutes.reasoning_tokens + excluded.reasoning_tokens`,
        ...valuesOf(one),
      )
    }
  }, 'committed')
  return true
}

/** The sums of months, which begin at `minute`. */
const byMonth = (records: UsageRecord[]): UsageRecord[] =>
  summed(records.map((one) => ({ ...one, minute: monthOf(one.minute).start, api_key: '', assistant_id: '' })))

/** One record for each row of the sums, in the order of their keys, so that two servers lock them in the same order. */
function summed(records: UsageRecord[]): UsageRecord[] {
  const rows = new Map<string, UsageRecord>()
  for (const one of records) {
    const key = JSON.stringify([one.project, one.minute, one.api_key, one.model, one.assistant_id])
    const row = rows.get(key)
    rows.set(key, row ? addTo(row, one) : one)
  }
  return [...rows].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row)
}

const addTo = (row: UsageRecord, more: UsageRecord): UsageRecord => ({
  ...row,
  requests: row.requests + more.requests,
  input_tokens: row.input_tokens + more.input_tokens,
  cached_tokens: row.cached_tokens + more.cached_tokens,
  output_tokens: row.output_tokens + more.output_tokens,
  reasoning_tokens: row.reasoning_tokens + more.reasoning_tokens,
})
